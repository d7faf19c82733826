-- Tables of every make: names, shapes, defaults, constraints, indexes, storage, sequences.
SET search_path = sink, public;

CREATE SCHEMA "Weird ""Schema"" %s";
CREATE TABLE "Weird ""Schema"" %s"."Table with "" and . and '" (
    "select" int PRIMARY KEY, "a b" text, "c""d" text, "e'f" text, "%s" text, "ü漢🐘" text, "\." text, "A" text, "a" text, "$1" text,
    "tab	tab" text, "new
line" text, "--" text, "/*" text, ";" text, " " text, "_" text, "t.t" text, "{}" text, "*" text,
    "tableoid_" text, "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk" text
);
INSERT INTO "Weird ""Schema"" %s"."Table with "" and . and '" VALUES (1, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k');
CREATE INDEX "Index "" % ü" ON "Weird ""Schema"" %s"."Table with "" and . and '" ("a b", lower("c""d"));
CREATE TABLE "Weird ""Schema"" %s"."line
break" ("new
line" int);
COMMENT ON TABLE "Weird ""Schema"" %s"."line
break" IS 'a comment
-- over two lines, and a fake: DROP TABLE x;
\restrict and \.';
INSERT INTO "Weird ""Schema"" %s"."line
break" VALUES (1), (NULL);
CREATE TABLE "user" ("order" int, "table" text, "user" name DEFAULT current_user);
INSERT INTO "user" VALUES (1, 'x', 'y');
CREATE TABLE "63 bytes: abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabc" (id int PRIMARY KEY);
CREATE TABLE "ÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜ" (t int);
INSERT INTO "ÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜ" SELECT generate_series(1, 5);
CREATE TABLE "case" (id int); CREATE TABLE "Case" (id int); CREATE TABLE "CASE" (id int);
INSERT INTO "case" VALUES (1); INSERT INTO "Case" VALUES (2); INSERT INTO "CASE" VALUES (3);
CREATE SCHEMA "pg catalog?";
CREATE TABLE "pg catalog?".pg_class (oid oid, relname name);
INSERT INTO "pg catalog?".pg_class VALUES (1, 'mine');
CREATE SCHEMA an_empty_schema;

CREATE TABLE no_columns ();
INSERT INTO no_columns DEFAULT VALUES; INSERT INTO no_columns DEFAULT VALUES; INSERT INTO no_columns DEFAULT VALUES;
CREATE TABLE no_columns_left (gone int);
INSERT INTO no_columns_left VALUES (1), (2);
ALTER TABLE no_columns_left DROP gone;
CREATE TABLE no_rows (id int PRIMARY KEY, t text);

DO $$ BEGIN
    EXECUTE 'CREATE TABLE sink.widest (' || (SELECT string_agg(format('c%s int', i), ', ') FROM generate_series(1, 1600) i) || ')';
    EXECUTE 'INSERT INTO sink.widest (c1, c800, c1600) VALUES (1, 2, 3), (NULL, NULL, NULL)';
    EXECUTE 'INSERT INTO sink.widest VALUES (' || (SELECT string_agg(i::text, ', ') FROM generate_series(1, 1600) i) || ')';
END $$;

-- Columns that were dropped, added with a default that old rows do not store, and changed.
CREATE TABLE changed (a int, gone_first text, b int, gone_too bytea, c text);
INSERT INTO changed SELECT i, 'x', i, '\x00', 'old ' || i FROM generate_series(1, 10) i;
ALTER TABLE changed DROP gone_first, DROP gone_too;
ALTER TABLE changed ADD fast_default text NOT NULL DEFAULT 'was not there', ADD fast_array int[] DEFAULT '{1,2}';
INSERT INTO changed VALUES (11, 11, 'new', 'is there', NULL);
ALTER TABLE changed ALTER fast_default SET DEFAULT 'another', ALTER a TYPE bigint, ADD gone_later int DEFAULT 5;
ALTER TABLE changed DROP gone_later;
UPDATE changed SET b = -b WHERE a % 2 = 0;
DELETE FROM changed WHERE a = 5;

CREATE SEQUENCE counter START 100 INCREMENT 7 MINVALUE 50 MAXVALUE 1000 CACHE 3;
SELECT nextval('counter'), nextval('counter');
CREATE SEQUENCE never_called;
CREATE SEQUENCE called_once; SELECT nextval('called_once');
CREATE SEQUENCE set_not_called; SELECT setval('set_not_called', 1000, false);
CREATE SEQUENCE downwards INCREMENT -3 MINVALUE -100 MAXVALUE -1; SELECT nextval('downwards'), nextval('downwards');
CREATE SEQUENCE round_and_round MAXVALUE 3 CYCLE; SELECT nextval('round_and_round') FROM generate_series(1, 5);
CREATE SEQUENCE exhausted AS smallint MAXVALUE 2; SELECT nextval('exhausted'), nextval('exhausted');
CREATE SEQUENCE small AS smallint; CREATE SEQUENCE medium AS integer START 2147483647;
CREATE SEQUENCE largest MINVALUE -9223372036854775808 MAXVALUE 9223372036854775807; SELECT setval('largest', 9223372036854775807);
CREATE SEQUENCE "Sequence "" of % ü"; SELECT nextval('"Sequence "" of % ü"');
-- [15+]
CREATE UNLOGGED SEQUENCE unlogged_sequence; SELECT nextval('unlogged_sequence');
-- [all]

CREATE FUNCTION next_code() RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT 'code-' || nextval('sink.counter') $$;
CREATE FUNCTION double_it(int) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT $1 * 2 $$;

CREATE TABLE defaults (
    id serial PRIMARY KEY, big bigserial, small smallserial,
    code text DEFAULT sink.next_code(), at timestamptz DEFAULT clock_timestamp(), who text DEFAULT current_user,
    u uuid DEFAULT gen_random_uuid(), quoted text DEFAULT 'it''s "quoted" \ and ;', arr int[] DEFAULT ARRAY[1, 2],
    expression int DEFAULT (1 + 2) * 3, dt date DEFAULT 'infinity', nothing text DEFAULT NULL, m mood DEFAULT 'it''s', p positive
);
INSERT INTO defaults DEFAULT VALUES;
INSERT INTO defaults (id, nothing) VALUES (DEFAULT, 'something'), (1000, 'jumps ahead');
ALTER SEQUENCE defaults_big_seq OWNED BY NONE;

CREATE TABLE identity_always (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, t text);
INSERT INTO identity_always (t) VALUES ('a'), ('b');
INSERT INTO identity_always OVERRIDING SYSTEM VALUE VALUES (-5, 'chosen');
CREATE TABLE identity_by_default (
    id bigint GENERATED BY DEFAULT AS IDENTITY (SEQUENCE NAME "identity's sequence" START 1000 INCREMENT -10 MAXVALUE 1000 MINVALUE -1000 CYCLE) PRIMARY KEY, t text
);
INSERT INTO identity_by_default (t) VALUES ('a'), ('b');
INSERT INTO identity_by_default VALUES (7, 'chosen');

CREATE TABLE generated_stored (
    a int, doubled int GENERATED ALWAYS AS (sink.double_it(a)) STORED, b text, upper_b text GENERATED ALWAYS AS (upper(b)) STORED, c int DEFAULT 3
);
INSERT INTO generated_stored (a, b) VALUES (1, 'x'), (NULL, NULL), (2147483647 / 2, 'ü');
ALTER TABLE generated_stored DROP b CASCADE;
-- [18+]
CREATE TABLE generated_virtual (a int, doubled int GENERATED ALWAYS AS (a * 2), b text, s text GENERATED ALWAYS AS (b || '!') STORED);
INSERT INTO generated_virtual (a, b) VALUES (1, 'x'), (NULL, 'y');
-- [all]

-- Constraints.
CREATE TABLE checked (
    id int CONSTRAINT "id is fine; -- %" CHECK (id > 0), t text CHECK (t <> 'it''s'), a int, b int,
    CHECK (a < b), CONSTRAINT whole_row CHECK (checked IS NOT NULL), CONSTRAINT not_inherited CHECK (a <> 42) NO INHERIT
);
INSERT INTO checked VALUES (1, 'x', 1, 2);
INSERT INTO checked VALUES (2, 'y', 7, 8);
ALTER TABLE checked ADD CONSTRAINT never_checked CHECK (a > 5) NOT VALID;
CREATE TABLE uniques (
    id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED, a int UNIQUE DEFERRABLE, b int, c int, d text,
    UNIQUE (b, c) INCLUDE (d), CONSTRAINT "unique ""quoted""" UNIQUE (d) WITH (fillfactor = 70)
);
INSERT INTO uniques VALUES (1, 1, 1, 1, 'x'), (2, NULL, NULL, NULL, NULL), (3, NULL, NULL, NULL, NULL);
-- [15+]
CREATE TABLE nulls_not_distinct (a int, b int, UNIQUE NULLS NOT DISTINCT (a, b));
INSERT INTO nulls_not_distinct VALUES (1, NULL), (NULL, NULL);
-- [18+]
CREATE TABLE not_enforced (a int CHECK (a > 0) NOT ENFORCED, b int, CONSTRAINT named_not_null NOT NULL b);
INSERT INTO not_enforced VALUES (-1, 1);
CREATE TABLE not_null_not_valid (a int);
INSERT INTO not_null_not_valid VALUES (NULL);
ALTER TABLE not_null_not_valid ADD CONSTRAINT later NOT NULL a NOT VALID;
CREATE TABLE bookings (room int4range, during daterange, PRIMARY KEY (room, during WITHOUT OVERLAPS));
INSERT INTO bookings VALUES ('[1,2)', '[2024-01-01,2024-02-01)'), ('[1,2)', '[2024-02-01,2024-03-01)');
CREATE TABLE guests (room int4range, during daterange, name text, FOREIGN KEY (room, PERIOD during) REFERENCES bookings (room, PERIOD during));
INSERT INTO guests VALUES ('[1,2)', '[2024-01-15,2024-02-15)', 'x');
-- [all]
CREATE TABLE excluded (c circle, during tstzrange, EXCLUDE USING gist (c WITH &&), CONSTRAINT no_overlap EXCLUDE USING gist (during WITH &&) WHERE (NOT isempty(during)) DEFERRABLE INITIALLY DEFERRED);
INSERT INTO excluded VALUES ('<(0,0),1>', '[2000-01-01,2001-01-01)'), ('<(5,5),1>', '[2001-01-01,)'), (NULL, 'empty'), (NULL, 'empty');

CREATE TABLE parent (a int, b int, c text, PRIMARY KEY (a, b), UNIQUE (c));
INSERT INTO parent SELECT i, i, 'c' || i FROM generate_series(1, 20) i;
CREATE TABLE child (
    id int PRIMARY KEY, a int, b int, c text REFERENCES parent (c) ON UPDATE CASCADE ON DELETE SET DEFAULT,
    CONSTRAINT "fk match full" FOREIGN KEY (a, b) REFERENCES parent MATCH FULL ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED
);
INSERT INTO child SELECT i, i, i, 'c' || i FROM generate_series(1, 20) i;
INSERT INTO child VALUES (21, NULL, NULL, NULL);
-- [15+]
CREATE TABLE child_set_null (id int, a int, b int, FOREIGN KEY (a, b) REFERENCES parent ON DELETE SET NULL (b));
INSERT INTO child_set_null VALUES (1, 1, 1), (2, 2, NULL);
-- [all]
-- Rows that a foreign key no longer holds for: it was never checked.
CREATE TABLE orphans (a int, b int);
INSERT INTO orphans VALUES (999, 999), (1, 1);
ALTER TABLE orphans ADD CONSTRAINT never_checked FOREIGN KEY (a, b) REFERENCES parent NOT VALID;
-- A circle, and a table that refers to itself, whose rows refer forwards.
CREATE TABLE chicken (id int PRIMARY KEY, egg int);
CREATE TABLE egg (id int PRIMARY KEY, chicken int REFERENCES chicken DEFERRABLE);
INSERT INTO chicken VALUES (1, 1), (2, 2); INSERT INTO egg VALUES (1, 2), (2, 1);
ALTER TABLE chicken ADD FOREIGN KEY (egg) REFERENCES egg;
CREATE TABLE tree (id int PRIMARY KEY, up int REFERENCES tree ON DELETE CASCADE, also_up int REFERENCES tree);
INSERT INTO tree SELECT i, nullif(i + 1, 51), nullif(i - 1, 0) FROM generate_series(1, 50) i;

-- Indexes.
CREATE TABLE indexed (id int, t text, j jsonb, a int[], p point, ts timestamptz, v tsvector, i inet);
INSERT INTO indexed SELECT i, 't' || i, jsonb_build_object('k', i), ARRAY[i, i + 1], point(i, i), '2000-01-01'::timestamptz + i * interval '1 day', to_tsvector('simple', 't' || i), '10.0.0.0'::inet + i FROM generate_series(1, 300) i;
CREATE UNIQUE INDEX ON indexed (id DESC NULLS LAST) INCLUDE (t);
CREATE INDEX partial ON indexed (t COLLATE "C" text_pattern_ops) WHERE id > 10 AND t IS NOT NULL;
CREATE INDEX expression ON indexed ((id % 10), lower(t), (j ->> 'k'));
CREATE INDEX hashed ON indexed USING hash (t);
CREATE INDEX ginned ON indexed USING gin (j jsonb_path_ops, a) WITH (fastupdate = off);
CREATE INDEX gisted ON indexed USING gist (p) WITH (buffering = on);
CREATE INDEX spgisted ON indexed USING spgist (i);
CREATE INDEX brinned ON indexed USING brin (ts, id) WITH (pages_per_range = 4, autosummarize = on);
CREATE INDEX brin_bloom ON indexed USING brin (id int4_bloom_ops (n_distinct_per_range = 100));
CREATE INDEX texts_searched ON indexed USING gin (v);
CREATE INDEX with_statistics ON indexed ((id + 1));
ALTER INDEX with_statistics ALTER COLUMN 1 SET STATISTICS 500;
CREATE UNIQUE INDEX clustered ON indexed (id, t);
ALTER TABLE indexed CLUSTER ON clustered;
ALTER TABLE indexed ALTER id SET NOT NULL, ALTER t SET NOT NULL;
ALTER TABLE indexed REPLICA IDENTITY USING INDEX clustered;
ALTER TABLE parent REPLICA IDENTITY FULL; ALTER TABLE texts REPLICA IDENTITY NOTHING;

-- Storage.
CREATE UNLOGGED TABLE unlogged (id int PRIMARY KEY, t text);
INSERT INTO unlogged SELECT i, 'u' || i FROM generate_series(1, 10) i;
CREATE TABLE options (id int, t text COMPRESSION pglz, u text)
    WITH (fillfactor = 50, autovacuum_enabled = off, autovacuum_vacuum_scale_factor = 0.01, toast_tuple_target = 4000, parallel_workers = 2, toast.autovacuum_enabled = off);
ALTER TABLE options ALTER id SET STATISTICS 17, ALTER u SET (n_distinct = -0.5, n_distinct_inherited = 10), ALTER u SET STORAGE EXTERNAL;
INSERT INTO options SELECT i, repeat('t', 5000), repeat('u', 5000) FROM generate_series(1, 20) i;

CREATE TYPE employee AS (name text, salary numeric);
CREATE TABLE employees OF employee (name WITH OPTIONS PRIMARY KEY, salary WITH OPTIONS DEFAULT 1000 CHECK (salary > 0));
INSERT INTO employees VALUES ('Ann', 2000), ('Bob', DEFAULT);

-- Inheritance: several parents, columns and constraints merged, columns of its own.
CREATE TABLE animal (id int, name text DEFAULT 'animal', CONSTRAINT named CHECK (name <> ''));
CREATE TABLE swimmer (id int, depth numeric DEFAULT 1);
CREATE TABLE duck (name text DEFAULT 'duck', own text) INHERITS (animal, swimmer);
CREATE TABLE small_duck () INHERITS (duck);
-- In the parent's order: pg_dump does not keep another one.
CREATE TABLE adopted (id int, name text NOT NULL, extra int, CONSTRAINT named CHECK (name <> ''));
ALTER TABLE adopted INHERIT animal;
INSERT INTO animal VALUES (1, 'a'); INSERT INTO swimmer VALUES (2, 20.50); INSERT INTO duck VALUES (3, 'd', 3, 'o');
INSERT INTO small_duck VALUES (4, 's', 4, 'p'); INSERT INTO adopted VALUES (5, 'b', 6);

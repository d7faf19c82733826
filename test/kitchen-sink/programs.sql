-- What runs: functions, procedures, aggregates, operators, casts, text search, views, rules, triggers.
SET search_path = sink, public;

CREATE FUNCTION nasty_quotes(a text DEFAULT 'it''s', VARIADIC rest text[] DEFAULT '{}') RETURNS text LANGUAGE plpgsql
    STRICT PARALLEL SAFE COST 17 SET search_path = sink, "Weird ""Schema"" %s" SET work_mem = '5MB' AS $body$
DECLARE x text := $$dollars$$; y text := $q$ $$ ; $body $q$; z text := $1;
BEGIN
    -- a comment; with a semicolon, 'quotes" and $$
    /* and /* nested */ one */
    EXECUTE format($f$SELECT %L || $1$f$, x) INTO y USING a;
    RETURN y || E'\'\\' || $_$ $x$ $_$;
END
$body$;
CREATE FUNCTION with_backslashes() RETURNS text LANGUAGE sql AS 'select ''\\.
'' || ''a''';
CREATE FUNCTION "a ""function"" %"("an arg" int, OUT "out" int, INOUT io text) LANGUAGE sql AS $$ SELECT 1, 'x' $$;
CREATE FUNCTION many_rows(n int) RETURNS TABLE (i int, "a b" text) LANGUAGE sql STABLE ROWS 10 AS $$ SELECT i, 'x' FROM generate_series(1, n) i $$;
CREATE FUNCTION of_rows() RETURNS SETOF numbers LANGUAGE sql STABLE SECURITY DEFINER LEAKPROOF AS $$ SELECT * FROM sink.numbers $$;
CREATE FUNCTION parsed_body(a int, b int DEFAULT 5) RETURNS int LANGUAGE sql IMMUTABLE
    BEGIN ATOMIC SELECT a + b + 1; SELECT a * b; END;
CREATE FUNCTION parsed_return(m mood) RETURNS text LANGUAGE sql RETURN (SELECT t FROM texts WHERE id = 3 AND m = 'sad');
CREATE FUNCTION overloaded(int) RETURNS int LANGUAGE sql AS $$ SELECT 1 $$;
CREATE FUNCTION overloaded(text) RETURNS int LANGUAGE sql AS $$ SELECT 2 $$;
CREATE FUNCTION overloaded(numbers) RETURNS int LANGUAGE sql AS $$ SELECT 3 $$;
CREATE FUNCTION anything(anyelement, anyarray) RETURNS anyelement LANGUAGE sql AS $$ SELECT $1 $$;
CREATE FUNCTION "does not compile"() RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT x FROM no_such_table); END $$;
CREATE PROCEDURE proc(INOUT a int, b text DEFAULT 'x') LANGUAGE plpgsql AS $$ BEGIN a := a + 1; COMMIT; END $$;
CREATE PROCEDURE parsed_proc(i int) LANGUAGE sql BEGIN ATOMIC INSERT INTO no_rows VALUES (i, 'x'); DELETE FROM no_rows; END;

CREATE FUNCTION add_up(numeric, numeric) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$ SELECT coalesce($1, 0) + coalesce($2, 0) $$;
CREATE AGGREGATE total(numeric) (SFUNC = add_up, STYPE = numeric, INITCOND = '0', COMBINEFUNC = add_up, PARALLEL = SAFE);
CREATE AGGREGATE moving(numeric) (SFUNC = add_up, STYPE = numeric, MSFUNC = add_up, MINVFUNC = add_up, MSTYPE = numeric);
CREATE AGGREGATE hypothetical(VARIADIC "any" ORDER BY VARIADIC "any") (SFUNC = ordered_set_transition_multi, STYPE = internal, FINALFUNC = rank_final, FINALFUNC_EXTRA, HYPOTHETICAL);
CREATE AGGREGATE ordered_set(float8 ORDER BY anyelement) (SFUNC = ordered_set_transition, STYPE = internal, FINALFUNC = percentile_disc_final, FINALFUNC_EXTRA);

CREATE FUNCTION pair_eq(pair, pair) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT ($1).a = ($2).a $$;
CREATE FUNCTION pair_ne(pair, pair) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT ($1).a <> ($2).a $$;
CREATE FUNCTION int_mod10_cmp(int, int) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT $1 % 10 - $2 % 10 $$;
CREATE FUNCTION int_mod10_lt(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT $1 % 10 < $2 % 10 $$;
CREATE FUNCTION int_mod10_le(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT $1 % 10 <= $2 % 10 $$;
CREATE FUNCTION int_mod10_eq(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT $1 % 10 = $2 % 10 $$;
CREATE FUNCTION int_mod10_ge(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT $1 % 10 >= $2 % 10 $$;
CREATE FUNCTION int_mod10_gt(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT $1 % 10 > $2 % 10 $$;
CREATE OPERATOR === (LEFTARG = pair, RIGHTARG = pair, FUNCTION = pair_eq, COMMUTATOR = ===, NEGATOR = !==, RESTRICT = eqsel, JOIN = eqjoinsel, HASHES);
CREATE OPERATOR !== (LEFTARG = pair, RIGHTARG = pair, FUNCTION = pair_ne, NEGATOR = ===);
CREATE OPERATOR <% (LEFTARG = int, RIGHTARG = int, FUNCTION = int_mod10_lt);
CREATE OPERATOR <=% (LEFTARG = int, RIGHTARG = int, FUNCTION = int_mod10_le);
CREATE OPERATOR =% (LEFTARG = int, RIGHTARG = int, FUNCTION = int_mod10_eq);
CREATE OPERATOR >=% (LEFTARG = int, RIGHTARG = int, FUNCTION = int_mod10_ge);
CREATE OPERATOR >% (LEFTARG = int, RIGHTARG = int, FUNCTION = int_mod10_gt);
CREATE OPERATOR FAMILY mod10_family USING btree;
CREATE OPERATOR CLASS mod10 FOR TYPE int USING btree FAMILY mod10_family AS
    OPERATOR 1 <%, OPERATOR 2 <=%, OPERATOR 3 =%, OPERATOR 4 >=%, OPERATOR 5 >%, FUNCTION 1 int_mod10_cmp(int, int);
CREATE TABLE ordered_oddly (id int, n int);
INSERT INTO ordered_oddly SELECT i, i * 7 FROM generate_series(1, 50) i;
CREATE INDEX by_mod10 ON ordered_oddly (n mod10);

CREATE FUNCTION pair_to_text(pair) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT ($1).a || ':' || ($1).b $$;
CREATE CAST (pair AS text) WITH FUNCTION pair_to_text(pair) AS ASSIGNMENT;
CREATE CAST (mood AS jsonb) WITH INOUT;
CREATE COLLATION german (provider = icu, locale = 'de-u-co-phonebk');
CREATE COLLATION "case ""blind""" (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE COLLATION copied FROM "C";
-- [16+]
CREATE COLLATION with_rules (provider = icu, locale = 'und', rules = '&a < g');
-- [17+]
CREATE COLLATION built_in (provider = builtin, locale = 'C.UTF-8');
-- [all]
CREATE TABLE collated (g text COLLATE german, c text COLLATE "case ""blind""" UNIQUE, d text COLLATE "C" PRIMARY KEY);
INSERT INTO collated VALUES ('ä', 'Abc', 'a'), ('z', 'B', 'b');
CREATE TABLE by_collation (t text COLLATE "case ""blind""") PARTITION BY LIST (t);
CREATE TABLE by_collation_a PARTITION OF by_collation FOR VALUES IN ('a');
CREATE TABLE by_collation_rest PARTITION OF by_collation DEFAULT;
INSERT INTO by_collation VALUES ('A'), ('a'), ('b'), ('B');
CREATE CONVERSION latin FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;

CREATE TEXT SEARCH DICTIONARY dict (TEMPLATE = snowball, language = english, stopwords = english);
CREATE TEXT SEARCH CONFIGURATION conf (PARSER = "default");
ALTER TEXT SEARCH CONFIGURATION conf ADD MAPPING FOR asciiword, word WITH dict, simple;
CREATE TEXT SEARCH PARSER parser (START = prsd_start, GETTOKEN = prsd_nexttoken, END = prsd_end, LEXTYPES = prsd_lextype, HEADLINE = prsd_headline);
CREATE TEXT SEARCH TEMPLATE template (INIT = dsimple_init, LEXIZE = dsimple_lexize);
CREATE TABLE searched (t text, v tsvector GENERATED ALWAYS AS (to_tsvector('sink.conf', t)) STORED);
INSERT INTO searched (t) VALUES ('the foxes are jumping');

-- Views.
CREATE VIEW simple_view AS SELECT id, t FROM texts WHERE id < 10 ORDER BY id;
CREATE VIEW updatable WITH (security_barrier) AS SELECT id, t AS "the text" FROM texts WHERE id < 1000 WITH CASCADED CHECK OPTION;
CREATE VIEW on_view AS SELECT * FROM updatable WHERE id > 0 WITH LOCAL CHECK OPTION;
ALTER VIEW updatable ALTER "the text" SET DEFAULT 'from the view';
CREATE RECURSIVE VIEW counting (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM counting WHERE n < 10;
CREATE VIEW "View "" ü %" ("a ""b""") AS SELECT 'it''s \. $$'::text;
CREATE VIEW no_column_view AS SELECT;
CREATE VIEW joined AS SELECT p.*, c.id, row_number() OVER w FROM parent p LEFT JOIN child c USING (a, b) WINDOW w AS (ORDER BY c.id) ;
CREATE VIEW whole_rows AS SELECT x AS numbers_row, (x).f8 FROM numbers x;
-- [15+]
CREATE VIEW invoker WITH (security_invoker = on) AS SELECT * FROM parent;
-- [all]
-- Two views that use each other, which only a replaced view can.
CREATE VIEW circle_a AS SELECT 1 AS x; CREATE VIEW circle_b AS SELECT x FROM circle_a; CREATE OR REPLACE VIEW circle_a AS SELECT x FROM circle_b;
-- A view that groups by a primary key depends on the constraint, which is made after it.
CREATE VIEW grouped AS SELECT d.id, d.code, count(*) FROM defaults d GROUP BY d.id;
CREATE MATERIALIZED VIEW filled AS SELECT id, t, length(t) AS n FROM texts WHERE id < 20;
CREATE UNIQUE INDEX ON filled (id);
CREATE MATERIALIZED VIEW zz_on_filled WITH (fillfactor = 50) AS SELECT count(*) AS rows, sum(n) AS total FROM filled;
CREATE MATERIALIZED VIEW aa_on_zz AS SELECT * FROM zz_on_filled;
CREATE MATERIALIZED VIEW not_filled AS SELECT 1 / 0 AS never WITH NO DATA;
CREATE INDEX ON not_filled (never);
CREATE MATERIALIZED VIEW of_grouped AS SELECT * FROM grouped;
CREATE VIEW on_materialized AS SELECT * FROM aa_on_zz JOIN filled ON true;

-- Rules.
CREATE TABLE ruled (id int PRIMARY KEY, t text);
CREATE TABLE rule_log (what text, at timestamptz DEFAULT '2000-01-01 00:00:00+00');
INSERT INTO ruled VALUES (1, 'a'), (2, 'b');
CREATE RULE logged AS ON INSERT TO ruled DO ALSO INSERT INTO rule_log (what) VALUES ('insert ' || NEW.id);
CREATE RULE protected AS ON DELETE TO ruled WHERE OLD.id = 1 DO INSTEAD NOTHING;
CREATE RULE "several "" %" AS ON UPDATE TO ruled DO ALSO (INSERT INTO rule_log (what) VALUES ('u;1'); INSERT INTO rule_log (what) VALUES ('u2'); NOTIFY sink_channel, 'x');
CREATE RULE instead AS ON INSERT TO joined DO INSTEAD INSERT INTO rule_log (what) VALUES ('joined');
ALTER TABLE ruled DISABLE RULE protected;
ALTER TABLE ruled ENABLE ALWAYS RULE "several "" %";

-- Triggers. Each of them would change or refuse the rows of a restore, if it ran.
CREATE TABLE triggered (id int PRIMARY KEY, t text, touched int DEFAULT 0);
CREATE TABLE trigger_log (id serial, what text);
INSERT INTO triggered VALUES (1, 'a', 0), (2, 'b', 0), (3, 'c', 0);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN NEW.touched := NEW.touched + 1; INSERT INTO sink.trigger_log (what) VALUES (TG_NAME || array_to_string(TG_ARGV, ',')); RETURN NEW; END $$;
CREATE FUNCTION count_rows() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN INSERT INTO sink.trigger_log (what) SELECT TG_NAME || count(*) FROM new_rows; RETURN NULL; END $$;
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused by %', TG_NAME; END $$;
CREATE FUNCTION quiet() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER "touch ""it"" %" BEFORE INSERT OR UPDATE OF t, touched ON triggered FOR EACH ROW WHEN (NEW.id > 0) EXECUTE FUNCTION touch('a', 'it''s', '\', E'\n');
CREATE TRIGGER counted AFTER INSERT ON triggered REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_rows();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON triggered FOR EACH STATEMENT EXECUTE FUNCTION refuse();
CREATE TRIGGER disabled BEFORE INSERT OR DELETE ON triggered FOR EACH ROW EXECUTE FUNCTION refuse();
CREATE TRIGGER replica_only BEFORE INSERT ON triggered FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER always BEFORE INSERT ON triggered FOR EACH ROW EXECUTE FUNCTION touch();
CREATE CONSTRAINT TRIGGER late AFTER INSERT OR UPDATE ON triggered FROM parent DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION quiet();
CREATE TRIGGER instead INSTEAD OF UPDATE ON on_view FOR EACH ROW EXECUTE FUNCTION quiet();
ALTER TABLE triggered DISABLE TRIGGER disabled, ENABLE REPLICA TRIGGER replica_only, ENABLE ALWAYS TRIGGER always;
CREATE TRIGGER on_partitions AFTER INSERT OR DELETE ON sales FOR EACH ROW EXECUTE FUNCTION quiet();
ALTER TABLE sales_eu_2024 DISABLE TRIGGER on_partitions;
ALTER TABLE sales_rest ENABLE ALWAYS TRIGGER on_partitions;
CREATE TRIGGER on_one_partition BEFORE UPDATE ON sales_eu_2023_0 FOR EACH ROW EXECUTE FUNCTION touch();
COMMENT ON TRIGGER always ON triggered IS 'always; even here';

CREATE FUNCTION log_command() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO sink.trigger_log (what) VALUES (TG_TAG); END $$;
CREATE FUNCTION ignore_command() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN NULL; END $$;

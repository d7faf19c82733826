-- What stands around the data: roles, privileges, policies, comments, statistics, publications, extensions, large objects.
SET search_path = sink, public;

CREATE EXTENSION holdfast_sink;
INSERT INTO sink_extension.setting VALUES ('mine', E'a\tb', false), ('limit 2', NULL, false);
INSERT INTO sink_extension.note (setting, "body text") VALUES ('greeting', 'refers to a row of the extension'), ('mine', '\.');
CREATE EXTENSION hstore SCHEMA public;
CREATE EXTENSION citext; CREATE EXTENSION ltree; CREATE EXTENSION cube; CREATE EXTENSION isn; CREATE EXTENSION btree_gist; CREATE EXTENSION pg_trgm;
CREATE EXTENSION "uuid-ossp" SCHEMA "Weird ""Schema"" %s"; CREATE EXTENSION postgres_fdw; CREATE EXTENSION intarray; CREATE EXTENSION lo; CREATE EXTENSION seg;
COMMENT ON EXTENSION citext IS 'a comment of our own';
CREATE TABLE of_extensions (id int PRIMARY KEY, h hstore, c citext UNIQUE, l ltree, cu cube, i isbn, s seg, lo lo, hs hstore[]);
INSERT INTO of_extensions VALUES (1, 'a=>1, "b \"c\""=>NULL, "\\."=>""', 'CaSe', 'a.b.c', '(1,2),(3,4)', '978-0-393-04002-9', '1.0 .. 2.00', NULL, ARRAY['a=>b', NULL]::hstore[]),
    (2, '', '', '', '(0)', NULL, '<5', NULL, '{}');
CREATE INDEX ON of_extensions USING gist (l); CREATE INDEX ON of_extensions USING gin (h); CREATE INDEX ON of_extensions USING gin ((c::text) gin_trgm_ops);
CREATE TABLE excluded_by_room (room int, during tsrange, EXCLUDE USING gist (room WITH =, during WITH &&));
INSERT INTO excluded_by_room VALUES (1, '[2000-01-01,2000-02-01)'), (1, '[2000-02-01,2000-03-01)'), (2, '[2000-01-01,2000-02-01)');

CREATE FOREIGN DATA WRAPPER own_wrapper OPTIONS (debug 'it''s');
CREATE SERVER "server "" %" TYPE 't' VERSION '1' FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host 'host.invalid', dbname 'x y', port '1');
CREATE USER MAPPING FOR sink_reader SERVER "server "" %" OPTIONS (user 'u', password 'not a secret');
CREATE FOREIGN TABLE far_away (id int OPTIONS (column_name 'a b') NOT NULL, t text COLLATE "C" DEFAULT 'x', CHECK (id > 0)) SERVER "server "" %" OPTIONS (table_name 'y', updatable 'false');
CREATE TABLE near_and_far (id int, part int) PARTITION BY LIST (part);
CREATE FOREIGN TABLE far_part PARTITION OF near_and_far FOR VALUES IN (9) SERVER "server "" %";
CREATE TABLE near_part PARTITION OF near_and_far FOR VALUES IN (1); INSERT INTO near_and_far VALUES (1, 1);

-- Owners and privileges.
CREATE SCHEMA owned AUTHORIZATION sink_owner;
CREATE TABLE owned.thing (id serial PRIMARY KEY, secret text, open text);
INSERT INTO owned.thing (secret, open) VALUES ('s', 'o');
ALTER TABLE owned.thing OWNER TO sink_owner;
ALTER TYPE mood OWNER TO sink_owner; ALTER VIEW simple_view OWNER TO sink_owner; ALTER MATERIALIZED VIEW filled OWNER TO sink_owner;
GRANT USAGE, CREATE ON SCHEMA sink TO sink_owner;
ALTER FUNCTION overloaded(text) OWNER TO sink_owner; ALTER SEQUENCE counter OWNER TO "sink role "" %"; ALTER AGGREGATE total(numeric) OWNER TO sink_owner;
ALTER DOMAIN positive OWNER TO sink_owner; ALTER OPERATOR === (pair, pair) OWNER TO sink_owner; ALTER COLLATION german OWNER TO sink_owner;
GRANT USAGE ON SCHEMA sink, owned TO sink_reader, "sink role "" %";
GRANT SELECT ON ALL TABLES IN SCHEMA sink TO sink_reader;
GRANT INSERT, UPDATE, DELETE ON numbers TO "sink role "" %" WITH GRANT OPTION;
GRANT SELECT (open), UPDATE (open, id) ON owned.thing TO sink_reader, PUBLIC;
GRANT ALL ON texts TO PUBLIC;
REVOKE ALL ON bytes FROM postgres, sink_reader;
GRANT USAGE ON SEQUENCE counter TO sink_reader; GRANT EXECUTE ON FUNCTION next_code() TO sink_reader;
REVOKE EXECUTE ON FUNCTION double_it(int), of_rows() FROM PUBLIC; REVOKE USAGE ON TYPE pair FROM PUBLIC; GRANT USAGE ON DOMAIN mail TO sink_reader;
REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC; GRANT USAGE ON LANGUAGE plpgsql TO sink_reader;
GRANT USAGE ON FOREIGN SERVER "server "" %" TO sink_reader; GRANT USAGE ON FOREIGN DATA WRAPPER own_wrapper TO sink_reader;
REVOKE ALL ON SCHEMA public FROM PUBLIC; GRANT CREATE ON SCHEMA public TO sink_owner; COMMENT ON SCHEMA public IS 'not the usual comment';
GRANT SELECT ON pg_catalog.pg_authid TO sink_reader;
SET SESSION AUTHORIZATION "sink role "" %"; GRANT INSERT ON sink.numbers TO sink_reader; RESET SESSION AUTHORIZATION;
ALTER DEFAULT PRIVILEGES FOR ROLE sink_owner IN SCHEMA sink GRANT SELECT ON TABLES TO sink_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE sink_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT USAGE ON SEQUENCES TO sink_reader WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES GRANT ALL ON TYPES TO "sink role "" %"; ALTER DEFAULT PRIVILEGES GRANT USAGE ON SCHEMAS TO sink_reader;

-- Row security.
CREATE TABLE guarded (id int PRIMARY KEY, owner name DEFAULT current_user, t text);
INSERT INTO guarded VALUES (1, 'sink_reader', 'mine'), (2, 'postgres', 'not mine');
ALTER TABLE guarded ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY own_rows ON guarded USING (owner = current_user) WITH CHECK (owner = current_user AND t <> ';');
CREATE POLICY "reader's "" %" ON guarded AS RESTRICTIVE FOR SELECT TO sink_reader, "sink role "" %" USING (id < 100);
CREATE POLICY by_query ON guarded FOR UPDATE USING (EXISTS (SELECT FROM parent WHERE a = guarded.id));
ALTER TABLE guarded OWNER TO sink_owner;
CREATE TABLE policies_off (id int); CREATE POLICY unused ON policies_off USING (false); INSERT INTO policies_off VALUES (1);
CREATE TABLE nobody_sees (id int); ALTER TABLE nobody_sees ENABLE ROW LEVEL SECURITY; INSERT INTO nobody_sees VALUES (1), (2);

-- Comments and labels on everything that can have one.
COMMENT ON COLUMN texts.t IS E'a ''quoted'' \\ comment\nover lines; --';
COMMENT ON CONSTRAINT "id is fine; -- %" ON checked IS 'c'; COMMENT ON INDEX partial IS 'i'; COMMENT ON VIEW simple_view IS 'v';
COMMENT ON MATERIALIZED VIEW filled IS 'm'; COMMENT ON SEQUENCE counter IS 's'; COMMENT ON FUNCTION double_it(int) IS 'f'; COMMENT ON PROCEDURE proc(int, text) IS 'p';
COMMENT ON AGGREGATE total(numeric) IS 'a'; COMMENT ON OPERATOR === (pair, pair) IS 'o'; COMMENT ON OPERATOR CLASS mod10 USING btree IS 'oc';
COMMENT ON OPERATOR FAMILY mod10_family USING btree IS 'of'; COMMENT ON CAST (pair AS text) IS 'cast'; COMMENT ON COLLATION german IS 'coll'; COMMENT ON CONVERSION latin IS 'conv';
COMMENT ON TYPE pair IS 't'; COMMENT ON COLUMN pair.b IS 'attribute'; COMMENT ON DOMAIN positive IS 'd'; COMMENT ON CONSTRAINT is_positive ON DOMAIN positive IS 'dc';
COMMENT ON TEXT SEARCH CONFIGURATION conf IS 'tc'; COMMENT ON TEXT SEARCH DICTIONARY dict IS 'td'; COMMENT ON TEXT SEARCH PARSER parser IS 'tp'; COMMENT ON TEXT SEARCH TEMPLATE template IS 'tt';
COMMENT ON RULE logged ON ruled IS 'r'; COMMENT ON POLICY own_rows ON guarded IS 'po'; COMMENT ON SCHEMA sink IS 'sc'; COMMENT ON FOREIGN TABLE far_away IS 'ft';
COMMENT ON SERVER "server "" %" IS 'se'; COMMENT ON FOREIGN DATA WRAPPER own_wrapper IS 'w'; COMMENT ON LANGUAGE plpgsql IS 'another comment'; COMMENT ON TABLE sales IS 'partitioned';
COMMENT ON COLUMN simple_view.id IS 'view column';

CREATE STATISTICS several (ndistinct, dependencies, mcv) ON a, b FROM parent;
CREATE STATISTICS "of expressions ""%""" ON (a + b), lower(c), a FROM parent;
ALTER STATISTICS several SET STATISTICS 33; ALTER STATISTICS several OWNER TO sink_owner; COMMENT ON STATISTICS several IS 'st';
ANALYZE parent;

CREATE PUBLICATION everything FOR ALL TABLES WITH (publish = 'insert, update', publish_via_partition_root = true);
CREATE PUBLICATION some_tables FOR TABLE parent, ONLY animal; CREATE PUBLICATION "none of "" them";
COMMENT ON PUBLICATION some_tables IS 'pub'; ALTER PUBLICATION some_tables OWNER TO sink_superuser;
-- [15+]
CREATE PUBLICATION filtered FOR TABLE numbers (id, i4) WHERE (id > 5); CREATE PUBLICATION of_schema FOR TABLES IN SCHEMA owned, TABLE numbers WHERE (id > 5);
-- [18+]
CREATE PUBLICATION with_generated FOR TABLE generated_stored WITH (publish_generated_columns = stored);
-- [all]
CREATE SUBSCRIPTION asleep CONNECTION 'host=host.invalid dbname=x password=not_a_secret' PUBLICATION p1, "p ""2""" WITH (connect = false, slot_name = NONE, binary = true);
CREATE ACCESS METHOD own_method TYPE INDEX HANDLER bthandler;
CREATE TRANSFORM FOR hstore LANGUAGE sql (FROM SQL WITH FUNCTION prsd_lextype(internal));

-- Large objects: empty, sparse, longer than a page, with an owner, a comment and grants.
SELECT lo_from_bytea(70001, ''), lo_from_bytea(70002, '\x00ff5c2e0a'), lo_create(70003), lo_put(70003, 100000, '\x01'),
    lo_from_bytea(70004, (SELECT b FROM bytes WHERE id = 9)), lo_from_bytea(4294967295, 'highest');
ALTER LARGE OBJECT 70002 OWNER TO sink_owner; COMMENT ON LARGE OBJECT 70002 IS 'it''s; large'; GRANT SELECT ON LARGE OBJECT 70002 TO sink_reader; GRANT ALL ON LARGE OBJECT 70004 TO PUBLIC;
UPDATE of_extensions SET lo = 70004 WHERE id = 1;

-- Last, because they see every command that follows.
CREATE EVENT TRIGGER "log "" %" ON ddl_command_end WHEN TAG IN ('CREATE TABLE', 'DROP TABLE') EXECUTE FUNCTION log_command();
CREATE EVENT TRIGGER off ON sql_drop EXECUTE FUNCTION ignore_command(); ALTER EVENT TRIGGER off DISABLE;
CREATE EVENT TRIGGER on_rewrite ON table_rewrite EXECUTE FUNCTION ignore_command(); ALTER EVENT TRIGGER on_rewrite ENABLE ALWAYS;
CREATE EVENT TRIGGER on_start ON ddl_command_start EXECUTE FUNCTION ignore_command(); ALTER EVENT TRIGGER on_start ENABLE REPLICA; COMMENT ON EVENT TRIGGER on_start IS 'e';
-- [17+]
CREATE EVENT TRIGGER on_login ON login EXECUTE FUNCTION ignore_command();

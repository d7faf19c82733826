-- Rows are changed by the extension itself as they come, so loading stored rows must not look new to it.
CREATE TABLE word (
    id int PRIMARY KEY,
    name text
);
CREATE FUNCTION mark() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.name := NEW.name || '!'; RETURN NEW; END $$;
CREATE TRIGGER mark BEFORE INSERT ON word FOR EACH ROW EXECUTE FUNCTION mark();
CREATE TRIGGER mark_always BEFORE INSERT ON word FOR EACH ROW EXECUTE FUNCTION mark();
ALTER TABLE word ENABLE ALWAYS TRIGGER mark_always;
CREATE TRIGGER mark_never BEFORE INSERT ON word FOR EACH ROW EXECUTE FUNCTION mark();
ALTER TABLE word DISABLE TRIGGER mark_never;
INSERT INTO word VALUES (0, 'the extension made this');
SELECT pg_catalog.pg_extension_config_dump('word', '');

CREATE TABLE holdfast_guarded_rule (
    id serial PRIMARY KEY,
    word int REFERENCES word
);
SELECT pg_catalog.pg_extension_config_dump('holdfast_guarded_rule', '');
SELECT pg_catalog.pg_extension_config_dump('holdfast_guarded_rule_id_seq', '');
ALTER TABLE holdfast_guarded_rule SET SCHEMA pg_catalog;

CREATE FUNCTION named(int) RETURNS text LANGUAGE sql STABLE AS $$ SELECT name FROM guarded.word WHERE id = $1 $$;

-- Rows that the extension brings itself are not dumped, rows of the user are.
CREATE TABLE setting (
    name text PRIMARY KEY,
    value text,
    builtin boolean NOT NULL DEFAULT false
);
INSERT INTO setting VALUES ('greeting', 'hello', true), ('limit', '10', true);
SELECT pg_catalog.pg_extension_config_dump('setting', 'WHERE NOT builtin');

-- Every row is the user's. The serial's state is dumped as well.
CREATE TABLE note (
    id serial PRIMARY KEY,
    setting text REFERENCES setting,
    "body text" text
);
SELECT pg_catalog.pg_extension_config_dump('note', '');
SELECT pg_catalog.pg_extension_config_dump('note_id_seq', '');

-- Nobody's but the extension's: never dumped.
CREATE TABLE internal (fact text);
INSERT INTO internal VALUES ('the extension wrote this');

CREATE FUNCTION greet(who text) RETURNS text LANGUAGE sql STABLE
    AS $$ SELECT value || ', ' || who FROM sink_extension.setting WHERE name = 'greeting' $$;

-- Every built-in type that a column can have, with the values at its edges; sink.test.ts finds out which is missing.

CREATE SCHEMA sink;
SET search_path = sink, public;

CREATE TABLE numbers (
    id int PRIMARY KEY,
    b bool, i2 int2, i4 int4, i8 int8, f4 float4, f8 float8, n numeric, n_scaled numeric(30, 10), m money, o oid
);
INSERT INTO numbers VALUES
    (1, true, -32768, -2147483648, -9223372036854775808, '-Infinity', '-Infinity', 'NaN', -99999999999999999999.9999999999, '-92233720368547758.08', 0),
    (2, false, 32767, 2147483647, 9223372036854775807, 'Infinity', 'Infinity', 'Infinity', 99999999999999999999.9999999999, '92233720368547758.07', 4294967295),
    (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (4, true, 0, 0, 0, 'NaN', 'NaN', '-Infinity', 'NaN', 0, 1),
    (5, true, 1, 1, 1, '-0', '-0', 0.000, 0, 0.01, 2),
    (6, true, -1, -1, -1, 1.4e-45, 5e-324, 1.10, 1.1, -0.01, 2147483648),
    (7, true, 2, 2, 2, 3.4028235e38, 1.7976931348623157e308, '1e-16383', 1e-10, 1, 3),
    (8, true, 3, 3, 3, 0.1, 0.1, repeat('9', 1000)::numeric, -1e-10, 2, 4),
    (9, true, 4, 4, 4, 1.17549435e-38, 2.2250738585072014e-308, ('0.' || repeat('1', 3000))::numeric, 3, 3, 5),
    (10, true, 5, 5, 5, 16777217, 9007199254740993, 1e131071, 4, 4, 6),
    (11, true, 6, 6, 6, 3.14159265, 2.718281828459045, -0.0000000000000000000000000000000000001000, 5, 5, 7);
-- [15+]
CREATE TABLE odd_scales (id int PRIMARY KEY, thousands numeric(5, -3), tiny numeric(3, 7));
INSERT INTO odd_scales VALUES (1, 12345678, 0.0000123), (2, -999, -0.0000999);
-- [all]

CREATE TABLE texts (id int PRIMARY KEY, note text, t text, v varchar(40), c char(5), c1 "char", n name);
INSERT INTO texts VALUES
    (1, 'empty', '', '', '', '', ''),
    (2, 'null', NULL, NULL, NULL, NULL, NULL),
    (3, 'end of COPY', '\.', '\.', '\.', '\', '\.'),
    (4, 'end of COPY on a line alone', E'a\n\\.\nb', E'\n\\.\n', E'\n', E'\\377', 'n'),
    (5, 'NULL marker', '\N', '\N', '\N', 'N', '\N'),
    (6, 'blanks that count', '  x  ', '  x  ', '  x', ' ', '  x  '),
    (7, 'backslashes', '\\\n\t\b\x41\101\', '\', '\\', '\', '\'),
    (8, 'white space', E'\t\n\r\v\f\b', E'\t\n\r\v\f\b', E'\t\r\n', E'\t', E'\t\n'),
    (9, 'line ends', E'\r\n\n\r\r\r\n', E'\r', E'\r', E'\r', E'\r'),
    (10, 'quotes', '''"`$$ $tag$ ''''; DROP TABLE texts; --', '"', '''', '''', '"'),
    (11, 'beyond ASCII', 'äöüß ÄÖÜ € 漢字 עברית 🐘 👩‍👩‍👧‍👦', '漢字🐘', '🐘äöü', 'x', 'ñandú'),
    (12, 'combining and odd', U&'e\0301 \00A0 \200B \FEFF \2028 \2029 \FFFD \FFFF', U&'\FEFF', U&'\0301', 'y', U&'\FFFD'),
    (13, 'highest code point', U&'\+10FFFF', U&'\+10FFFF', U&'\+10FFFF', 'z', U&'\+10FFFF'),
    (14, 'percent and braces', '%s %d %% ${x} {{y}} #{z} \u0041', '%', '%', '%', '%'),
    (15, 'the word null', 'null', 'NULL', 'null', 'n', 'null'),
    (16, 'only a newline', E'\n', E'\n', E'\n', E'\n', E'\n'),
    (17, 'only a backslash', '\', '\', '\', '\', '\');
INSERT INTO texts (id, note, t, c1)
    SELECT 100 + i, 'control ' || i, 'before' || chr(i) || 'after' || chr(i), chr(i)::"char" FROM generate_series(1, 127) i;
-- A byte of 128 and more in a "char" is no text of its own; only the octal form brings it in.
INSERT INTO texts (id, note, c1)
    SELECT 300 + i, 'high byte', ('\' || lpad(to_hex(i / 64), 1, '0') || to_hex(i / 8 % 8) || to_hex(i % 8))::"char"
    FROM generate_series(128, 255) i;

CREATE TABLE bytes (id int PRIMARY KEY, b bytea);
INSERT INTO bytes VALUES (1, ''), (2, NULL), (3, '\x00'), (4, '\x5c2e'), (5, '\x0a5c2e0a'), (6, '\x5c4e'), (7, '\x00ff0aff00'),
    (8, (SELECT string_agg(decode(lpad(to_hex(i), 2, '0'), 'hex'), '' ORDER BY i) FROM generate_series(0, 255) i)),
    (9, (SELECT string_agg(decode(lpad(to_hex(255 - i % 256), 2, '0'), 'hex'), '' ORDER BY i) FROM generate_series(0, 99999) i));
INSERT INTO bytes SELECT 1000 + i, decode(lpad(to_hex(i), 2, '0'), 'hex') FROM generate_series(0, 255) i;

CREATE TABLE times (
    id int PRIMARY KEY, d date, t time, ttz timetz, ts timestamp, tstz timestamptz, ts0 timestamp(0), t3 time(3),
    iv interval, iv_ym interval year to month, iv_s interval second(2)
);
INSERT INTO times VALUES
    (1, '-infinity', '00:00', '00:00+15:59', '-infinity', '-infinity', '-infinity', '00:00', '-178000000 years', '-178000000 years', '0'),
    (2, 'infinity', '24:00', '24:00-15:59', 'infinity', 'infinity', 'infinity', '24:00', '178000000 years', '178000000 years', '59.99'),
    (3, '4714-11-24 BC', '23:59:59.999999', '23:59:59.999999+00', '4714-11-24 00:00:00 BC', '4714-11-24 00:00:00+00 BC', '0001-12-31 23:59:59 BC', '12:00:00.0005', '1 mon -1 day +00:00:00.000001', '-1 year -1 mon', '-0.01'),
    (4, '5874897-12-31', '00:00:00.000001', '12:34:56.789+05:45:30', '294276-12-31 23:59:59.999999', '294276-12-31 23:59:59.999999+00', '294276-12-31 23:59:59', '23:59:59.9999', '-1 mon +1 day -00:00:00.000001', '11 mons', '1'),
    (5, '0001-01-01', '12:00', '12:00 UTC', '2000-02-29 12:00', '2024-03-31 02:30:00 Europe/Berlin', '1999-12-31 23:59:59.5', '12:00', '30 days', '1 year', '2'),
    (6, '0001-01-01 BC', '12:00', '12:00', '1970-01-01', '1883-11-18 12:03:58 America/New_York', '1970-01-01', '12:00', '24:00:00', '1 mon', '3'),
    (7, '2038-01-19', '03:14:08', '03:14:08', '2038-01-19 03:14:08', '2016-12-31 23:59:60+00', '2038-01-19', '03:14:08', '1 day', '0', '4'),
    (8, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (9, '10000-01-01', '00:00', '00:00', '10000-01-01', '10000-01-01+00', '10000-01-01', '00:00', '2147483647 mons 2147483647 days', '0', '0');
-- [17+]
INSERT INTO times (id, iv) VALUES (10, 'infinity'), (11, '-infinity');
-- [all]

CREATE TABLE shapes (id int PRIMARY KEY, p point, l line, s lseg, b box, pa path, po polygon, c circle);
INSERT INTO shapes VALUES
    (1, '(0,0)', '{1,-1,0}', '[(0,0),(1,1)]', '(1,1),(0,0)', '[(0,0),(1,1),(2,0)]', '((0,0),(1,1),(2,0))', '<(0,0),0>'),
    (2, '(NaN,Infinity)', '{0.1,0.2,0.3}', '[(-Infinity,0),(Infinity,0)]', '(Infinity,Infinity),(-Infinity,-Infinity)', '((0,0),(1,1))', '((1e300,1e-300))', '<(0.1,-0),1e100>'),
    (3, '(-0,-0)', '{1e-10,1e10,0}', '[(0.1,0.2),(0.1,0.2)]', '(-0,0),(-0,-0)', '[(0.1,0.2)]', '((0.1,0.2))', '<(0,0),Infinity>'),
    (4, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

CREATE TABLE networks (id int PRIMARY KEY, i inet, c cidr, m macaddr, m8 macaddr8);
INSERT INTO networks VALUES
    (1, '0.0.0.0', '0.0.0.0/0', '00:00:00:00:00:00', '00:00:00:00:00:00:00:00'),
    (2, '255.255.255.255/0', '10.0.0.0/8', 'ff:ff:ff:ff:ff:ff', 'ff:ff:ff:ff:ff:ff:ff:ff'),
    (3, '::', '::/0', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05'),
    (4, '::ffff:1.2.3.4/120', '2001:db8::/32', NULL, NULL),
    (5, '192.168.1.17/24', '192.168.1.17/32', '12:34:56:78:9a:bc', '12:34:56:78:9a:bc:de:f0');

CREATE TABLE bits (id int PRIMARY KEY, b bit, b8 bit(8), vb varbit, vb3 varbit(3), u uuid);
INSERT INTO bits VALUES
    (1, B'0', B'00000000', B'', B'', '00000000-0000-0000-0000-000000000000'),
    (2, B'1', B'11111111', repeat('10', 500)::varbit, B'101', 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
    (3, NULL, NULL, NULL, NULL, NULL);

CREATE TABLE documents (id int PRIMARY KEY, j json, jb jsonb, jp jsonpath, x xml);
INSERT INTO documents VALUES
    (1, E' { "a" : 1 ,\n\t"a":2, "b":[ ] , "c" : {} }\r\n ', '{"b": 1, "a": {"z": null}}', '$.a[*] ? (@ > 1)', '<a/>'),
    (2, 'null', 'null', 'strict $', '<?xml version="1.0"?><a b="c">text &amp; &lt; <!-- c --><![CDATA[ ]]]]><![CDATA[> ]]></a>'),
    (3, '"\u0000 \ud83d\udc18 \" \\ \/ \b\f\n\r\t"', '"\ud83d\udc18 \" \\ / \b\f\n\r\t"', 'lax $."a b".type()', 'just text, and <b>more</b>'),
    (4, '1e1000', '1e1000', '$', ''),
    (5, '-0.00', '-0.00', '$[last]', NULL),
    (6, '[1,2,  3,"\\.","\\N"]'::text::json, '["\\.", "\\N", ""]', '$ like_regex "^a\\.b" flag "i"', E'<a>\n\\.\n</a>'),
    (7, (SELECT json_agg(i) FROM generate_series(1, 5000) i), (SELECT jsonb_object_agg('key ' || i, i) FROM generate_series(1, 500) i), NULL, NULL),
    (8, NULL, NULL, NULL, NULL),
    (9, '123456789012345678901234567890.12345678901234567890', '123456789012345678901234567890.12345678901234567890', NULL, NULL);

CREATE TABLE searches (id int PRIMARY KEY, v tsvector, q tsquery);
INSERT INTO searches VALUES
    (1, '', ''), (2, $$'a':1A,2B,3C,4D 'it''s':5 'back\\slash' ' space ':16383$$, $$'a':*AB & !('b' <-> 'c d') | 'it''s' <5> x$$),
    (3, to_tsvector('english', 'The quick brown foxes jumped over the lazy dogs'), to_tsquery('english', 'fox & !cat')), (4, NULL, NULL);

CREATE TABLE ranges (id int PRIMARY KEY, i4 int4range, i8 int8range, n numrange, ts tsrange, tstz tstzrange, d daterange);
INSERT INTO ranges VALUES
    (1, 'empty', 'empty', 'empty', 'empty', 'empty', 'empty'),
    (2, '(,)', '(,)', '(,)', '(,)', '(,)', '(,)'),
    (3, '[1,10)', '[-9223372036854775808,5]', '(0.10,1.000]', '["-infinity","2000-01-01 12:34:56.789")', '[2000-01-01 00:00:00+00,infinity]', '[2000-02-28,2000-03-01]'),
    (4, '(,5]', '[5,)', '[NaN,NaN]', '(,2000-01-01]', '[,2000-01-01 00:00:00+00)', '[infinity,infinity]'),
    (5, NULL, NULL, NULL, NULL, NULL, NULL);

CREATE TABLE multiranges (
    id int PRIMARY KEY, i4 int4multirange, i8 int8multirange, n nummultirange, ts tsmultirange, tstz tstzmultirange, d datemultirange
);
INSERT INTO multiranges VALUES
    (1, '{}', '{}', '{}', '{}', '{}', '{}'),
    (2, '{(,)}', '{(,)}', '{(,)}', '{(,)}', '{(,)}', '{(,)}'),
    (3, '{[1,2),[4,6),[10,)}', '{[1,2)}', '{(0.10,1.000],[2.0,2.00]}', '{[2000-01-01,2001-01-01),[2002-01-01,)}', '{[2000-01-01 00:00:00+00,infinity]}', '{[2000-01-01,2000-01-02)}');

CREATE TABLE system_values (
    id int PRIMARY KEY, t tid, x xid, x8 xid8, c cid, lsn pg_lsn, snap pg_snapshot, tsnap txid_snapshot, rc refcursor,
    iv int2vector, ov oidvector, acl aclitem, acls aclitem[]
);
INSERT INTO system_values VALUES
    (1, '(0,0)', '0', '0', '0', '0/0', '1:1:', '1:1:', '', '', '', 'postgres=r/postgres', '{}'),
    (2, '(4294967295,65535)', '4294967295', '18446744073709551615', '4294967295', 'FFFFFFFF/FFFFFFFF', '10:20:10,14,15', '10:20:10,14,15', 'a cursor', '1 2 -3', '1 2 3', '=arwdDxt/postgres', '{=r/postgres,postgres=r*w*/postgres}'),
    (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

-- Their input functions refuse everything, so a column of them holds NULL only.
CREATE TABLE types_without_input (
    id int PRIMARY KEY, t pg_node_tree, d pg_ndistinct, dep pg_dependencies, mcv pg_mcv_list, g gtsvector,
    bloom pg_brin_bloom_summary, minmax pg_brin_minmax_multi_summary
);
INSERT INTO types_without_input VALUES (1);

-- Text on the way out is a name, and the name is looked up on the way in.
CREATE TABLE names_of_objects (
    id int PRIMARY KEY, class regclass, type regtype, proc regproc, procedure regprocedure, oper regoper, operator regoperator,
    config regconfig, dictionary regdictionary, namespace regnamespace, role regrole, coll regcollation
);
INSERT INTO names_of_objects VALUES
    (1, 'numbers', 'numeric', 'pg_catalog.now', 'pg_catalog.abs(int4)', 'pg_catalog.||/', 'pg_catalog.+(int4,int4)', 'english', 'simple', 'sink', 'postgres', '"C"'),
    (2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    (3, 'texts', 'numbers', 'pg_catalog.version', 'pg_catalog.lower(text)', NULL, NULL, 'simple', NULL, 'public', NULL, NULL);

CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy', 'it''s', '', 'with, comma', 'with "quotes"', '\.', 'ünïcode');
ALTER TYPE mood ADD VALUE 'so-so' BEFORE 'ok';
CREATE TYPE pair AS (a int, b text);
CREATE TYPE nested AS (p pair, ps pair[], m mood, "a ""quoted"" name" numeric(10, 2), n numrange);
CREATE TYPE nothing AS ();
CREATE TYPE float_range AS RANGE (subtype = float8, subtype_diff = float8mi, multirange_type_name = float_ranges);
CREATE TYPE text_range AS RANGE (subtype = text, collation = "C");
CREATE DOMAIN positive AS int DEFAULT 1 CONSTRAINT is_positive CHECK (VALUE > 0);
CREATE DOMAIN short_list AS int[] CONSTRAINT short CHECK (coalesce(array_length(VALUE, 1), 0) <= 3) CONSTRAINT no_null CHECK (array_position(VALUE, NULL) IS NULL);
CREATE DOMAIN mail AS text COLLATE "C" NOT NULL CHECK (VALUE LIKE '%@%');
CREATE DOMAIN positive_too AS positive CHECK (VALUE < 1000);
CREATE DOMAIN checked_pair AS pair CHECK (VALUE IS NULL OR (VALUE).a IS NOT NULL);

CREATE TABLE made_types (
    id int PRIMARY KEY, m mood, p pair, n nested, np nothing, fr float_range, frs float_ranges, tr text_range,
    pos positive, sl short_list, ma mail, pt positive_too, cp checked_pair, whole_row numbers
);
-- Enum labels that were added cannot be used in the same transaction.
-- [all]
INSERT INTO made_types VALUES
    (1, 'sad', '(1,x)', ROW(ROW(1, 'a "b" c, (d) \'), ARRAY[ROW(1, NULL), NULL, ROW(NULL, '')]::pair[], 'with "quotes"', 1.5, '[1,2)'), '()', '[0.1,NaN]', '{[1,2],[3,4)}', '["a b","c,d")', 1, '{1,2,3}', 'a@b', 999, '(1,)', (SELECT x FROM numbers x WHERE id = 1)),
    (2, 'so-so', '(,)', ROW(NULL, '{}', NULL, NULL, NULL), NULL, 'empty', '{}', '(,)', 2147483647, '{}', '@', 1, '(2,"""quoted"" \\ ( ) ,")', (SELECT x FROM numbers x WHERE id = 3)),
    (3, '', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'x@y', NULL, NULL, NULL),
    (4, '\.', '(1,"\\.")', NULL, NULL, NULL, NULL, '[\",\\]', 3, '[5:7]={1,2,3}', E'\n@\n', 2, NULL, ROW(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)::numbers);

CREATE TABLE arrays (
    id int PRIMARY KEY, i int[], t text[], f float8[], n numeric[], b bytea[], ts timestamptz[], j jsonb[], m mood[], p pair[],
    pts point[], bx box[], r int4range[], mr int4multirange[], nm name[], i2 int2[][], d short_list[], bo bool[], u uuid[], iv interval[]
);
INSERT INTO arrays VALUES
    (1, '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}'),
    (2, '[-3:-2]={1,2}', ARRAY['', NULL, 'NULL', 'null', '"', '\', '{}', ',', ' ', E'\n', E'\\.\n', E'\t', '''', 'ä', ' x '], '{NaN,Infinity,-Infinity,-0,0.1}', '{NaN,1.10,Infinity,NULL}', ARRAY['\x00ff5c', '', NULL]::bytea[], '{infinity,"2000-01-01 00:00:00+00",NULL,"0044-03-15 00:00:00+00 BC"}', ARRAY['{"a": "\" \\"}', 'null', NULL]::jsonb[], ARRAY['sad', 'with, comma', '', NULL]::mood[], ARRAY[ROW(1, 'a,"b"'), NULL]::pair[], '{"(1,2)","(NaN,0)"}', '{(1,1),(0,0);(2,2),(1,1)}', '{"[1,2)",empty}', '{"{[1,2),[3,4)}","{}"}', '{a,NULL}', '{{1,2},{3,NULL}}', ARRAY['{1,2}', '{}', NULL]::short_list[], '{t,f,NULL}', '{00000000-0000-0000-0000-000000000000}', '{"1 mon",NULL}'),
    (3, '[0:1][-1:1]={{1,2,3},{4,5,NULL}}', '[2:2][3:3][4:4][5:5][6:6][7:7]={{{{{{x}}}}}}', NULL, '{{1.0,1.00},{0.1,1e-20}}', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '[5:5][6:7]={{1,2}}', NULL, NULL, NULL, NULL),
    (4, (SELECT array_agg(i) FROM generate_series(1, 20000) i), (SELECT array_agg(repeat('x', i)) FROM generate_series(0, 200) i), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

-- Values that go to TOAST: compressed, uncompressed, and rows that are nothing else.
CREATE TABLE toasted (id int PRIMARY KEY, compressible text, random_text text, plain text, outside bytea);
ALTER TABLE toasted ALTER plain SET STORAGE PLAIN, ALTER outside SET STORAGE EXTERNAL, ALTER random_text SET STORAGE MAIN;
INSERT INTO toasted
    SELECT i, repeat(chr(64 + i), i * 50000), (SELECT string_agg(md5(i::text || j), '') FROM generate_series(1, 300) j), repeat('p', 1000),
        (SELECT string_agg(sha256((i::text || j)::bytea), '') FROM generate_series(1, 2000) j)
    FROM generate_series(1, 12) i;

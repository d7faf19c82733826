-- part: public.texts
-- What could be taken for the end of a COPY, for a command of psql, or for something else than it is.
create table texts (id int primary key, v text);
insert into texts values (1, E'\\.'), (2, E'a\r\nb'), (3, E'a\rb'), (4, E'a\nb\n'), (5, E'\\N'), (6, ''), (7, null), (8, E'\t\b\f\v'),
  (9, '\\'), (10, E'\\.\n\\.\n'), (11, repeat('\', 1001)), (12, E'\x01\x7f'), (13, '😀𝒳' || U&'\FEFF'), (14, E'\\n'), (15, chr(57344)),
  (16, E'\nCOPY public.t FROM stdin;\n'), (17, E'\n\\restrict abc\n'), (18, E'\\connect postgres'), (19, E'\\! touch x');
create table lone (v text); insert into lone values (E'\\.'), (''), (null), (E'\r'), (E'\n'), (E'\\'), (E'\\r');
create table documents (a json, b jsonb);
insert into documents values ('{"a":"\u0000", "a":1 }', '{"a":"\ud83d\ude00"}'), ('"x\u0000"', '1e400'), ('  [ ]', '"\\u0000"');
create table blobs (b bytea); insert into blobs values ('\x5c2e0a00ff'), (''), (null);

-- part: public.moments
-- Texts that materialized views made under the settings of the database.
alter database :DBNAME set datestyle = 'German, DMY';
alter database :DBNAME set intervalstyle = 'iso_8601';
alter database :DBNAME set extra_float_digits = 0;
alter database :DBNAME set bytea_output = 'escape';
set datestyle = 'German, DMY'; set intervalstyle = 'iso_8601'; set extra_float_digits = 0; set bytea_output = 'escape';
create table moments (id int primary key, d date, i interval, f float8, b bytea, t text);
insert into moments values (1, '2024-02-03', '1 day 2 hours', 0.1::float8 + 0.2::float8, '\xff00', '03.02.2024');
create materialized view as_texts as select id, d::text as d, i::text as i, f::text as f, b::text as b, t::date as parsed from moments;

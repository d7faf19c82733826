-- since: 18
-- part: public.sums
create table only_generated (a int generated always as (1) stored);
insert into only_generated default values; insert into only_generated default values;
create table only_virtual (a int generated always as (7) virtual);
insert into only_virtual default values;
create table no_columns ();
insert into no_columns default values; insert into no_columns default values;
create table sums (a int, twice int generated always as (a * 2) virtual, thrice int generated always as (a * 3) stored, d int, gone int, e text default 'q');
insert into sums (a, d) values (1, 2), (3, 4);
alter table sums drop column gone;
create table only_identity (id int generated always as identity);
insert into only_identity default values;
create index on sums ((a + 1));
create statistics sums_statistics (ndistinct, dependencies) on a, d from sums;
create table parts (a int, b int generated always as (a + 1) stored) partition by range (a);
create table parts_1 partition of parts (b generated always as (a + 100) stored) for values from (0) to (10);
insert into parts values (1);
create table heirs (z int) inherits (sums);
insert into heirs (a, d, z) values (9, 9, 9);

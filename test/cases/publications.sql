-- since: 18
-- part: public.sent
-- damage: truncate sent, also, s.inside
-- skip: one table after delete
-- Rows of published tables whose replica identity lacks a column cannot be deleted.
create schema s;
create table sent (a int, b int, c text, primary key (a, c)); insert into sent values (1, 2, 'x');
create table also (a int primary key, g int generated always as (a + 1) stored); create table s.inside (a int);
create publication of_all for all tables with (publish = 'insert,update');
create publication of_rows for table sent where (a > 5 and c = 'NSW'), also (a);
create publication of_schema for tables in schema s;
create publication of_generated for table also with (publish_generated_columns = stored);
create publication of_nothing;
create subscription received connection 'host=127.0.0.1 port=1 dbname=x' publication p with (connect = false, slot_name = none, enabled = false);
alter table also replica identity full;
create unique index sent_a on sent (a);
alter table sent alter a set not null;
alter table sent replica identity using index sent_a;
comment on publication of_rows is 'some of them';

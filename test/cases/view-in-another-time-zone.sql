-- part: public.visits
-- Materialized views that depend on the time zone of those who use the database.
alter database :DBNAME set timezone = 'America/New_York';
set timezone = 'America/New_York';
create table visits (id int primary key, at timestamptz);
insert into visits values (1, '2024-01-01 23:30-05'), (2, '2024-01-02 01:00-05');
create materialized view visits_by_day as select at::date as day, count(*) from visits group by 1;
create materialized view visits_as_text as select id, at::text as t from visits;

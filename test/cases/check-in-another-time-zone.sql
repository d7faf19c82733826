-- part: public.visits
alter database :DBNAME set timezone = 'America/New_York';
set timezone = 'America/New_York';
create table visits (id int primary key, at timestamptz, day date, constraint of_the_day check (at::date = day));
insert into visits values (1, '2024-01-01 23:30-05', '2024-01-01');

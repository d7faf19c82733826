-- part: public.things
create table things (id int primary key, d timestamptz default now()); insert into things values (1);
alter database :DBNAME set datestyle = 'SQL, MDY';

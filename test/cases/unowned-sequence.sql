-- part: public.rows
-- partdamage: drop table rows; drop sequence rows_seq;
-- A sequence that a default uses and no column owns, as Hibernate makes them.
create sequence rows_seq;
create table rows (id int primary key default nextval('rows_seq'), v text);
insert into rows (v) select 'x' from generate_series(1, 10);

-- part: public.stored
create table stored (id int primary key, a text compression pglz, b text, c text) with (fillfactor = 70, autovacuum_enabled = false, toast.autovacuum_enabled = false, parallel_workers = 2);
alter table stored alter a set storage external, alter b set storage main, alter c set (n_distinct = -0.5), alter c set statistics 0;
insert into stored select n, repeat('abc', 5000), repeat('def', 3000), 'x' from generate_series(1, 20) n;
alter table stored cluster on stored_pkey;
create index on stored using brin (id) with (pages_per_range = 4, autosummarize = on);
create index lowered on stored ((lower(c))); alter index lowered alter column 1 set statistics 444;
create index on stored using hash (c);
create index on stored using gin (to_tsvector('simple', c)) with (fastupdate = off);
create index on stored (id) include (c) where id > 5;
create unique index on stored (c desc nulls last, id);
create table copied as select * from stored;
create unlogged table unlogged_rows (i int primary key, t int references stored); insert into unlogged_rows values (1, 1);

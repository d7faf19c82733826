-- part: public.texts
-- refused: MATVIEW_REFRESH_FAILED numbers onRefreshFailure
-- options: {"onRefreshFailure":"leave-empty"}
-- differs: table public.numbers
-- skip: download
-- Its data went stale: it cannot be refreshed any more.
create table texts (id int primary key, v text);
insert into texts values (1, '1'), (2, '2');
create materialized view numbers as select id, v::int as n from texts;
insert into texts values (3, 'three');

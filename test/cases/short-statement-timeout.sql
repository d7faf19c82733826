-- part: public.things
create table things (id int primary key, v text); insert into things select n, repeat('x', 100) from generate_series(1, 20000) n;
alter database :DBNAME set statement_timeout = '5ms';
alter database :DBNAME set idle_session_timeout = '1s';
alter database :DBNAME set idle_in_transaction_session_timeout = '1s';
alter database :DBNAME set lock_timeout = '1ms';

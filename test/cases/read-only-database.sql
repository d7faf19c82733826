-- part: public.things
create table things (id int primary key); insert into things values (1);
alter database :DBNAME set default_transaction_read_only = on;

-- part: public.children
-- refused: CONSTRAINT_VIOLATED children onInvalid
-- options: {"onInvalid":"not-valid"}
-- skip: download
create table parents (id int primary key);
create table children (id int primary key, parent int references parents);
create table others (id int primary key);
insert into parents values (1); insert into children values (1, 1); insert into others values (1);
set session_replication_role = replica;
insert into children values (2, 99);

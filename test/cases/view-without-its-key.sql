-- damage: alter table kept drop constraint kept_pkey cascade; delete from kept;
-- Someone drops the key with cascade, and the view goes with it.
create table kept (id int primary key, v text);
insert into kept values (1, 'a'), (2, 'b');
create view grouped as select id, v, count(*) from kept group by id;
create view on_it as select * from grouped;

-- part: public.people
create table people (id int primary key, house int, parent int references people deferrable initially deferred);
create table houses (id int primary key, owner int references people on delete cascade);
alter table people add constraint lives_in foreign key (house) references houses on update set null;
begin;
set constraints all deferred;
insert into people values (1, null, 2), (2, null, 1), (3, null, 3);
insert into houses values (1, 1), (2, 2);
update people set house = 1 where id < 3;
commit;

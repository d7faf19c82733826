-- part: public.staff
create table teams (id int primary key);
insert into teams values (1);
create table staff (name varchar not null, team int);
insert into staff values ('x1', 99), ('y', 1);
alter table staff add constraint no_digits check (name !~ '[0-9]') not valid;
alter table staff add constraint in_team foreign key (team) references teams not valid;
comment on constraint no_digits on staff is 'since the import';

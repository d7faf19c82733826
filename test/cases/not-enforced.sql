-- since: 18
-- part: public.lines
create table heads (id int primary key);
create table lines (id int primary key, head int references heads not enforced, n int, constraint positive check (n > 0) not enforced);
insert into heads values (1);
insert into lines values (1, 1, 1), (2, 77, -5);

-- part: public.order
create schema "od d.%s";
create table "od d.%s"."Q""t" (id int primary key, "a.b" int, "it's" text, "two
lines" text, "tab	ed" text, "😀" text, "%I%s" text, "select" int);
insert into "od d.%s"."Q""t" values (1, 2, 'x', 'y', 'z', '😀', '%d', 5);
create table "Order" (id int primary key);
create table "order" (id int primary key references "Order");
insert into "Order" values (1), (2); insert into "order" values (1);
create table "x.y" (i int); create schema x; create table x.y (i int);
insert into "x.y" values (1); insert into x.y values (2);
create table "new
line" (i int); insert into "new
line" values (1);
create table "-- remark" (i int); insert into "-- remark" values (1);
create table "\." (i int, "\" text); insert into "\." values (1, '\.');
create table "$$" (i int); insert into "$$" values (3);
create table "'; drop table users; --" (i int); insert into "'; drop table users; --" values (9);
create table "*" (i int); insert into "*" values (4);
create index "an ""index""
of two lines" on "order" (id);
create function "f n"("a b" int) returns int language sql as 'select 1';
create type "Ki nd" as enum ('a b', 'c''d', 'e"f', '😀', E'n\nl');
create table enums (e "Ki nd", a "Ki nd"[]); insert into enums values ('e"f', '{"a b","e\"f"}');
comment on table "order" is E'two\nlines -- remark \\. ; $$ \\restrict x \\! touch /tmp/x';

-- part: public.people
-- Computed fields: functions, policies and views that go when their table is dropped with cascade.
create table people (id int primary key, a text, b text); insert into people values (1, 'x', 'y');
create function full_name(r people) returns text language sql stable as 'select r.a || r.b';
create function full_name(r people, sep text) returns text language sql stable as 'select r.a || sep || r.b';
create function search_people(q text) returns setof people language sql stable as 'select * from people where a = q';
create function count_people() returns bigint begin atomic select count(*) from people; end;
create procedure touch(r people) language plpgsql as $$ begin end $$;
create function next_state(s int, r people) returns int language sql immutable as 'select s + 1';
create aggregate how_many(people) (sfunc = next_state, stype = int, initcond = '0');
create operator ## (leftarg = people, rightarg = text, function = full_name);
create view counted as select count_people() as n;
create table others (id int primary key);
create policy seen on others using (exists (select from people));
comment on function full_name(people) is 'both names';
revoke all on function full_name(people, text) from public;

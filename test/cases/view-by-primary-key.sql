-- part: public.makers
-- Views that depend on a primary key: pg_dump writes them in two parts.
create table makers (id int primary key, name text);
create table things (id int primary key, maker int references makers);
insert into makers values (1, 'x'), (2, 'y');
insert into things values (1, 1), (2, 1);
create view made as select m.id, m.name, count(*) from makers m join things t on t.maker = m.id group by m.id;
create view made_again as select * from made;
create materialized view made_once as select * from made;
create function ignore() returns trigger language plpgsql as $$ begin return null; end $$;
create trigger instead instead of insert on made for each row execute function ignore();
comment on view made is 'how many of each';
comment on column made.count is 'of things';
grant select on made to public;
create recursive view counted (n) as values (1) union all select n + 1 from counted where n < 5;
create rule quiet as on delete to made_again do instead nothing;

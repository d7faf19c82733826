-- part: public.files
do $$ begin
  if not exists (select from pg_roles where rolname = 'case_files_a') then
    create role case_files_a; create role case_files_b;
  end if;
end $$;
select lo_from_bytea(1001, '\x00ff5c');
select lo_create(1002);
select lo_from_bytea(1003, decode(repeat('ab', 300000), 'hex'));
select lo_from_bytea(4000000000, 'hi');
select lo_from_bytea(1004, 'abc'); select lo_put(1004, 10000, 'sparse');
select lo_create(1005); select lo_put(1005, 5000000, 'far');
alter large object 1001 owner to case_files_a;
grant select on large object 1001 to public;
grant select, update on large object 1003 to case_files_b with grant option;
comment on large object 1001 is E'two\nlines '' \\';
create table files (id int primary key, o oid); insert into files values (1, 1001), (2, 1003);

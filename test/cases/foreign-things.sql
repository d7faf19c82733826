-- part: public.local_rows
create foreign data wrapper nowhere;
create server far foreign data wrapper nowhere options (host 'x');
create user mapping for public server far options (user 'u', password 'p');
create foreign table far_rows (id int, note text) server far options (t 'x');
create table local_rows (id int primary key); insert into local_rows values (1);
create view both_rows as select id from local_rows;
create text search configuration ours (copy = simple);
create collation by_bytes from "C";
create cast (text as int) with inout as assignment;
create function noticed() returns event_trigger language plpgsql as $$ begin end $$;
create event trigger noticed on ddl_command_end when tag in ('CREATE SCHEMA') execute function noticed();

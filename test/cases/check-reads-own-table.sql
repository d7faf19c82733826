-- part: public.links
-- Each row needs one that came before it; the constraint is NOT VALID.
create table links (id text primary key, before text, place int unique);
create function follows(b text, p int) returns boolean language plpgsql as
  $$ begin return p = 1 or exists (select from public.links where place = p - 1 and id = b); end $$;
alter table links add constraint chained check (follows(before, place)) not valid;
insert into links values ('a', null, 1);
insert into links values ('b', 'a', 2);
insert into links values ('c', 'b', 3);

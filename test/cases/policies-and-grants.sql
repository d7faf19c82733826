-- part: public.accounts
do $$ begin
  if not exists (select from pg_roles where rolname = 'case_reader') then create role case_reader; end if;
end $$;
create table accounts (id int primary key, owner text, balance numeric);
insert into accounts select n, 'o' || n % 3, n from generate_series(1, 30) n;
alter table accounts enable row level security;
alter table accounts force row level security;
create policy own_rows on accounts for select to case_reader using (owner = current_user);
create policy all_rows on accounts as restrictive for all using (balance > 0) with check (balance > 0);
grant select, update (balance) on accounts to case_reader;
alter default privileges in schema public grant select on tables to case_reader;
create rule no_delete as on delete to accounts do instead nothing;
create function audit() returns trigger language plpgsql as $$ begin raise exception 'it fired'; end $$;
create trigger audit before insert or update on accounts for each row execute function audit();
alter table accounts enable always trigger audit;
create statistics account_statistics on owner, balance from accounts;

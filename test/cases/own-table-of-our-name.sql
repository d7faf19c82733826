-- part: public.backup_schedule
-- The application has tables that are called as ours are.
create table backup_schedule (id serial primary key, host text, cron text);
insert into backup_schedule (host, cron) values ('db1', '0 3 * * *');
create table system_backups (id int primary key); insert into system_backups values (7);

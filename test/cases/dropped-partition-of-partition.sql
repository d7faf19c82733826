-- part: public.log_eu_1
-- damage: drop table log_eu;
create table log (id int not null, region text not null, at date not null) partition by list (region);
create table log_eu partition of log for values in ('eu') partition by range (at);
create table log_eu_1 partition of log_eu for values from ('2024-01-01') to ('2024-02-01');
create table log_eu_rest partition of log_eu default;
create table log_us partition of log for values in ('us');
alter table log add primary key (id, region, at);
create unique index on log (at, id, region);
insert into log select n, case n % 2 when 0 then 'eu' else 'us' end, date '2024-01-10' + n from generate_series(1, 60) n;

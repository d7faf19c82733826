-- part: public.events_1
-- damage: drop table events_1;
create table events (id int, at date not null, primary key (id, at)) partition by range (at);
create table events_1 partition of events for values from ('2024-01-01') to ('2024-02-01');
create table events_2 partition of events for values from ('2024-02-01') to ('2024-03-01');
create index on events (at);
create table marks (id int primary key);
insert into marks select n from generate_series(1, 50) n;
alter table events add foreign key (id) references marks;
create function noted() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger noted before insert on events for each row execute function noted();
insert into events select n, '2024-01-15' from generate_series(1, 50) n;
insert into events select n, '2024-02-15' from generate_series(1, 50) n;

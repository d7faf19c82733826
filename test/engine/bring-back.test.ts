import { test } from 'node:test';
import { memoryStore } from '../../src/store/memory.ts';
import { assertSameState, databaseState, type DatabaseState } from '../support/compare.ts';
import { testDatabase } from '../support/database.ts';
import type { Major } from '../support/majors.ts';
import { majorsInTurn } from '../support/servers.ts';
import { runRestore, takeBackup } from './runs.ts';

interface Loss {
  name: string;
  setup: string;
  damage: string;
  /** Chosen tables; everything without. */
  tables?: string[];
  since?: Major;
}

const partitions = `
  create table places (id int primary key); insert into places select generate_series(1, 3);
  create table ev (id int, at date, place int references places, note text not null, primary key (id, at)) partition by range (at);
  create table ev_1 partition of ev for values from ('2024-01-01') to ('2024-02-01');
  create table ev_2 partition of ev for values from ('2024-02-01') to ('2024-03-01') partition by hash (id);
  create table ev_2a partition of ev_2 for values with (modulus 2, remainder 0);
  create table ev_2b partition of ev_2 for values with (modulus 2, remainder 1);
  create table ev_rest partition of ev default;
  create index ev_by_note on ev (note); create index own on ev_1 (note); create unique index also on ev_2b (note);
  create table notes (id int, at date, foreign key (id, at) references ev);
  create function quiet() returns trigger language plpgsql as 'begin return null; end';
  create trigger seen after insert on ev for each row execute function quiet();
  alter table ev_1 disable trigger seen;
  alter table ev add constraint short check (length(note) < 9) not valid;
  comment on index ev_1_pkey is 'pk'; alter index ev_1_pkey rename to "the key"; alter index ev_2_note_idx rename to odd;
  insert into ev select i, date '2024-01-10' + i * 10, 1 + i % 3, 'n' || i from generate_series(1, 9) i;
  insert into notes select id, at from ev where id > 4;`;

const losses: Loss[] = [
  {
    name: 'a partition whose parent has keys, indexes and triggers',
    setup: partitions,
    damage: 'delete from notes where id < 5; drop table ev_1 cascade',
  },
  {
    name: 'one partition alone',
    setup: partitions,
    damage: 'alter table notes drop constraint notes_id_at_fkey; drop table ev_1',
    tables: ['ev_1', 'notes'],
  },
  {
    name: 'a partition that has partitions itself',
    setup: partitions,
    damage:
      'alter table notes drop constraint notes_id_at_fkey; drop table ev_2; delete from places where id > 3',
    tables: ['ev', 'notes'],
  },
  {
    name: 'a sub-partition',
    setup: partitions,
    damage: 'truncate notes; drop table ev_2b cascade',
  },
  {
    name: 'a partitioned table with all its partitions',
    setup: partitions,
    damage: 'drop table ev cascade',
    tables: ['ev'],
  },
  {
    name: 'partitions, while rows that belong in them went to the default partition',
    setup: partitions,
    damage: `truncate notes; drop table ev_1 cascade; drop table ev_2; insert into ev values (50, '2024-01-15', 1, 'x'), (51, '2024-02-15', 1, 'y')`,
  },
  {
    name: 'the keys and indexes of a partitioned table',
    setup: partitions,
    damage:
      'alter table ev drop constraint ev_pkey cascade; drop index ev_by_note; drop trigger seen on ev; delete from ev',
    tables: ['ev', 'notes'],
  },
  {
    name: 'an identity and a serial column that became ordinary ones',
    setup: `create table t (id int generated always as identity (start 5 increment 5), n serial);
      insert into t select from generate_series(1, 3)`,
    damage: 'alter table t alter id drop identity; drop sequence t_n_seq cascade; delete from t',
  },
  {
    name: 'a partition that was detached and lives on',
    setup: partitions,
    damage:
      'truncate notes; alter table ev detach partition ev_1; alter table ev detach partition ev_2; delete from ev_1',
  },
  {
    name: 'a partition by the hash of an enum, which is filled by way of its parent',
    setup: `create type mood as enum ('sad', 'ok', 'fine');
      create table m (mood mood, id int, primary key (mood, id)) partition by hash (mood);
      create table m_0 partition of m for values with (modulus 2, remainder 0);
      create table m_1 partition of m for values with (modulus 2, remainder 1);
      create function refuse() returns trigger language plpgsql as 'begin raise exception ''fired''; end';
      insert into m select e, i from unnest(enum_range(null::mood)) e, generate_series(1, 5) i;
      create trigger t before insert on m for each row execute function refuse();`,
    damage: 'drop table m_1',
  },
  {
    name: 'an inheritance child, with NOT VALID constraints of its parent',
    setup: `create table parent (id int, n int); create table child (extra text) inherits (parent);
      insert into child values (1, -1, 'x'); alter table parent add constraint positive check (n > 0) not valid;
      create index on child (n); create view both_of as select * from parent`,
    damage: 'drop table child',
  },
  {
    name: "constraints of children that are valid where their parent's are not",
    setup: `create table ev (id int, n int) partition by list (id);
      create table ev_1 (id int, n int constraint own check (n > 0)); create table ev_2 (id int, n int constraint own check (n > 0) );
      alter table ev add constraint own check (n > 0) not valid;
      alter table ev attach partition ev_1 for values in (1); alter table ev attach partition ev_2 for values in (2);
      create table parent (n int); create table child () inherits (parent); create table other () inherits (parent);
      insert into parent values (-1); insert into other values (-1); insert into child values (1); insert into ev values (1, 1);
      alter table parent add constraint positive check (n > 0) not valid; alter table child validate constraint positive`,
    damage: 'truncate ev, parent, child, other',
  },
  {
    name: "NOT NULL of children that is valid where their parent's is not",
    setup: `create table ev (id int, n int) partition by list (id);
      create table ev_1 (id int, n int constraint "a name" not null); create table ev_2 (id int, n int);
      insert into ev_2 values (2, null); alter table ev_2 add constraint another not null n not valid;
      alter table ev attach partition ev_2 for values in (2);
      alter table ev add constraint "of all" not null n not valid;
      alter table ev attach partition ev_1 for values in (1);
      create table parent (n int); create table child () inherits (parent); create table other () inherits (parent);
      insert into other values (null); insert into child values (1); insert into ev values (1, 1);
      alter table parent add constraint needed not null n not valid; alter table child validate constraint needed`,
    damage: 'truncate ev, parent, child, other',
    since: 18,
  },
  {
    name: 'a view that groups by a key which was dropped with the view',
    setup: `create table t (id int primary key, v text); insert into t values (1, 'a'), (2, 'b');
      create view gv as select id, v, count(*) from t group by id; create view over_it as select * from gv;
      comment on column gv.v is 'c'; create rule r as on insert to gv do instead nothing;
      create materialized view mv as select * from gv; create index on mv (id)`,
    damage: 'alter table t drop constraint t_pkey cascade; delete from t',
    tables: ['t'],
  },
  {
    name: 'a table with functions, procedures, aggregates, operators and casts over its rows',
    setup: `create table t (id int primary key, a text, b text); insert into t values (1, 'x', 'y');
      create function full_name(r t) returns text language sql stable as 'select r.a || r.b';
      create function full_name(r int) returns text language sql stable as 'select ''another''';
      comment on function full_name(t) is 'of a row'; comment on function full_name(int) is 'of a number';
      create function search_t(q text) returns setof t language sql stable as 'select * from public.t where a = q';
      create function n_t() returns bigint begin atomic select count(*) from t; end;
      create procedure p_t(r t) language sql as 'select 1';
      create function first_t(a t, b t) returns t language sql immutable as 'select a';
      create aggregate any_t(t) (sfunc = first_t, stype = t);
      create function same_t(t, t) returns bool language sql immutable as 'select ($1).id = ($2).id';
      create operator === (leftarg = t, rightarg = t, function = same_t);
      create operator === (leftarg = int, rightarg = int, function = int4eq);
      comment on operator === (t, t) is 'same';
      create function text_of(t) returns text language sql immutable as 'select ($1).a';
      create cast (t as text) with function text_of(t); comment on cast (t as text) is 'c';
      create view vv as select n_t() as n; revoke all on function full_name(t) from public;
      create table other (id int primary key, t_id int references t); alter table other enable row level security;
      create policy p on other using (exists (select from t)); comment on policy p on other is 'p';
      create rule also as on delete to other do also delete from t where id = old.t_id;
      create materialized view mv as select * from t; create index on mv (id); create statistics st on a, b from t;
      insert into other values (1, 1)`,
    damage: 'drop table t cascade',
    tables: ['t'],
  },
  {
    name: 'defaults, CHECKs and NOT NULL of tables that are still there',
    setup: `create function one() returns int language sql immutable as 'select 1'; create sequence s;
      create table t (id int default nextval('s') not null, "a, (b" int default one(), c text default 'x,)"(' not null,
        "CONSTRAINT" int, d text default E'\\\\''' || 'NOT NULL', constraint "odd, (name" check ("a, (b" > one() - 5),
        constraint c check (c <> ') NOT NULL, "'), constraint named check (id > 0));
      create table parent (id int default one(), n int not null check (n > one() - 9)); create table child (m int) inherits (parent);
      create table ev (id int default one(), check (id > one() - 9)) partition by list (id);
      create table ev_1 partition of ev for values in (1); insert into ev values (1);
      insert into t ("a, (b") values (1), (2); insert into child values (1, 2, 3)`,
    damage: `drop function one cascade; drop sequence s cascade; alter table t drop constraint c, alter c drop default,
      alter c drop not null, alter d drop default; alter table parent alter n drop not null; delete from t`,
  },
  {
    name: 'a sequence that belongs to no table',
    setup: `create sequence t_seq; create table t (id int primary key default nextval('t_seq'), v text);
      insert into t (v) select 'x' from generate_series(1, 10)`,
    damage: 'drop table t; drop sequence t_seq',
    tables: ['t'],
  },
  {
    name: 'a sequence and a function whose loss a table has survived',
    setup: `create sequence s; create function one() returns int language sql immutable as 'select 1';
      create table t (id int primary key default nextval('s'), n int check (n > one() - 5)); insert into t (n) values (1), (2);
      create table other (m int default one())`,
    damage:
      'drop sequence s cascade; drop function one cascade; alter table other alter m set default 5; delete from t; drop table other',
    tables: ['t', 'other'],
  },
  {
    name: 'publications and memberships',
    setup: `create schema s; create table t1 (a int primary key, b int); create table s.t2 (a int primary key);
      create publication p_all for all tables; create publication p_one for table t1, s.t2; create publication p_empty;
      comment on publication p_one is 'x'; insert into t1 values (1, 2); insert into s.t2 values (1)`,
    damage: 'drop table t1; drop publication p_all; drop publication p_empty',
  },
  {
    name: 'the membership of a table in publications',
    setup: `create schema s; create table t1 (a int primary key, b int); create table t2 (a int);
      create publication p_row for table t1 (a) where (a > 5), t2; create publication p_schema for tables in schema public;
      create publication p_both for table t1; insert into t1 values (1, 2)`,
    damage: 'drop table t1 cascade',
    tables: ['t1'],
    since: 15,
  },
  {
    name: 'a table with a name that another one has with a constraint',
    setup: `create table a (id int primary key, n int, unique (n));
      create table "a b" (id int primary key, n int, unique (n));
      alter table a add constraint "b c" check (n > 0) not valid; alter table "a b" add constraint c check (n > 1) not valid;
      alter table a add constraint "b d" unique (n); alter table "a b" add constraint d unique (n);
      comment on constraint "b d" on a is '1'; comment on constraint d on "a b" is '2'; insert into a values (1, 1)`,
    damage: 'alter table a drop constraint "b d", drop constraint "b c"',
  },
  {
    name: 'everything of every schema, the one called public too',
    setup: `create schema app; create type app.mood as enum ('sad', 'ok'); create domain app.d as int check (value > 0);
      create table app.t (id serial primary key, m app.mood, d app.d); insert into app.t (m, d) values ('ok', 1);
      create table public.u (t int references app.t, v text default 'x'); insert into u values (1);
      create view public.v as select * from app.t join u on true; grant select on v to public;
      alter default privileges in schema app grant select on tables to public;
      create function app.f() returns event_trigger language plpgsql as 'begin end';
      create event trigger et on ddl_command_end execute function app.f(); comment on event trigger et is 'e'`,
    damage: 'drop schema app cascade; drop schema public cascade',
  },
  {
    name: 'what hangs on a table that is still there',
    setup: `create table t (id int primary key, n int, v text); create table u (n int unique); insert into u values (1);
      insert into t values (1, 1, 'x'); alter table t add foreign key (n) references u (n);
      create index by_v on t (v); comment on index by_v is 'i'; create statistics st on n, v from t;
      create function quiet() returns trigger language plpgsql as 'begin return null; end';
      create trigger tr after insert on t for each row execute function quiet(); comment on trigger tr on t is 't';
      create rule ru as on delete to t do instead nothing; create policy po on t using (true);
      alter table t enable row level security; comment on column t.v is 'c'; grant select on t to public;
      grant update (v) on t to public; alter table t cluster on t_pkey;`,
    damage: `alter table t drop constraint t_pkey, drop constraint t_n_fkey, disable row level security; drop index by_v;
      drop statistics st; drop function quiet cascade; drop rule ru on t; drop policy po on t; comment on column t.v is null;
      revoke all on t from public; revoke all (v) on t from public; delete from t`,
    tables: ['t'],
  },
];

/** The order of a dump depends on oids. */
function sorted(state: DatabaseState): DatabaseState {
  return { ...state, schema: state.schema.split('\n-- {').toSorted().join('\n-- {') };
}

for (const [index, { name, setup, damage, tables, since }] of losses.entries()) {
  for (const major of majorsInTurn(index, since)) {
    test(`PostgreSQL ${major}: brought back: ${name}`, async (t) => {
      const db = await testDatabase(t, { major });
      await db.client.query(setup);
      const store = memoryStore();
      const manifest = await takeBackup(db.target, store);
      const before = await databaseState(db.target);
      await db.client.query(damage);
      await runRestore(db.target, store, manifest, {
        target: { mode: 'in-place' },
        ...(tables ? { tables } : {}),
      });
      assertSameState(sorted(await databaseState(db.target)), sorted(before));
    });
  }
}

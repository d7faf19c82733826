import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryStore } from '../../../src/store/memory.ts';
import { assertSameState, databaseState } from '../../support/compare.ts';
import { testDatabase } from '../../support/database.ts';
import { fails } from '../outcomes.ts';
import { planRestore, restoreRequest, runRestore, takeBackup } from '../runs.ts';
import { migrated, migrations } from './migrated.ts';

const rows = `insert into t select i, i * 1.5, case when i % 3 > 0 then 'n' || i end from generate_series(1, 50) i`;
const before = `create table t (id int primary key, total numeric(10,2) not null, note text); ${rows}`;

migrations('rows go into tables that have changed', {
  'a new column without a default stays empty': {
    before,
    migration: 'alter table t add vat numeric',
    changes: ['public.t: column "vat" is new, and stays empty'],
  },
  'a new column takes its default': {
    before,
    migration: `alter table t add vat numeric not null default 0.19, add kind text default E'a\\tb'`,
    changes: [
      'public.t: column "vat" is new: each row gets its default',
      'public.t: column "kind" is new: each row gets its default',
    ],
  },
  'a new generated column is computed': {
    before,
    migration: 'alter table t add double numeric generated always as (total * 2) stored',
    changes: ['public.t: column "double" is new, and computed'],
  },
  'a new column takes what the request says': {
    before,
    migration: `alter table t add vat numeric(4,2), add what text not null default 'x';
      update t set vat = 7, what = E'a\\tb\\\\n'; alter table t alter vat set not null, alter what drop default`,
    wishes: { fill: { t: { vat: 7, what: 'a\tb\\n' } } },
    changes: [
      'public.t: column "vat" is new: each row gets "7.00"',
      'public.t: column "what" is new: each row gets "a\\tb\\\\n"',
    ],
  },
  'a column that was renamed is found by what the request says': {
    before,
    migration: 'alter table t rename total to amount; alter table t alter amount type numeric(12,4)',
    wishes: { renames: { 'public.t': { total: 'amount' } } },
    changes: ['public.t: column "total" (numeric(10,2)) goes into "amount" (numeric(12,4))'],
  },
  'a column that was dropped is left out only when that is said': {
    before,
    migration: 'alter table t drop note',
    wishes: { dropColumns: { t: ['note'] } },
    changes: ['public.t: column "note" of the backup is left out, as asked'],
  },
  'a renamed column, one left out and a new one that is filled, at once': {
    before: `create table t (gone text, "a b" text, kept int); insert into t select 'g' || i, nullif(E'v\\t' || i, E'v\\t3'), i from generate_series(1, 20) i`,
    migration: `alter table t drop gone; alter table t rename "a b" to "c""d"; alter table t add fresh uuid;
      update t set fresh = '00000000-0000-0000-0000-000000000001'`,
    wishes: {
      dropColumns: { t: ['gone'] },
      renames: { t: { 'a b': 'c"d' } },
      fill: { t: { fresh: '00000000-0000-0000-0000-000000000001' } },
    },
    changes: [
      'public.t: column "gone" of the backup is left out, as asked',
      'public.t: column "a b" goes into "c"d"',
      'public.t: column "fresh" is new: each row gets "00000000-0000-0000-0000-000000000001"',
    ],
  },
  'a column that may not be empty any more is filled': {
    before,
    migration: `update t set note = 'none' where note is null; alter table t alter note set not null`,
    wishes: { fill: { t: { note: 'none' } } },
    changes: ['public.t: where column "note" is empty, "note" gets "none"'],
  },
  'a column that may be empty today stays so': {
    before,
    migration: 'alter table t alter total drop not null',
    changes: ['public.t: column "total" may be empty today, and stays so'],
  },
  'a column that is computed today': {
    before,
    migration: `alter table t drop note; alter table t add note text generated always as ('n' || id) stored`,
    wishes: { dropColumns: { t: ['note'] } },
    changes: ['public.t: column "note" of the backup is left out, as asked'],
  },
  'a column that was computed is a new one': {
    before: `create table t (id int, twice int generated always as (id * 2) stored); insert into t values (1), (2)`,
    migration: 'alter table t alter twice drop expression; update t set twice = null',
    changes: ['public.t: column "twice" is new, and stays empty'],
  },
  'an enum that has grown': {
    before: `create type mood as enum ('sad', 'ok'); create table t (id int, m mood, x int); insert into t values (1, 'sad', 1), (2, 'ok', 2)`,
    migration: `alter type mood add value 'happy' before 'ok'; alter table t alter x type int8`,
    changes: ['public.t: column "x" (integer) goes into "x" (bigint)'],
  },
  'an enum that has lost a value, which becomes another': {
    before: `create type mood as enum ('sad', 'it''s ok'); create table t (id int, m mood); insert into t values (1, 'sad'), (2, 'it''s ok'), (3, null)`,
    migration: `alter type mood rename to old; create type mood as enum ('sad', 'fine');
      alter table t alter m type mood using (case m::text when 'it''s ok' then 'fine' else m::text end)::mood; drop type old`,
    wishes: { values: { t: { m: { "it's ok": 'fine' } } } },
    changes: ['public.t: where column "m" is "it\'s ok", it becomes "fine"'],
  },
  'an enum that became text, and is gone': {
    before: `create type mood as enum ('sad', 'ok'); create table t (id int, m mood); insert into t values (1, 'sad'), (2, 'ok')`,
    migration: `alter table t alter m type text; drop type mood`,
    changes: ['public.t: column "m" (public.mood) goes into "m" (text)'],
  },
  'an enum with another name': {
    before: `create type mood as enum ('sad', 'ok'); create table t (id int, m mood, a mood[]); insert into t values (1, 'sad', '{ok,sad}')`,
    migration: `alter type mood rename to feeling`,
    changes: [
      'public.t: column "m" (public.mood) goes into "m" (public.feeling)',
      'public.t: column "a" (public.mood[]) goes into "a" (public.feeling[])',
    ],
  },
  'a table that has become partitioned': {
    before: `create table t (id int, day date not null, total numeric(6,2), primary key (id)); insert into t select i, '2025-01-01'::date + i * 9, i from generate_series(1, 90) i`,
    migration: `alter table t rename to old; alter table old rename constraint t_pkey to old_pkey;
      create table t (id int, day date not null, total numeric(8,2), primary key (id, day)) partition by range (day);
      create table t_1 partition of t for values from (minvalue) to ('2026-01-01');
      create table t_2 partition of t for values from ('2026-01-01') to (maxvalue) partition by list (day);
      create table t_2_rest partition of t_2 default;
      insert into t select * from old; drop table old`,
    loss: `delete from t where id > 5; insert into t values (1000, '2026-05-05', 1)`,
    changes: [
      'public.t: column "total" (numeric(6,2)) goes into "total" (numeric(8,2))',
      'public.t: it is partitioned today: each row goes into the partition it belongs in',
    ],
  },
  'a primary key that has a new column, with a default that is drawn': {
    before: `create table t (name text primary key); insert into t values ('a'), ('b')`,
    migration: `alter table t drop constraint t_pkey; alter table t add tenant int not null default 1; alter table t add primary key (tenant, name)`,
    changes: ['public.t: column "tenant" is new: each row gets its default'],
  },
});

migrations('what would lose data, or needs an answer, is refused with the reason', {
  'a new column that must not be empty has to be filled': {
    before,
    migration: 'alter table t add vat numeric not null default 1; alter table t alter vat drop default',
    refused: /^public\.t: column "vat" is new, must not be empty and has no default: say with fill/,
  },
  'what a column is filled with must be of its type': {
    before,
    migration: 'alter table t add vat numeric not null default 1; alter table t alter vat drop default',
    wishes: { fill: { t: { vat: 'much' } } },
    refused: /^public\.t: fill of "vat": "much" is no numeric: invalid input syntax/,
  },
  'a column that was renamed is not guessed': {
    before,
    migration: 'alter table t rename total to amount',
    refused:
      /^public\.t: column "total" \(numeric\(10,2\)\) is not in the database any more: its values would be lost/,
  },
  'a column that was dropped is not left out without a word': {
    before,
    migration: 'alter table t drop note',
    refused: /column "note" \(text\) .* would be lost; leave them out with dropColumns/,
  },
  'a column that may not be empty any more has to be filled': {
    before,
    migration: `update t set note = 'none' where note is null; alter table t alter note set not null`,
    refused: /^public\.t: column "note" may be empty in the backup and must not be today: say with fill/,
  },
  'a column that is computed today loses its values only when that is said': {
    before,
    migration: `alter table t drop note; alter table t add note text generated always as ('n' || id) stored`,
    refused: /column "note" \(text\) is computed today: its values would be lost/,
  },
  'an enum that has lost a value': {
    before: `create type mood as enum ('sad', 'it''s ok'); create table t (id int, m mood); insert into t values (1, 'sad'), (2, 'it''s ok')`,
    migration: `alter type mood rename to old; create type mood as enum ('sad', 'fine');
      alter table t alter m type mood using (case m::text when 'it''s ok' then 'fine' else m::text end)::mood; drop type old`,
    refused:
      /^public\.t: column "m": public\.mood lacks 'it''s ok', which rows of the backup may have; .* say with values/,
  },
  'a primary key that would be the same for all rows': {
    before: `create table t (name text primary key); insert into t values ('a'), ('b')`,
    migration: `alter table t drop constraint t_pkey; truncate t; alter table t add tenant int not null default 1; alter table t add primary key (tenant)`,
    refused: /all its rows would have the same primary key \("tenant"\)/,
  },
  'a domain has rules that rows of the backup may not keep': {
    before,
    migration: `create domain short as text check (length(value) < 20); alter table t alter note type short`,
    refused: /column "note": public\.short has rules of its own/,
  },
  'a table that became a view': {
    before,
    migration: 'drop table t; create view t as select 1 as id',
    refused: /^public\.t: is a view in the database and a table in the backup$/,
  },
});

const typeCases: Record<string, [from: string, value: string, to: string, using?: string]> = {
  'integer to bigint': ['integer', 'i - 25', 'bigint'],
  'smallint to integer': ['smallint', 'i - 25', 'integer'],
  'integer to numeric': ['integer', 'i - 25', 'numeric'],
  'integer to numeric(12,2)': ['integer', 'i - 25', 'numeric(12,2)'],
  'integer to double precision': ['integer', '2147483647 - i', 'double precision'],
  'integer to text': ['integer', 'i - 25', 'text'],
  'numeric(8,2) to numeric(12,4)': ['numeric(8,2)', 'i / 7.0', 'numeric(12,4)'],
  'numeric(8,2) to numeric': ['numeric(8,2)', 'i / 7.0', 'numeric'],
  'real to double precision': [
    'real',
    `(array[0.1, -0.0, 1e-30, 'NaN', '-infinity', i / 7.0])[1 + i % 6]`,
    'double precision',
  ],
  'varchar to longer': ['varchar(12)', `E' a\\t' || i || ' '`, 'varchar(30)'],
  'varchar to text': ['varchar(12)', `E'\\\\' || i || ' '`, 'text'],
  'char to text': ['char(8)', `' ' || i`, 'text'],
  'char to longer char': ['char(8)', `'x' || i`, 'char(12)'],
  'char to varchar': ['char(8)', `case when i > 3 then 'x' || i else '' end`, 'varchar(8)'],
  'boolean to text': ['boolean', 'i % 2 = 0', 'text'],
  'inet to text': ['inet', `(array['10.0.0.1', '10.0.0.0/8', '::1', 'fe80::/10'])[1 + i % 4]::inet`, 'text'],
  'cidr to inet': ['cidr', `(array['10.0.0.1', '10.0.0.0/8'])[1 + i % 2]::cidr`, 'inet'],
  'date to timestamp': [
    'date',
    `(array['2024-02-29', '0044-03-15 BC', 'infinity', '12026-01-01'])[1 + i % 4]::date`,
    'timestamp',
  ],
  'timestamp to finer': ['timestamp(0)', `'2024-01-01'::timestamp + i * interval '1 hour'`, 'timestamp(3)'],
  'timestamp to timestamptz': [
    'timestamp',
    `(array['2024-07-01 12:00:00.5', '2024-10-27 02:30', '0044-03-15 12:00 BC', '-infinity', '12026-01-01 01:00'])[1 + i % 5]::timestamp`,
    'timestamptz',
    `at time zone 'Europe/Berlin'`,
  ],
  'date to timestamptz': [
    'date',
    `(array['2024-07-01', '0044-03-15 BC', 'infinity'])[1 + i % 3]::date`,
    'timestamptz',
    `::timestamp at time zone 'Europe/Berlin'`,
  ],
  'jsonb to json': ['jsonb', `jsonb_build_object('b', i, 'a', E'\\t')`, 'json'],
  'uuid to varchar(36)': ['uuid', `md5(i::text)::uuid`, 'varchar(36)'],
  'integer[] to bigint[]': [
    'integer[]',
    `case when i % 2 = 0 then array[i, null, -i] else '{}' end`,
    'bigint[]',
  ],
  'numeric(5,1)[] to numeric(8,3)[]': ['numeric(5,1)[]', `array[i / 2.0]`, 'numeric(8,3)[]'],
  'bit varying to longer': ['bit varying(9)', `i::bit(9)::bit varying`, 'bit varying(12)'],
};
test('types that have become wider take every value of the old ones', async (t) => {
  const cases = Object.entries(typeCases).map(([name, [from, value, to, using = `::${to}`]], place) => ({
    name,
    column: `c${place}`,
    from,
    value: `case when (i + ${place}) % 5 > 0 then ${value} end`,
    to,
    using,
  }));
  const { restore } = await migrated(t, {
    before: `create table t (id int primary key, ${cases.map(({ column, from }) => `${column} ${from}`).join(', ')}, last text);
      insert into t select i, ${cases.map(({ value }) => value).join(',\n')}, 'last' from generate_series(1, 40) i`,
    migration: cases
      .map(({ column, to, using }) => `alter table t alter ${column} type ${to} using ${column} ${using}`)
      .join(';'),
  });
  const said = await restore({ timestampZone: 'Europe/Berlin' });
  assert.equal(said.length, cases.length);
  assert.equal(said[0], 'public.t: column "c0" (integer) goes into "c0" (bigint)');
  assert.match(said.join('\n'), /\(timestamp without time zone\) goes into .* as times in Europe\/Berlin/);
});

const refusedTypes: Record<string, [from: string, to: string, reason: RegExp]> = {
  'bigint to integer': ['bigint', 'integer', /not every value of bigint fits integer/],
  'integer to numeric(8,2)': ['integer', 'numeric(8,2)', /not every value of integer fits numeric\(8,2\)/],
  'bigint to double precision': ['bigint', 'double precision', /does not hold every integer/],
  'numeric(8,2) to numeric(8,3)': ['numeric(8,2)', 'numeric(8,3)', /not every value/],
  'numeric to numeric(30,10)': ['numeric', 'numeric(30,10)', /not every value/],
  'varchar(20) to varchar(10)': ['varchar(20)', 'varchar(10)', /not every value/],
  'text to varchar(10)': ['text', 'varchar(10)', /not every value/],
  'text to integer': ['text', 'integer', /not every value of text fits integer/],
  'integer to boolean': ['integer', 'boolean', /not every value/],
  'timestamp to timestamptz': ['timestamp', 'timestamptz', /does not say in which time zone it is/],
  'timestamptz to timestamp': ['timestamptz', 'timestamp', /not every value/],
  'json to jsonb': ['json', 'jsonb', /jsonb keeps neither the text of json/],
  'real[] to double precision[]': ['real[]', 'double precision[]', /would have to be rewritten/],
};
test('types that do not take every value of the old ones are refused, each with the reason', async (t) => {
  const cases = Object.values(refusedTypes);
  const { refused } = await migrated(t, {
    before: `create table t (id int primary key, ${cases.map(([from], place) => `c${place} ${from}`).join(', ')})`,
    migration: cases
      .flatMap(([, to], place) => [`alter table t drop c${place}`, `alter table t add c${place} ${to}`])
      .concat('insert into t values (1)')
      .join(';'),
  });
  const said = (await refused()).split('\n');
  assert.equal(said.length, cases.length);
  for (const [place, [, , reason]] of cases.entries()) {
    assert.match(said[place]!, reason);
    assert.ok(said[place]!.startsWith(`public.t: column "c${place}": `), said[place]);
  }
});

test('what hangs on an adapted table stays as it is today, and all else comes back', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(`
    create function touch() returns trigger language plpgsql as 'begin return new; end';
    create table parents (id serial primary key, name text);
    create table t (id serial primary key, parent int references parents, total int check (total >= 0), note text);
    create index t_by_note on t (note); create index t_by_total on t (total);
    create trigger touch before update on t for each row execute function touch();
    create view notes as select id, note from t;
    create materialized view totals as select sum(total) as total from t;
    create table u (id int primary key, what text);
    create index u_by_what on u (what);
    insert into parents (name) values ('p'); insert into t (parent, total, note) select 1, i, 'n' from generate_series(1, 9) i;
    insert into u values (1, 'u'); refresh materialized view totals`);
  const store = memoryStore();
  const manifest = await takeBackup(db.target, store);
  await db.client.query(`
    drop view notes; alter table t drop note;
    alter table t alter id drop default; drop sequence t_id_seq; alter table t alter id add generated always as identity;
    drop trigger touch on t; drop function touch();
    select setval('t_id_seq', 9)`);
  await db.client.query('drop index u_by_what; drop table u');
  const plan = await planRestore(
    db.target,
    manifest,
    restoreRequest({ onDrift: 'adapt', adapt: { dropColumns: { t: ['note'] } } }),
  );
  assert.deepEqual(plan.refusals, []);
  assert.deepEqual(plan.create, ['TABLE public.u', 'CONSTRAINT public.u u_pkey', 'INDEX public.u_by_what']);
  assert.deepEqual(plan.leftOut.toSorted(), [
    'DEFAULT public.t id: TABLE public.t keeps the form that it has today',
    'FUNCTION public.touch(): only tables needed it that keep the form that they have today',
    'INDEX public.t_by_note: TABLE public.t keeps the form that it has today',
    'SEQUENCE OWNED BY public.t_id_seq: TABLE public.t keeps the form that it has today',
    'TRIGGER public.t touch: TABLE public.t keeps the form that it has today',
    'VIEW public.notes: TABLE public.t keeps the form that it has today',
  ]);
  await db.client.query('delete from t; refresh materialized view totals');
  await runRestore(db.target, store, manifest, {
    target: { mode: 'in-place' },
    onDrift: 'adapt',
    adapt: { dropColumns: { t: ['note'] } },
  });
  const found = await db.client.query(
    `select (select count(*)::int from t) as t, (select total::int from totals) as total, (select count(*)::int from u) as u,
       (select is_identity from information_schema.columns where table_name = 't' and column_name = 'id') as identity`,
  );
  assert.deepEqual(found.rows, [{ t: 9, total: 45, u: 1, identity: 'YES' }]);
});

test('a sequence that is new goes on behind the rows of the backup', async (t) => {
  const { restore, db } = await migrated(t, {
    before: `create table t (id serial primary key, name text); insert into t (name) select 'n' from generate_series(1, 20)`,
    migration: `create sequence numbers owned by t.id; alter table t alter id set default nextval('numbers');
      drop sequence t_id_seq; alter table t alter id type int8; select setval('numbers', 20)`,
    loss: `delete from t; alter sequence numbers restart with 5; insert into t (name) values ('x')`,
  });
  await restore();
  await db.client.query(`insert into t (name) values ('y')`);
  assert.deepEqual((await db.client.query('select max(id)::int as id from t')).rows, [{ id: 21 }]);
});

test('without drift it is a restore as ever', async (t) => {
  const found = await migrated(t, { before, migration: 'create table other (id int)' });
  assert.deepEqual(await found.restore(), []);
});

test('wishes that name what there is not are refused as such', async (t) => {
  const { plan } = await migrated(t, {
    before,
    migration: 'alter table t drop note; alter table t add vat int',
  });
  const invalid = async (wishes: Parameters<typeof plan>[0], message: RegExp): Promise<void> => {
    await fails(plan(wishes), 'INVALID_REQUEST', message);
  };
  await invalid({ fill: { nothing: { a: 1 } } }, /^fill: not a table that is restored .*: nothing\.$/);
  await invalid({ fill: { t: { a: 1 } } }, /^fill: public\.t has no column "a" today/);
  await invalid({ renames: { t: { a: 'vat' } } }, /^renames: public\.t has no column "a" in the backup/);
  await invalid({ renames: { t: { note: 'a' } } }, /^renames: public\.t has no column "a" today/);
  await invalid(
    { renames: { t: { note: 'id' } } },
    /^renames: public\.t would get both "id" and "note" in "id"/,
  );
  await invalid({ dropColumns: { t: ['total'] } }, /^dropColumns: public\.t has the column "total" today/);
  await invalid(
    { values: { t: { vat: { a: 'b' } } } },
    /^values: public\.t has no column "vat" in the backup/,
  );
  await invalid({ timestampZone: 'Nowhere/At all' }, /^timestampZone: the server knows no time zone/);
});

test('rows that may be equal in another key are warned of, and fail as a whole', async (t) => {
  const { plan, db, manifest, store, state } = await migrated(t, {
    before: `create table t (id int primary key, day date not null); insert into t values (1, '2025-01-01'), (2, '2025-01-01')`,
    migration: `truncate t; alter table t drop constraint t_pkey; alter table t add primary key (day)`,
  });
  assert.match(
    (await plan()).warnings.join(),
    /^public\.t: Rows of the backup that are equal in the primary key of today make the restore fail/,
  );
  await fails(
    runRestore(db.target, store, manifest, { target: { mode: 'in-place' }, tables: ['t'], onDrift: 'adapt' }),
    'CONSTRAINT_VIOLATED',
  );
  assertSameState(await databaseState(db.target), state);
});

test('a time that its zone skips is not restored as another one', async (t) => {
  const { db, manifest, store, state } = await migrated(t, {
    before: `create table t (at timestamp); insert into t values ('2024-03-31 02:30')`,
    migration: `alter table t alter at type timestamptz using at at time zone 'Europe/Berlin'`,
  });
  await fails(
    runRestore(db.target, store, manifest, {
      target: { mode: 'in-place' },
      onDrift: 'adapt',
      adapt: { timestampZone: 'Europe/Berlin' },
    }),
    'PROOF_FAILED',
    /public\.t does not give the rows of the backup back/,
  );
  assertSameState(await databaseState(db.target), state);
});

test('an enum inside of an array cannot become others', async (t) => {
  const { refused } = await migrated(t, {
    before: `create type mood as enum ('sad', 'ok'); create table t (m mood[]); insert into t values ('{sad,ok}')`,
    migration: `alter type mood rename to old; create type mood as enum ('sad'); truncate t;
      alter table t alter m type mood[] using m::text::mood[]; drop type old`,
  });
  assert.match(await refused({ values: { t: { m: { ok: 'sad' } } } }), /public\.mood\[\] lacks 'ok'/);
});

test('a partition that is detached, and one whose table is not partitioned any more, are refused', async (t) => {
  const { refused } = await migrated(t, {
    before: `create table p (id int) partition by list (id); create table t partition of p for values in (1); insert into p values (1)`,
    migration: 'alter table p detach partition t',
  });
  assert.match(await refused(), /^public\.t: is part of public\.p in the backup and not in the database$/);
  const other = await migrated(t, {
    before: `create table p (id int) partition by list (id); create table t partition of p for values in (1); insert into p values (1)`,
    migration: 'drop table p; create table p (id int)',
  });
  assert.match(
    await other.refused(),
    /^public\.t: was a partition of public\.p, which is not partitioned today$/,
  );
});

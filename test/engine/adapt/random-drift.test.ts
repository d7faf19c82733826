import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AdaptWishes } from '../../../src/contract/adapt.ts';
import { dropDatabase } from '../../../src/postgres/databases.ts';
import { quoteIdentifier, quoteLiteral, quoteName } from '../../../src/postgres/identifiers.ts';
import { overwrittenTables } from '../../../src/engine/plan/make-plan.ts';
import { undoneOf } from '../../../src/runs/undo.ts';
import { memoryStore } from '../../../src/store/memory.ts';
import { assertSameState, databaseState } from '../../support/compare.ts';
import { testDatabase } from '../../support/database.ts';
import { majorsInTurn } from '../../support/servers.ts';
import { anyText, identifier } from '../../kitchen-sink/random-values.ts';
import { fails } from '../outcomes.ts';
import { planRestore, restoreRequest, runRestore, takeBackup } from '../runs.ts';

/**
 * Random tables, rows and migrations. The model is PostgreSQL: rows of the backup in the form of today are what the
 * migration made of them. Where the migration loses something or needs an answer, the request gives it, or the plan must refuse.
 *
 * A longer search: HOLDFAST_RANDOM_RUNS=200 npm test -- test/engine/adapt/random-drift.test.ts
 */
const runs = Number(process.env['HOLDFAST_RANDOM_RUNS'] ?? 5);

interface TypeOfColumn {
  sql: string;
  value: fc.Arbitrary<string>;
  /** What it may become, with the expression that makes it so where a cast does not. */
  wider: [sql: string, using?: string][];
  narrower: string[];
}

const number = (min: bigint, max: bigint): fc.Arbitrary<string> =>
  fc.oneof(fc.constantFrom(min, max, 0n), fc.bigInt({ min, max })).map((value) => `${value}`);
const text = anyText.map(quoteLiteral);
const short = fc
  .string({ unit: fc.constantFrom('a', 'ü', ' ', '\t', '\\', '\n'), maxLength: 8 })
  .map(quoteLiteral);
const moment = fc
  .oneof(
    fc.constantFrom('infinity', '-infinity', '0044-03-15 12:00:00.5 BC', '12026-01-01 00:00:01'),
    fc
      .date({ min: new Date('1950-01-01'), max: new Date('2090-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString().replace('T', ' ').replace('Z', '')),
  )
  .map(quoteLiteral);
const day = fc.constantFrom('infinity', '0044-03-15 BC', '2024-02-29', '12026-01-01').map(quoteLiteral);
const floats = fc
  .oneof(fc.constantFrom('NaN', 'Infinity', '-0', '1e-40', '0.1'), fc.float({ noNaN: true }).map(String))
  .map((value) => `${quoteLiteral(value)}::real`);

const types: TypeOfColumn[] = [
  {
    sql: 'smallint',
    value: number(-32768n, 32767n),
    wider: [['integer'], ['numeric(7,2)'], ['real'], ['text'], ['varchar(6)']],
    narrower: ['boolean', 'numeric(5,1)', 'varchar(5)'],
  },
  {
    sql: 'integer',
    value: number(-2147483648n, 2147483647n),
    wider: [['bigint'], ['numeric'], ['double precision'], ['text']],
    narrower: ['smallint', 'real', 'date'],
  },
  {
    sql: 'bigint',
    value: number(-9223372036854775808n, 9223372036854775807n),
    wider: [['numeric(19)'], ['numeric(25,3)'], ['varchar(20)']],
    narrower: ['integer', 'double precision', 'numeric(18)'],
  },
  {
    sql: 'numeric(8,3)',
    value: number(-99999999n, 99999999n).map((value) => `${value}::numeric / 1000`),
    wider: [['numeric(12,3)'], ['numeric(12,5)'], ['numeric'], ['text']],
    narrower: ['numeric(8,4)', 'numeric(12,2)', 'integer', 'double precision'],
  },
  { sql: 'real', value: floats, wider: [['double precision'], ['text']], narrower: ['numeric', 'integer'] },
  {
    sql: 'boolean',
    value: fc.constantFrom('true', 'false'),
    wider: [['text'], ['varchar(5)']],
    narrower: ['integer', 'varchar(4)'],
  },
  {
    sql: 'varchar(9)',
    value: short,
    wider: [['varchar(12)'], ['varchar'], ['text']],
    narrower: ['varchar(8)', 'char(9)', 'integer'],
  },
  {
    sql: 'char(9)',
    value: short,
    wider: [['char(12)'], ['varchar(9)'], ['text']],
    narrower: ['char(8)', 'varchar(8)'],
  },
  { sql: 'text', value: text, wider: [['varchar']], narrower: ['varchar(100)', 'char(9)', 'json', 'bytea'] },
  {
    sql: 'date',
    value: day,
    wider: [['timestamp'], ['timestamptz', `::timestamp at time zone 'Asia/Tokyo'`], ['text']],
    narrower: ['integer', 'time'],
  },
  {
    sql: 'timestamp(1)',
    value: moment,
    wider: [['timestamp(4)'], ['timestamp'], ['timestamptz', `at time zone 'Asia/Tokyo'`]],
    narrower: ['timestamp(0)', 'date'],
  },
  { sql: 'timestamptz', value: moment, wider: [['text', `::text`]], narrower: ['timestamp', 'date'] },
  {
    sql: 'inet',
    value: fc.constantFrom(`'10.0.0.1'`, `'10.1.0.0/16'`, `'::1'`),
    wider: [['text']],
    narrower: ['cidr'],
  },
  {
    sql: 'jsonb',
    value: text.map((value) => `to_jsonb(${value}::text)`),
    wider: [['json'], ['text']],
    narrower: ['integer'],
  },
  {
    sql: 'integer[]',
    value: fc.constantFrom(`'{1,NULL,-3}'`, `'{}'`, `'{{1,2},{3,4}}'`),
    wider: [['bigint[]'], ['text[]'], ['numeric(12,1)[]']],
    narrower: ['smallint[]', 'boolean[]'],
  },
  {
    sql: 'mood',
    value: fc.constantFrom(`'sad'`, `'it''s ok'`, `'a,b'`),
    wider: [['text'], ['varchar(7)']],
    narrower: ['varchar(6)'],
  },
];

type Change =
  | { kind: 'same' | 'drop' | 'rename' | 'not null' | 'drop not null' }
  | { kind: 'wider'; pick: number; rename: boolean }
  | { kind: 'narrower'; pick: number };

const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<Change>({ kind: 'same' }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('wider' as const), pick: fc.nat(9), rename: fc.boolean() }),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom<Change>(
      { kind: 'drop' },
      { kind: 'rename' },
      { kind: 'not null' },
      { kind: 'drop not null' },
    ),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('narrower' as const), pick: fc.nat(9) }) },
);

const added = fc.constantFrom(
  'nullable',
  'default',
  'not null default',
  'filled',
  'filled not null',
  'computed',
);

const history = fc.integer({ min: 1, max: 5 }).chain((width) =>
  fc.record({
    columns: fc.uniqueArray(
      fc.record({
        name: identifier,
        type: fc.constantFrom(...types).chain((type) =>
          fc.record({
            type: fc.constant(type),
            values: fc.array(fc.option(type.value, { freq: 4 }), { minLength: 7, maxLength: 7 }),
            fill: type.value,
          }),
        ),
        change,
      }),
      { minLength: width, maxLength: width, selector: ({ name }) => name },
    ),
    newName: fc.array(identifier, { minLength: 12, maxLength: 12 }),
    added: fc.array(added, { maxLength: 2 }),
    partitioned: fc.boolean(),
    /** Whether the request gives the answers that the migration needs. */
    answers: fc.integer({ min: 0, max: 9 }).map((chance) => chance > 0),
  }),
);

interface Story {
  before: string[];
  migration: string[];
  wishes: Partial<AdaptWishes>;
  /** Whether the plan can do it at all, and whether it needs the wishes. */
  refused: boolean;
  needsAnswers: boolean;
  /** Whether without the wishes other values would be right. */
  wantsAnswers: boolean;
}

function storyOf({
  columns,
  newName,
  added: news,
  partitioned,
}: Omit<typeof history extends fc.Arbitrary<infer T> ? T : never, 'answers'>): Story {
  const table = 'public.t';
  const rows = Array.from({ length: 7 }, (_, row) => row);
  const quoted = quoteIdentifier;
  const before = [
    `create type mood as enum ('sad', 'it''s ok', 'a,b')`,
    `create table ${table} (${['id int not null', ...columns.map(({ name, type }) => `${quoted(name)} ${type.type.sql}${columnIsRequired(type.values, name) ? ' not null' : ''}`)].join(', ')})`,
    ...rows.map(
      (row) =>
        `insert into ${table} values (${[row, ...columns.map(({ type }) => type.values[row] ?? 'null')].join(', ')})`,
    ),
    `create table other (id int); insert into other values (1)`,
  ];
  const migration: string[] = [];
  const wishes = {
    fill: {} as Record<string, string>,
    renames: {} as Record<string, string>,
    drop: [] as string[],
  };
  const names = new Set(['id', ...columns.map(({ name }) => name)]);
  const fresh = newName.filter((name) => !names.has(name) && names.add(name));
  let [refused, needsAnswers, wantsAnswers, zone] = [false, false, false, false];
  for (const { name, type, change: what } of columns) {
    const alter = `alter table ${table} alter ${quoted(name)}`;
    const required = columnIsRequired(type.values, name);
    const rename = (): void => {
      const to = fresh.pop();
      if (to === undefined) return;
      migration.push(`alter table ${table} rename ${quoted(name)} to ${quoted(to)}`);
      wishes.renames[name] = to;
      needsAnswers = true;
    };
    if (what.kind === 'drop') {
      migration.push(`alter table ${table} drop ${quoted(name)}`);
      wishes.drop.push(name);
      needsAnswers = true;
    } else if (what.kind === 'rename') rename();
    else if (what.kind === 'wider') {
      const [sql, using] = type.type.wider[what.pick % type.type.wider.length]!;
      migration.push(`${alter} type ${sql} using ${quoted(name)} ${using ?? `::${sql}`}`);
      if (sql === 'timestamptz') [zone, needsAnswers] = [true, true];
      if (what.rename) rename();
    } else if (what.kind === 'narrower') {
      const sql = type.type.narrower[what.pick % type.type.narrower.length]!;
      migration.push(
        `alter table ${table} drop ${quoted(name)}`,
        `alter table ${table} add ${quoted(name)} ${sql}`,
      );
      refused = true;
    } else if (what.kind === 'not null') {
      if (!required) {
        migration.push(
          `update ${table} set ${quoted(name)} = ${type.fill} where ${quoted(name)} is null`,
          `${alter} set not null`,
        );
        wishes.fill[name] = type.fill;
        needsAnswers = true;
      }
    } else if (what.kind === 'drop not null' && required) migration.push(`${alter} drop not null`);
  }
  for (const kind of news) {
    const name = fresh.pop();
    if (name === undefined) continue;
    const add = `alter table ${table} add ${quoted(name)}`;
    if (kind === 'nullable') migration.push(`${add} text`);
    else if (kind === 'computed') migration.push(`${add} int generated always as (id * 2) stored`);
    else if (kind === 'default') migration.push(`${add} text default E'a\\tb'`);
    else if (kind === 'not null default') migration.push(`${add} numeric not null default 1.50`);
    else {
      migration.push(`${add} varchar(8)`, `update ${table} set ${quoted(name)} = E'\\\\x\\t'`);
      wishes.fill[name] = `E'\\\\x\\t'`;
      if (kind === 'filled not null') {
        migration.push(`alter table ${table} alter ${quoted(name)} set not null`);
        needsAnswers = true;
      }
      wantsAnswers = true;
    }
  }
  if (partitioned) {
    migration.push(
      `alter table ${table} rename to old`,
      `create table ${table} (like old including all) partition by range (id)`,
      `create table t_few partition of ${table} for values from (minvalue) to (3)`,
      `create table t_more partition of ${table} default`,
      `do $$ declare c text; begin
         select string_agg(quote_ident(attname), ', ' order by attnum) into c from pg_attribute
           where attrelid = 'public.old'::regclass and attnum > 0 and not attisdropped and attgenerated = '';
         execute format('insert into public.t (%s) select %s from public.old', c, c); end $$`,
      'drop table old',
    );
  }
  return {
    before,
    migration,
    refused,
    needsAnswers,
    wantsAnswers,
    wishes: {
      fill: { t: wishes.fill },
      renames: { t: wishes.renames },
      ...(wishes.drop.length === 0 ? {} : { dropColumns: { t: wishes.drop } }),
      timestampZone: zone ? 'Asia/Tokyo' : null,
    },
  };
}

/** By chance, but the same each time. */
function columnIsRequired(values: readonly (string | null)[], name: string): boolean {
  return name.length % 2 === 0 && values.every((value) => value !== null);
}

for (const major of majorsInTurn(4)) {
  test(`PostgreSQL ${major}: rows before random migrations are, after them, what the migrations made of them, and an undo takes that back`, async (t) => {
    const server = await testDatabase(t, { major });
    await fc.assert(
      fc.asyncProperty(history, async ({ answers, ...random }) => {
        const db = await server.createDatabase();
        const { before, migration, wishes, refused, needsAnswers, wantsAnswers } = storyOf(random);
        for (const sql of before) await db.client.query(sql);
        const store = memoryStore();
        const manifest = await takeBackup(db.target, store);
        for (const sql of migration) await db.client.query(sql);
        // What SQL says of a value is a text in the request.
        for (const [name, sql] of Object.entries(wishes.fill?.['t'] ?? {})) {
          const { rows } = await db.client.query(`select (${String(sql)})::text as text`);
          wishes.fill!['t']![name] = rows[0].text;
        }
        await db.client.query('insert into other values (2)');
        const migrated = await databaseState(db.target);
        await db.client.query('delete from t where id % 2 = 0');
        const lost = await databaseState(db.target);
        const request = {
          tables: ['t'],
          onDrift: 'adapt' as const,
          adapt: answers ? wishes : {},
        };
        const plan = await planRestore(db.target, manifest, restoreRequest(request));
        const overwritten = await overwrittenTables(db.target, manifest, restoreRequest(request));
        const safety = await takeBackup(db.target, store, { tables: overwritten.map(quoteName) });
        const restored = runRestore(db.target, store, manifest, { target: { mode: 'in-place' }, ...request });
        if (refused || (needsAnswers && !answers)) {
          assert.equal(plan.refusals[0]?.code, 'SCHEMA_DRIFT', JSON.stringify(migration));
          await fails(restored, 'SCHEMA_DRIFT');
          assertSameState(await databaseState(db.target), lost);
        } else {
          assert.deepEqual(plan.refusals, [], JSON.stringify(migration));
          const report = await restored;
          assert.deepEqual(report.adapted, plan.adapted);
          if (answers || !wantsAnswers) assertSameState(await databaseState(db.target), migrated);
          await db.client.query('insert into other values (3)');
          const { undone } = undoneOf({ id: 1, restoreType: 'partial', plan, report }, false);
          const tables = undone.tables.map(({ table }) => table);
          const undo = { tables, undone, target: { mode: 'in-place' as const } };
          const undoPlan = await planRestore(db.target, safety, restoreRequest(undo));
          assert.deepEqual(undoPlan.refusals, [], JSON.stringify(migration));
          await runRestore(db.target, store, safety, undo);
          await db.client.query('delete from other where id = 3');
          assertSameState(await databaseState(db.target), lost);
        }
        await db.client.end();
        await dropDatabase(server.target, db.name);
      }),
      { numRuns: runs },
    );
  });
}

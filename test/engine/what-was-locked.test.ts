import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { HoldfastError } from '../../src/base/errors.ts';
import { openBackupSnapshot } from '../../src/engine/backup/snapshot.ts';
import { ChunkWriter } from '../../src/engine/backup/chunk-writer.ts';
import { ProgressMeter } from '../../src/engine/progress/meter.ts';
import { rangeMemory } from '../../src/engine/backup/range-memory.ts';
import { rangeTasks } from '../../src/engine/backup/range-tasks.ts';
import { readQueuedFor, readTables, type TableReading } from '../../src/engine/backup/table-reader.ts';
import { confirmRead } from '../../src/postgres/inspect/held-names.ts';
import { Session } from '../../src/postgres/wire/session.ts';
import { readSequences } from '../../src/postgres/inspect/sequences.ts';
import type { ConnectionTarget } from '../../src/postgres/connection.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { openClient } from '../support/connect.ts';
import { until } from '../support/until.ts';
import { testDatabase, type FirstTestDatabase } from '../support/database.ts';
import { majorsInTurn } from '../support/servers.ts';
import { planRestore, restoreRequest, runRestore, takeBackup } from './runs.ts';

const own = { tables: [], schemas: [] };
const request = {
  uuid: '5b0ba31f-3a0b-4e35-9d6a-4f0ea3c8a9b1',
  type: 'full' as const,
  tables: [],
  jobs: 2,
  compressionLevel: 1,
  lockTimeoutMs: 5_000,
  own,
};
const swap =
  'begin; alter schema v1 rename to old; alter schema v2 rename to v1; alter schema old rename to v2; commit';

/** A snapshot with its locks, and what reading needs, as far as a backup has come when it begins to read. */
async function aboutToRead(t: TestContext, source: ConnectionTarget): Promise<TableReading> {
  const { signal } = new AbortController();
  const snapshot = await openBackupSnapshot(source, request, signal);
  t.after(() => snapshot.lead.close());
  await snapshot.schema;
  const meter = new ProgressMeter({ signal, report: () => {} }, 1, 1);
  t.after(() => meter.stop());
  const writer = new ChunkWriter(memoryStore(), 1, 2, () => {});
  const tasks = rangeTasks(snapshot.tables);
  return {
    source,
    snapshot,
    signal,
    writer,
    meter,
    tasks,
    queuedFor: [],
    data: new Map(),
    memory: rangeMemory(new Map(), undefined, undefined, 0),
    place: undefined,
    key: undefined,
  };
}

const rowsOf = ({ data }: TableReading): number[] =>
  [...data.values()].map(({ rows }) => rows).toSorted((a, b) => a - b);

/** Two generations of the same tables, in schemas that change places. */
const generations = `
  create schema v1; create schema v2;
  create table v1.parents (id int primary key, generation text);
  create table v1.children (id serial primary key, parent int references v1.parents, generation text);
  create table v2.parents (id int primary key, generation text);
  create table v2.children (id serial primary key, parent int references v2.parents, generation text);
  insert into v1.parents select i, 'blue' from generate_series(1, 200) i;
  insert into v1.children (parent, generation) select 1 + i % 200, 'blue' from generate_series(1, 20000) i;
  insert into v2.parents select i, 'green' from generate_series(1, 300) i;
  insert into v2.children (parent, generation) select 1 + i % 300, 'green' from generate_series(1, 30000) i;`;

for (const major of majorsInTurn(2)) {
  test(`schemas that change places under backups: whole, or refused by name, on ${major}`, async (t) => {
    const db = await testDatabase(t, { major });
    await db.client.query(generations);
    const other = await openClient(db.target);
    t.after(() => other.end());
    let tookMs = 1_000;
    const sometime = (): Promise<void> => pause(Math.random() * tookMs);
    /** What happens while a backup is taken. */
    const meanwhile: ((over: AbortSignal) => Promise<unknown>)[] = [
      async () => {},
      async () => (await sometime(), other.query(swap)),
      async () => (await sometime(), await other.query(swap), other.query(swap)),
      async (over) => {
        while (!over.aborted) await other.query(swap);
      },
    ];
    const ended = { completed: 0, refused: 0 };
    for (let i = 0; i < 16; i++) {
      const over = new AbortController();
      const changing = meanwhile[i % meanwhile.length]!(over.signal);
      const began = performance.now();
      try {
        const { tables, schema } = await takeBackup(db.target, memoryStore());
        tookMs = performance.now() - began;
        const rows = tables.map(({ schema: of, name, rows: count }) => `${of}.${name} ${count}`);
        const blueFirst = ['v1.children 20000', 'v1.parents 200', 'v2.children 30000', 'v2.parents 300'];
        const greenFirst = ['v1.children 30000', 'v1.parents 300', 'v2.children 20000', 'v2.parents 200'];
        assert.deepEqual(rows.toSorted(), rows.includes('v1.parents 200') ? blueFirst : greenFirst);
        for (const entry of schema.entries.filter(({ kind }) => kind === 'FK CONSTRAINT')) {
          assert.match(entry.sql, new RegExp(`REFERENCES ${entry.schema}\\.`));
        }
        ended.completed++;
      } catch (error) {
        if (!(error instanceof HoldfastError)) throw error;
        assert.equal(error.code, 'TABLE_VANISHED', error.stack);
        assert.match(error.message, /v1|v2|old/);
        ended.refused++;
      } finally {
        over.abort();
        await changing;
      }
    }
    t.diagnostic(`${ended.completed} completed, ${ended.refused} refused`);
    assert.ok(ended.completed >= 4 && ended.refused > 0, JSON.stringify(ended));
  });

  test(`a swap between lock and reading, there and back, on ${major}`, async (t) => {
    const db = await testDatabase(t, { major });
    await db.client.query(generations);
    const other = await openClient(db.target);
    t.after(() => other.end());

    // There: the names lead to the other generation when the readers come.
    const there = await aboutToRead(t, db.target);
    await other.query(swap);
    await assert.rejects(readTables(there, 'test'), { code: 'TABLE_VANISHED' });
    // And back: under the snapshot's locks they lead to the right one again, which is proved by the locks.
    await other.query(swap);
    const back = await aboutToRead(t, db.target);
    await other.query(swap);
    await other.query(swap);
    await readTables(back, 'test');
    assert.deepEqual(rowsOf(back), [200, 300, 20_000, 30_000]);

    // A grant makes a new row of the schema as well, and takes nothing from a backup.
    const granted = await aboutToRead(t, db.target);
    await other.query('grant usage on schema v1 to public');
    await readTables(granted, 'test');
    assert.deepEqual(rowsOf(granted), [200, 300, 20_000, 30_000]);

    // The lead connection has the locks of all tables, so it cannot tell.
    const led = await aboutToRead(t, db.target);
    led.queuedFor.push(...led.tasks.splice(0));
    await other.query(swap);
    await assert.rejects(readQueuedFor(led), { code: 'TABLE_VANISHED' });
  });

  test(`there and back within one round trip shows in the locks, on ${major}`, async (t) => {
    const db = await testDatabase(t, { major });
    await db.client.query(generations);
    const other = await openClient(db.target);
    t.after(() => other.end());
    const { rows } = await db.client.query<{ oid: number; schema: number }>(
      `select oid, relnamespace as schema from pg_class where oid = 'v1.parents'::regclass`,
    );
    const [{ oid, schema }] = rows as [{ oid: number; schema: number }];
    const reader = await openClient(db.target);
    t.after(() => reader.end());
    const confirmed = async (between: () => Promise<unknown>): Promise<string | null> => {
      await reader.query(`begin isolation level repeatable read read only; select; savepoint reading`);
      await reader.query('lock table only v1.parents in access share mode');
      await between();
      await reader.query('select pg_catalog.count(*) from only v1.parents');
      await other.query(swap);
      const answer = await reader.query<Record<string, string | null>>(confirmRead(schema, [oid]));
      await reader.query('rollback');
      return Object.values(answer.rows[0]!)[0]!;
    };
    assert.match((await confirmed(() => other.query(swap))) ?? '', /v2\.parents was read instead/);
    assert.equal(await confirmed(async () => {}), null);
  });
}

for (const major of majorsInTurn(2)) {
  test(`schemas that change places while a restore waits: nothing is changed, on ${major}`, async (t) => {
    const db = await testDatabase(t, { major });
    await db.client.query(generations);
    const store = memoryStore();
    const manifest = await takeBackup(db.target, store);
    await db.client.query(`delete from v1.children where id > 100; delete from v2.children where id > 200`);
    const counts = async (): Promise<unknown> =>
      (
        await db.client.query(`select (select count(*)::int from v1.children) as v1,
          (select count(*)::int from v2.children) as v2, (select min(generation) from v1.parents) as first`)
      ).rows[0];
    const [blocker, other] = [await openClient(db.target), await openClient(db.target)];
    t.after(() => Promise.all([blocker.end(), other.end()]));
    for (const times of [1, 2]) {
      const before = await counts();
      // The foreign key is dropped after the parents are locked, and waits for this.
      await blocker.query('begin; select from v1.children limit 1');
      const restoring = runRestore(db.target, store, manifest, {
        target: { mode: 'in-place' },
        tables: ['v1.parents'],
        lockTimeoutMs: 60_000,
      });
      restoring.catch(() => {});
      await until(async () => {
        const { rows } = await db.client.query(
          `select from pg_stat_activity where application_name = 'holdfast restore' and wait_event_type = 'Lock'
             and datname = current_database()`,
        );
        return rows.length > 0;
      });
      for (let n = 0; n < times; n++) await other.query(swap);
      await blocker.query('rollback');
      await assert.rejects(restoring, { code: 'TABLE_VANISHED' });
      if (times === 1) await other.query(swap);
      assert.deepEqual(await counts(), before);
    }
  });
}

/** Roles that read for a backup, with the rights of somebody whom it is worth to attack. */
const readers = [
  ['a superuser', 'superuser'],
  ['a plain role', ''],
] as const;

/** Connects as a role of that kind, and as one that owns the database and wants more. */
async function attack(
  t: TestContext,
  attributes: string,
): Promise<{
  db: FirstTestDatabase;
  reader: ConnectionTarget;
  mallory: pg.Client;
}> {
  const db = await testDatabase(t);
  const names = { reader: `${db.name}_reader`, mallory: `${db.name}_mallory` };
  await db.client.query(`create role "${names.reader}" login password 'x' ${attributes}`);
  await db.client.query(`create role "${names.mallory}" login password 'x'`);
  db.afterwards(`drop role "${names.reader}"; drop role "${names.mallory}"`);
  await db.client.query(`grant pg_read_all_data to "${names.reader}";
    alter database "${db.name}" owner to "${names.mallory}"`);
  const as = (user: string): ConnectionTarget => ({ ...db.target, user, password: 'x' });
  const mallory = await openClient(as(names.mallory));
  t.after(() => mallory.end());
  await mallory.query(`
    create schema m;
    create function m.evil(i int default 0) returns int immutable language plpgsql as $$ begin return 1; end $$;
    create table m.t (a int, b text);
    insert into m.t select i, repeat('x', 1000) from generate_series(1, 12000) i;
    create sequence m.s;
    create sequence m.unused start 5;
    select nextval('m.s');`);
  return { db, reader: as(names.reader), mallory };
}

/** From now on it says so when anybody but its owner runs it. */
const arm = `create or replace function m.evil(i int default 0) returns int immutable language plpgsql as $$ begin
  if current_user !~ 'mallory' then raise exception 'EVIL RAN as %', current_user; end if; return 1; end $$`;

async function evilDidNotRun(work: Promise<unknown>): Promise<HoldfastError> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof HoldfastError || error instanceof Error);
    assert.doesNotMatch(String((error as Error).stack), /EVIL RAN/);
    return error as HoldfastError;
  }
  throw new Error('it was not refused');
}

for (const [who, attributes] of readers) {
  test(`a view put in the place of a table runs nothing as ${who}`, async (t) => {
    const { reader, mallory } = await attack(t, attributes);
    await mallory.query(arm);
    const reading = await aboutToRead(t, reader);
    await mallory.query(`begin; alter schema m rename to away; create schema m;
      create view m.t as select away.evil() as a, 'y'::text as b; commit`);
    // The server refuses to read it as a table; or it was locked as the table and is found out.
    const { code } = await evilDidNotRun(readTables(reading, 'test'));
    assert.ok(['42809', '55000', 'TABLE_VANISHED'].includes(code), code);
  });

  test(`a view put in the place of a sequence runs nothing as ${who}`, async (t) => {
    const { reader, mallory } = await attack(t, attributes);
    await mallory.query(arm);
    const session = await Session.open(reader);
    t.after(() => session.close());
    await session.execute('begin isolation level repeatable read read only');
    await session.query('select');
    await mallory.query(`begin; alter schema m rename to away; create schema m;
      create view m.unused as select away.evil()::bigint as last_value, true as is_called;
      create view m.s as select * from m.unused; commit`);
    // By oid the position of a sequence in use is known even so; the name of the other one leads elsewhere.
    const read = readSequences(session).then((sequences) => {
      assert.deepEqual(
        sequences.map(({ name, lastValue, isCalled }) => [name, lastValue, isCalled]),
        [
          ['s', '1', true],
          ['unused', '5', false],
        ],
      );
      throw new HoldfastError('TABLE_VANISHED', 'PostgreSQL 18 reads all of them by oid');
    });
    assert.equal((await evilDidNotRun(read)).code, 'TABLE_VANISHED');
  });

  test(`planning runs nothing of somebody else's indexes and statistics as ${who}`, async (t) => {
    const { reader, mallory } = await attack(t, attributes);
    await mallory.query(`create index on m.t ((m.evil(1))); create index on m.t (a) where m.evil(2) = 1;
      create statistics m.st on (m.evil(3)), a from m.t; ${arm}`);
    const store = memoryStore();
    const manifest = await takeBackup(reader, store);
    const table = manifest.tables.find(({ name }) => name === 't')!;
    assert.equal(table.rows, 12_000);
    assert.equal(table.ranges.length, 1);
    const plan = await planRestore(reader, manifest, restoreRequest());
    assert.deepEqual(
      plan.tables.map(({ table: name, rowsNow, rowsNowIsEstimate }) => [name, rowsNow, rowsNowIsEstimate]),
      [['m.t', 12_000, false]],
    );
  });
}

test('a table of our own is read in ranges, whatever is in its indexes', async (t) => {
  const { db, mallory } = await attack(t, '');
  await mallory.query(`create index on m.t ((lower(b)))`);
  const manifest = await takeBackup(
    { ...db.target, user: `${db.name}_mallory`, password: 'x' },
    memoryStore(),
  );
  assert.ok(manifest.tables[0]!.ranges.length > 1);
});

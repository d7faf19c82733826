import assert from 'node:assert/strict';
import { randomBytes, randomFillSync, randomUUID } from 'node:crypto';
import net from 'node:net';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { HoldfastError } from '../../src/base/errors.ts';
import { initialize } from '../../src/catalog/initialize.ts';
import { ChunkWriter, type FillBuffer } from '../../src/engine/backup/chunk-writer.ts';
import { encodeChunk } from '../../src/format/chunk.ts';
import { rangeChunks } from '../../src/format/manifest.ts';
import type { ConnectionTarget } from '../../src/postgres/connection.ts';
import { openPool } from '../../src/postgres/pool.ts';
import { databaseStore } from '../../src/store/database/store.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { Store } from '../../src/store/store.ts';
import { plainRole } from '../api/role.ts';
import { contents } from '../support/compare.ts';
import { storeTables } from '../store/database-tables.ts';
import { neededChunks } from '../runs/manifests.ts';
import { testDatabase } from '../support/database.ts';
import { privateServer, inTurn } from '../support/servers.ts';
import { assertNoConnections, assertNoDatabase, fails, manifestsIn } from './outcomes.ts';
import { planRestore, restoreRequest, runRestore, takeBackup } from './runs.ts';

const inPlace = { target: { mode: 'in-place' } } as const;
const into = (database: string): { target: { mode: 'new-database'; database: string } } => ({
  target: { mode: 'new-database', database },
});

/** A few tables with a key, a trigger and a sequence, and enough rows for several round trips. */
const shop = `
  create table customers (id serial primary key, name text not null);
  create table orders (id bigserial primary key, customer int not null references customers, note text);
  create table audit (what text);
  create function note() returns trigger language plpgsql as $$ begin
    insert into public.audit values (tg_op); return null; end $$;
  create trigger note after insert or delete on orders for each statement execute function note();
  insert into customers (name) select 'customer ' || i from generate_series(1, 500) i;
  insert into orders (customer, note) select 1 + i % 500, (select string_agg(md5((i * j)::text), '') from generate_series(1, 20) j)
    from generate_series(1, 8000) i;
`;

/** A store in which something happens at one of the calls of a method. */
function interrupted(
  store: Store,
  method: 'useChunks' | 'putChunks' | 'getChunks' | 'putManifest',
  call: number,
  happen: () => unknown,
): Store {
  let calls = 0;
  const original = store[method] as (...args: unknown[]) => Promise<unknown>;
  return {
    ...store,
    [method]: async (...args: unknown[]) => {
      if (++calls === call) await happen();
      return await original(...args);
    },
  };
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('a server that is down ends every verb in DATABASE_UNREACHABLE', async (t) => {
  const db = await testDatabase(t);
  const store = memoryStore();
  const manifest = await takeBackup(db.target, store);
  const down = { ...db.target, port: await freePort(), password: 'hunter2' };
  const request = restoreRequest();
  for (const attempt of [
    () => takeBackup(down, store),
    () => runRestore(down, store, manifest, inPlace),
    () => runRestore(down, store, manifest, into('anything')),
    () => planRestore(down, manifest, request),
  ]) {
    const error = await fails(attempt(), 'DATABASE_UNREACHABLE', /ECONNREFUSED/);
    assert.ok(!JSON.stringify(error).includes('hunter2'));
  }
  assert.equal(await manifestsIn(store), 1);
});

test('a server that crashes during a backup or a restore leaves nothing half done', async (t) => {
  const server = await privateServer(t);
  const store = memoryStore();
  await (await server.client()).query(shop);
  const target = server.target();

  // A reader that waits for its turn at the door, so that the crash comes while it still has everything to read.
  const door = await server.client();
  await door.query(`
    create function at_the_door() returns event_trigger language plpgsql as $$ begin
      if current_setting('application_name') = 'holdfast backup 2' then perform pg_advisory_xact_lock_shared(1); end if;
    end $$;
    create event trigger at_the_door on login execute function at_the_door();
    select pg_advisory_lock(1)`);
  for (const crashAt of ['data', 'read'] as const) {
    const crashed = memoryStore();
    let crash: Promise<void> | undefined;
    const running = takeBackup(
      target,
      crashed,
      {},
      {
        onProgress: ({ phase, rows }) => {
          if (crashAt === 'data' ? phase === 'data' : rows > 0) crash ??= server.restart('immediate');
        },
      },
    );
    await fails(running, 'DATABASE_UNREACHABLE');
    await crash;
    assert.equal(await manifestsIn(crashed), 0);
  }
  await (await server.client()).query('drop event trigger at_the_door; drop function at_the_door');
  const manifest = await takeBackup(target, store);
  assert.equal(manifest.totals.rows, 8501);

  const client = await server.client();
  await client.query(
    `delete from orders where id % 2 = 0; update customers set name = 'x'; select nextval('orders_id_seq')`,
  );
  // After a crash a sequence goes on behind what it had logged ahead; a checkpoint keeps the figures simple.
  await client.query('checkpoint');
  const before = await contents(client);
  for (const call of [1, 2]) {
    let crash: Promise<void> | undefined;
    const crashing = interrupted(store, 'getChunks', call, () => (crash = server.restart('immediate')));
    await fails(runRestore(target, crashing, manifest, inPlace), 'DATABASE_UNREACHABLE');
    // A restore whose connection is gone waits for its store no longer.
    await crash;
    assert.deepEqual(await contents(await server.client()), before);
  }
  for (const call of [1, 2]) {
    // Not waited for: the unfinished database has to be dropped when the server is there again.
    let restarted: Promise<void> | undefined;
    const crashing = interrupted(store, 'getChunks', call, () => {
      restarted = server.restart('immediate');
      return sleep(200);
    });
    await fails(runRestore(target, crashing, manifest, into('restored')), 'DATABASE_UNREACHABLE');
    await restarted;
    await assertNoDatabase(await server.client(), 'restored');
  }

  await runRestore(target, store, manifest, into('restored'));
  const restored = await contents(await server.client('restored'));
  await runRestore(target, store, manifest, inPlace);
  const again = await server.client();
  assert.deepEqual(await contents(again), restored);
  await assertNoConnections(again);
  assert.equal((await takeBackup(target, store)).totals.rows, 8501);
});

test(
  'a server that stays away while an unfinished database should be dropped is told so',
  inTurn(1, 2),
  async (t) => {
    const server = await privateServer(t);
    const store = memoryStore();
    await (await server.client()).query(shop);
    const manifest = await takeBackup(server.target(), store);
    const stopping = interrupted(store, 'getChunks', 1, () => server.server.stop('immediate'));
    const error = await fails(
      runRestore(server.target(), stopping, manifest, into('restored')),
      'RESTORE_FAILED',
    );
    const unfinished = error.details?.['unfinishedDatabase'];
    assert.match(String(unfinished), /^holdfast_unfinished_[0-9a-f]{8}_restored$/);
    await server.restart();
    const client = await server.client();
    const { rows } = await client.query(`select datname from pg_database where datname like '%restored'`);
    assert.deepEqual(rows, [{ datname: unfinished }], 'what is left does not have the name of a whole one');
  },
);

/** Either is right, and which one it is depends on who is faster. */
async function wholeOrRefused(target: ConnectionTarget): Promise<void> {
  const store = memoryStore();
  try {
    const manifest = await takeBackup(target, store);
    assert.ok(manifest.totals.rows > 0);
    assert.equal(await manifestsIn(store), 1);
  } catch (error) {
    assert.ok(error instanceof HoldfastError, String(error));
    assert.equal(error.code, 'DATABASE_UNREACHABLE');
    assert.match(error.message, /too many connections/);
    assert.equal(await manifestsIn(store), 0);
  }
}

test('too few connections for a run end it in DATABASE_UNREACHABLE, and nothing is left', async (t) => {
  const db = await testDatabase(t);
  const { role, target } = await plainRole(db, 'createdb');
  await db.client.query(`grant all on schema public to "${role}"`);
  const owner = await db.adopt(db.name);
  await owner.client.query(`set session authorization "${role}"; ${shop}`);
  await owner.client.end();
  const store = memoryStore();
  const manifest = await takeBackup(target, store);
  const before = await contents(db.client);
  const name = db.freeName();
  for (const limit of [0, 1, 2, 3]) {
    await db.client.query(`alter role "${role}" connection limit ${limit}`);
    // The lead connection, one for reading, and that of pg_dump are the least.
    if (limit < 2) {
      const fewer = memoryStore();
      await fails(takeBackup(target, fewer), 'DATABASE_UNREACHABLE', /too many connections/);
      assert.equal(await manifestsIn(fewer), 0);
    }
    // With two, pg_dump may have ended before anything is read: then it is whole.
    if (limit === 2) await wholeOrRefused(target);
    if (limit < 2) {
      await fails(
        runRestore(target, store, manifest, inPlace),
        'DATABASE_UNREACHABLE',
        /too many connections/,
      );
    }
    if (limit < 2) {
      await fails(
        runRestore(target, store, manifest, into(name)),
        'DATABASE_UNREACHABLE',
        /too many connections/,
      );
      await assertNoDatabase(db.client, name);
    }
    await assertNoConnections(db.client);
    assert.deepEqual(await contents(db.client), before);
  }
  await takeBackup(target, store, { jobs: 1 });
  await runRestore(target, store, manifest, inPlace);
  await runRestore(target, store, manifest, into(name));
  assert.deepEqual(await contents((await db.adopt(name)).client), before);
});

test('cancelling reaches the server when no connection is free', async (t) => {
  const db = await testDatabase(t);
  const { role, target } = await plainRole(db);
  await db.client.query(`grant all on schema public to "${role}"`);
  const owner = await db.adopt(db.name);
  await owner.client.query(`set session authorization "${role}";
    create table slow (a int); insert into slow values (1);
    create materialized view slowly as select a, case when current_setting('application_name') like 'holdfast%'
      then pg_sleep(60) is null else false end as b from slow`);
  await owner.client.end();
  const store = memoryStore();
  const manifest = await takeBackup(target, store);
  const controller = new AbortController();
  const started = Date.now();
  const restoring = runRestore(target, store, manifest, inPlace, {
    signal: controller.signal,
    onProgress: ({ phase }) => {
      if (phase !== 'constraints') return;
      void db.client
        .query(`alter role "${role}" connection limit 1`)
        .then(() => sleep(300))
        .then(() => controller.abort());
    },
  });
  await fails(restoring, 'CANCELLED');
  await assertNoConnections(db.client);
  assert.ok(Date.now() - started < 30_000, 'without waiting for the statement');
});

test('a backup cancelled at any moment leaves no connection, no transaction and no manifest', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(shop);
  const started = Date.now();
  await takeBackup(db.target, memoryStore());
  const duration = Date.now() - started;
  let cancelled = 0;
  for (let i = 0; i < 12; i++) {
    const store = memoryStore();
    const controller = new AbortController();
    const moment = (duration * (i + Math.random())) / 12;
    const timer = setTimeout(() => controller.abort(), moment);
    const running = takeBackup(db.target, store, { jobs: 1 + (i % 4) }, { signal: controller.signal });
    const ended = await running.then(
      () => 'completed',
      (error: { code: string }) => error.code,
    );
    clearTimeout(timer);
    await assertNoConnections(db.client);
    assert.ok(['completed', 'CANCELLED'].includes(ended), `after ${moment} ms: ${ended}`);
    assert.equal(await manifestsIn(store), ended === 'completed' ? 1 : 0, `after ${moment} ms`);
    if (ended === 'CANCELLED') cancelled++;
  }
  assert.ok(cancelled > 0);
  // Whatever was cancelled, the table can be had at once.
  await db.client.query(`set lock_timeout = 1000; drop table orders`);
});

test('what has no rows to back up cannot be asked for', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(`
    create table a (id int); create view v as table a; create materialized view m as table a;
    create sequence s; create index i on a (id); create type c as (x int);
    create extension holdfast_sink`);
  const store = memoryStore();
  for (const table of [
    'v',
    'm',
    's',
    'i',
    'c',
    'sink_extension.internal',
    'pg_catalog.pg_class',
    'information_schema.*',
  ]) {
    const error = await fails(takeBackup(db.target, store, { tables: ['a', table] }), 'TABLES_NOT_FOUND');
    assert.deepEqual(error.details, { tables: [table] });
  }
  assert.equal(await manifestsIn(store), 0);
  const manifest = await takeBackup(db.target, store, { tables: ['sink_extension.*'] });
  assert.deepEqual(manifest.tables.map((table) => table.name).toSorted(), ['note', 'setting']);
});

test('a store that fails at any call ends the backup, and the next one works', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(shop);
  const store = memoryStore();
  for (const method of ['useChunks', 'putChunks', 'putManifest'] as const) {
    const failing = interrupted(store, method, 1, () => Promise.reject(new Error('the disk is on fire')));
    await assert.rejects(takeBackup(db.target, failing), /the disk is on fire/);
    assert.equal(await manifestsIn(store), 0, method);
    await assertNoConnections(db.client);
  }
  assert.equal((await takeBackup(db.target, store)).totals.rows, 8501);
});

test('a reader that waits for room is let go when the store fails', async () => {
  const slow = Promise.withResolvers<never>();
  slow.promise.catch(() => {});
  const store: Store = { ...memoryStore(), putChunks: () => slow.promise };
  const failures: unknown[] = [];
  const writer = new ChunkWriter(store, 1, 4, (error) => failures.push(error));
  // Every reader has filled a buffer, and none of it compresses.
  const full: FillBuffer[] = [];
  for (let buffer = writer.takeBuffer(); buffer; buffer = writer.takeBuffer()) full.push(buffer);
  const references = full.map(
    (buffer) => new Promise((resolve) => writer.write(randomFillSync(buffer), buffer.length, 1, resolve)),
  );
  await Promise.all(references);
  assert.equal(writer.takeBuffer(), undefined, 'no room while the store does not answer');
  const room = new Promise<void>((resolve) => writer.onRoom(resolve));
  slow.reject(new Error('no space left on device'));
  await room;
  while (failures.length === 0) await sleep(1);
  await sleep(1);
  assert.ok(writer.takeBuffer(), 'what can no longer be stored takes no room');
  await assert.rejects(writer.flush(), /no space left/);
});

test('a chunk that the store lost is named, and the next backup brings it back', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(shop);
  const store = memoryStore();
  const manifest = await takeBackup(db.target, store);
  const lost =
    manifest.tables.find((table) => table.name === 'orders')?.ranges[0]?.segments[0]?.chunks[0]?.id ?? '';
  assert.ok(store.chunks.delete(lost));
  const error = await fails(runRestore(db.target, store, manifest, inPlace), 'CHUNK_MISSING');
  assert.deepEqual(error.details, { chunk: lost });
  await fails(runRestore(db.target, store, manifest, into(db.freeName())), 'CHUNK_MISSING');
  // Of another table nothing is lost.
  await runRestore(db.target, store, manifest, { ...inPlace, tables: ['audit'] });
  await takeBackup(db.target, store);
  assert.ok(store.chunks.has(lost), 'the same rows are the same chunk');
  await runRestore(db.target, store, manifest, inPlace);
});

/** A database store in a database of its own. */
async function repositoryOf(t: TestContext): Promise<{ store: Store; client: pg.Client }> {
  const { target, client } = await testDatabase(t);
  const pool = openPool(target, { max: 6, applicationName: 'test' });
  t.after(() => pool.close());
  await initialize(pool, 'public');
  return { store: databaseStore(pool, storeTables), client };
}

test('two backups at once into one store are both whole, and share what is the same', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(shop);
  const { store, client } = await repositoryOf(t);
  const before = await contents(db.client);
  const uuids = [randomUUID(), randomUUID(), randomUUID()];
  for (const uuid of uuids) {
    await client.query(
      `insert into system_backups (uuid, type, status, trigger, store) values ($1, 'full', 'queued', 'manual', 'database')`,
      [uuid],
    );
  }
  const manifests = await Promise.all(
    uuids.map((uuid, i) => takeBackup(db.target, store, { uuid, jobs: 1 + i })),
  );
  const ids = manifests.map((manifest) =>
    manifest.tables.flatMap((table) => rangeChunks(table.ranges).map((chunk) => chunk.id)),
  );
  assert.deepEqual(ids[0], ids[1]);
  const needed = await neededChunks(client);
  assert.equal(needed.size, 3);
  const every = new Set([...needed.values()].flatMap((names) => [...names]));
  for (const id of ids.flat()) assert.ok(every.has(id));
  const { rows } = await client.query<{ n: number }>('select count(*)::int as n from system_backup_chunks');
  assert.equal(rows[0]?.n, every.size);
  for (const manifest of manifests.slice(0, 2)) {
    await db.client.query(`delete from orders`);
    await runRestore(db.target, store, manifest, inPlace);
    assert.deepEqual(await contents(db.client), before);
  }
});

test("writers that put the same chunks in another order do not get in each other's way", async (t) => {
  const { store } = await repositoryOf(t);
  const chunks = await Promise.all(
    Array.from({ length: 32 }, async () => ({
      ...(await encodeChunk(randomBytes(200_000), 1, undefined)).chunk,
      rows: 1,
    })),
  );
  for (let i = 0; i < 4; i++) {
    const some = chunks.slice(i * 8, i * 8 + 8);
    await Promise.all([store.putChunks(some), store.putChunks(some.toReversed()), store.putChunks(some)]);
  }
  assert.equal(
    (await store.useChunks(chunks.map(({ id, frame }) => ({ id, storedBytes: frame.length })))).size,
    32,
  );
});

test('one partition alone comes back without turning its sequence back', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(`
    create table moves (id bigserial, day date, primary key (id, day)) partition by range (day);
    create table moves_1 partition of moves for values from ('2025-01-01') to ('2026-01-01');
    create table moves_2 partition of moves for values from ('2026-01-01') to ('2027-01-01');
    insert into moves (day) select '2025-06-01' from generate_series(1, 10)`);
  const store = memoryStore();
  const manifest = await takeBackup(db.target, store);
  const next = async (): Promise<unknown> =>
    (await db.client.query(`insert into moves (day) values ('2026-06-01') returning id`)).rows[0];
  assert.deepEqual(await next(), { id: '11' });
  await db.client.query('delete from moves_1');
  await runRestore(db.target, store, manifest, { ...inPlace, tables: ['moves_1'] });
  assert.deepEqual(await next(), { id: '12' }, '11 is taken by a row that stayed');
  await db.client.query(`select setval('moves_id_seq', 1); delete from moves_2`);
  await runRestore(db.target, store, manifest, { ...inPlace, tables: ['moves_1'] });
  assert.deepEqual(await next(), { id: '11' }, 'but not behind the rows that came back');
  await next();
  await runRestore(db.target, store, manifest, { ...inPlace, tables: ['moves'] });
  assert.deepEqual(await next(), { id: '11' }, 'and with all rows the sequence is as it was');
});

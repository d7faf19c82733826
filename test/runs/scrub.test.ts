import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { BackupSystem, SystemEventType } from '../../src/index.ts';
import { smallShop, testSystem, type TestSystem } from '../api/system.ts';
import { until } from '../support/until.ts';
import { sealedSystem } from './sealed-system.ts';
import { filesIn, temporaryStore } from './store-folders.ts';

const dayMs = 86_400_000;
/** Rows that lie in objects of their own, beside small ones in a pack. */
const shop = `${smallShop}; create table wide as select i, md5(i::text) || md5((i + 1)::text) as word from generate_series(1, 30000) i`;

interface Place extends Pick<TestSystem, 'api' | 'db'> {
  store: string;
  /** The table that says when each chunk was read. */
  chunks: string;
}

async function inDirectory(t: TestContext): Promise<Place & { directory: string }> {
  const directory = await temporaryStore(t);
  const system = await testSystem(t, { sql: shop, stores: { here: `file://${directory}` }, store: 'here' });
  return { ...system, store: 'here', chunks: 'system_backup_store_chunks', directory };
}

const places: Record<string, (t: TestContext) => Promise<Place>> = {
  'in the database': async (t) => ({
    ...(await testSystem(t, { sql: shop })),
    store: 'database',
    chunks: 'system_backup_chunks',
  }),
  'in a directory': inDirectory,
  'sealed, in the database': async (t) => ({
    ...(await sealedSystem(t, { sql: shop, place: 'database' })),
    store: 'database',
    chunks: 'system_backup_chunks',
  }),
  'sealed, in a directory': async (t) => {
    const system = await sealedSystem(t, { sql: shop });
    const name = (await system.api.listStores()).stores.find(({ role }) => role === 'written')!.name;
    return { ...system, store: name, chunks: 'system_backup_store_chunks' };
  },
};

async function age({ db, chunks }: Place, days: number): Promise<void> {
  await db.client.query(
    `update ${chunks} set created_at = created_at - $1 * interval '1 day', checked_at = checked_at - $1 * interval '1 day'`,
    [days],
  );
}

async function readSince({ api, store }: Pick<Place, 'api' | 'store'>): Promise<number> {
  const { stores } = await api.listStores();
  return Date.parse(stores.find(({ name }) => name === store)!.readSince!);
}

for (const [where, open] of Object.entries(places)) {
  test(`${where}: what was read longest ago is read first, and the store says since when all of it has been`, async (t) => {
    const place = await open(t);
    const { api, store, db, chunks } = place;
    const { rows: counted } = await db.client.query<{ n: number }>(
      `select count(*)::int as n from ${chunks}`,
    );
    assert.equal(counted[0]!.n, 0);
    const began = Date.now();
    await api.createBackup({ wait: true });
    await age(place, 40);
    await db.client.query(`update wide set word = md5(word) where i % 3 = 0`);
    await api.createBackup({ wait: true });
    // What was stored 40 days ago, and what is new.
    assert.ok(Math.abs(began - 40 * dayMs - (await readSince(place))) < dayMs);
    const some = await api.scrubStore(store, { share: 0.000_001, wait: true });
    assert.deepEqual([some.report!.missing, some.report!.damaged, some.report!.unknown], [0, 0, 0]);
    assert.ok(some.report!.chunks >= 1);
    assert.ok(Math.abs(began - 40 * dayMs - (await readSince(place))) < dayMs, 'there is more of that age');
    // A third a day, as three days of `scrubDays: 3` read it.
    for (let day = 0; day < 3; day++) await api.scrubStore(store, { share: 1 / 3, wait: true });
    const since = await readSince(place);
    assert.ok(since >= began, new Date(since).toISOString());
    const all = await api.scrubStore(store, { wait: true });
    const { rows } = await db.client.query<{ n: number; bytes: number }>(
      `select count(*)::int as n, sum(stored_bytes)::int as bytes from ${chunks}`,
    );
    assert.deepEqual(all.report, {
      chunks: rows[0]!.n,
      storedBytes: rows[0]!.bytes,
      missing: 0,
      damaged: 0,
      unknown: 0,
      readSince: new Date(await readSince(place)).toISOString(),
    });
    assert.ok((await readSince(place)) > since);
    const status = await api.status();
    assert.ok(status.initialized);
    const [read] = status.read;
    assert.equal(read!.store, store);
    assert.match(read!.message, /^Every byte has been read or written since \d+ [A-Z][a-z]+ \d{4}\.$/);
  });
}

test('verifications read too; presence and what stays unread do not count', async (t) => {
  const place = await places['in the database']!(t);
  const { api, db } = place;
  const began = Date.now();
  const { id } = await api.createBackup({ wait: true });
  await age(place, 40);
  await api.verifyBackup(id, { level: 'presence', wait: true });
  assert.ok((await readSince(place)) < began - 39 * dayMs);
  await api.verifyBackup(id, { level: 'checksum', wait: true });
  assert.ok((await readSince(place)) >= began);
  await age(place, 40);
  await api.verifyBackup(id, { wait: true });
  // Content reads rows, and no piece of what lists them.
  const { rows } = await db.client.query<{ n: number }>(
    `select count(*)::int as n from system_backup_chunks where coalesce(checked_at, created_at) > now() - interval '1 day'`,
  );
  assert.equal(rows[0]!.n, (await api.getBackup(id)).chunkCount);
});

async function damageEvents({ db }: Pick<TestSystem, 'db'>): Promise<string[]> {
  const { rows } = await db.client.query<{ message: string }>(
    `select message from backup_event_log where type = $1 order by id`,
    ['backup.damaged' satisfies SystemEventType],
  );
  return rows.map(({ message }) => message);
}

test('a flipped bit in a sealed database is found without a key, told once, and healed by the next backup', async (t) => {
  const place = await places['sealed, in the database']!(t);
  const { api, db, store } = place;
  const first = await api.createBackup({ wait: true });
  const second = await api.createBackup({ wait: true });
  // The largest is rows of both.
  const { rowCount } = await db.client.query(`
    update system_backup_chunks set data = jsonb_set(data, '{data}', to_jsonb(overlay(data->>'data' placing
        case substr(data->>'data', 999, 1) when 'A' then 'B' else 'A' end from 999 for 1)))
     where stored_bytes = (select max(stored_bytes) from system_backup_chunks)`);
  assert.equal(rowCount, 1);
  const found = await api.scrubStore(store, { wait: true });
  assert.deepEqual([found.report!.missing, found.report!.damaged], [0, 1]);
  for (const { id } of [first, second]) assert.equal((await api.getBackup(id)).damaged, true);
  assert.equal((await damageEvents(place)).length, 2);
  const again = await api.scrubStore(store, { wait: true });
  assert.deepEqual([again.report!.missing, again.report!.damaged], [0, 0]);
  await assert.rejects(api.verifyBackup(first.id, { level: 'checksum', wait: true }));
  assert.equal((await damageEvents(place)).length, 2, 'told once');
  await api.createBackup({ wait: true });
  for (const { id } of [first, second]) assert.equal((await api.getBackup(id)).damaged, false);
  const healed = await api.scrubStore(store, { wait: true });
  assert.deepEqual([healed.report!.missing, healed.report!.damaged], [0, 0]);
});

test('of what nobody needs in an encrypted database nothing is claimed, until a cleanup has deleted it', async (t) => {
  const place = await places['sealed, in the database']!(t);
  const { api, db, store } = place;
  await api.createBackup({ wait: true });
  await db.client.query(`
    insert into system_backup_chunks (id, raw_bytes, stored_bytes, data, created_at, last_use)
      select sha256(id), raw_bytes, stored_bytes, data, created_at, 0 from system_backup_chunks order by stored_bytes desc limit 1`);
  await age(place, 40);
  const began = Date.now();
  const { report } = await api.scrubStore(store, { wait: true });
  assert.deepEqual([report!.missing, report!.damaged, report!.unknown], [0, 0, 1]);
  assert.ok((await readSince(place)) < began - 39 * dayMs);
  await api.cleanUp({ wait: true });
  assert.ok((await readSince(place)) >= began);
});

for (const harm of ['flip', 'truncate', 'delete'] as const) {
  test(`every object with chunks, ${harm}: found by a scrub and put right from the copy, without a person`, async (t) => {
    const [here, offsite] = [await temporaryStore(t), await temporaryStore(t)];
    const system = await testSystem(t, {
      sql: shop,
      stores: { here: `file://${here}`, offsite: `file://${offsite}` },
      store: 'here',
      copyTo: 'offsite',
    });
    const { api } = system;
    const { id } = await api.createBackup({ wait: true });
    await until(async () => (await api.getBackup(id)).copies[0]?.state === 'copied');
    const files = (await filesIn(here)).filter((file) => /^(?:chunks|packs)\//.test(file));
    assert.ok(files.length >= 2);
    const before = await Promise.all(files.map((file) => fs.readFile(path.join(here, file))));
    for (const [i, name] of files.entries()) {
      const file = path.join(here, name);
      const bytes = before[i]!;
      if (harm === 'delete') await fs.rm(file);
      else if (harm === 'truncate') await fs.truncate(file, 5);
      else for (let at = 0; at < bytes.length - 400; at += 50) bytes[at]! ^= 1;
      if (harm === 'flip') await fs.writeFile(file, bytes);
    }
    const { report } = await api.scrubStore('here', { wait: true });
    assert.ok(report!.missing + report!.damaged > files.length, JSON.stringify(report));
    assert.equal(report!.chunks, 0);
    assert.equal((await damageEvents(system)).length, 1);
    await until(async () => !(await api.getBackup(id)).damaged);
    await until(async () => (await api.scrubStore('here', { wait: true })).report!.damaged === 0);
    await api.verifyBackup(id, { wait: true });
  });
}

test('chunks that are deleted while they are read are not missing', async (t) => {
  const place = await places['in a directory']!(t);
  const { api } = place;
  const backups = [];
  for (let n = 0; n < 3; n++) {
    await place.db.client.query(`update wide set word = md5(word || $1)`, [n]);
    backups.push(await api.createBackup({ wait: true }));
  }
  const scrub = await api.scrubStore('here');
  for (const { id } of backups.slice(0, 2)) await api.deleteBackup(id);
  const { report } = await api.waitForScrub(scrub.id);
  assert.deepEqual([report!.missing, report!.damaged], [0, 0]);
  assert.equal((await api.getBackup(backups[2]!.id)).damaged, false);
});

test('of many processes one orders the scrub of a day, of each store with a backup of yesterday', async (t) => {
  const system = await testSystem(t, { sql: smallShop });
  const { api, db, another } = system;
  await api.createBackup({ wait: true });
  const started: BackupSystem[] = Array.from({ length: 4 }, () => another({ scrubDays: 7 }));
  const off = another({ scrubDays: 0 });
  const scrubs = async () => (await api.listScrubs()).scrubs;
  await off.start();
  await db.client.query(`update system_backups set finished_at = finished_at - interval '23 hours'`);
  for (const each of started.slice(0, 2)) await each.start();
  assert.deepEqual(await scrubs(), []);
  await db.client.query(`update system_backups set finished_at = finished_at - interval '2 hours'`);
  for (const each of started.slice(2)) await each.start();
  const [scrub] = await until(async () => {
    const found = await scrubs();
    return found[0]?.status === 'completed' && found;
  });
  assert.deepEqual(
    [scrub!.store, scrub!.due, scrub!.attempt, scrub!.report!.damaged],
    ['database', true, 1, 0],
  );
  assert.ok(Math.abs(scrub!.share - 1 / 7) < 1e-9);
  await another({ scrubDays: 7 }).start();
  await api.createBackup({ wait: true });
  assert.equal((await scrubs()).length, 1);
  // The next day there is another.
  await db.client.query(`update backup_scrub_log set due_on = due_on - 1`);
  await another({ scrubDays: 7 }).start();
  await until(async () => (await scrubs()).filter(({ status }) => status === 'completed').length === 2);
});

test('a scrub whose process is killed goes on in another with what it has not read', async (t) => {
  const { api, db, another } = await testSystem(t, {
    sql: `create table noise as select i, sha256(i::text::bytea) as bytes from generate_series(1, 500000) i`,
  });
  await api.createBackup({ wait: true });
  const read = async (): Promise<{ some: number; all: number }> =>
    (
      await db.client.query<{ some: number; all: number }>(
        'select count(checked_at)::int as some, count(*)::int as all from system_backup_chunks',
      )
    ).rows[0]!;
  const child = spawn(
    process.execPath,
    [fileURLToPath(new URL('scrubbing-process.ts', import.meta.url)), db.connectionString],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  t.after(() => child.kill('SIGKILL'));
  let said = '';
  child.stdout.on('data', (text: Buffer) => (said += text.toString()));
  await until(async () => (await read()).some > 0);
  child.kill('SIGKILL');
  await new Promise((resolve) => void child.once('exit', resolve));
  assert.ok(!said.includes('ended'), 'it was killed under way');
  const before = await read();
  assert.ok(before.some < before.all, JSON.stringify(before));
  const { rows: firsts } = await db.client.query<{ last: Date }>(
    'select max(checked_at) as last from system_backup_chunks',
  );
  const { readUntil } = (await api.listScrubs()).scrubs[0]!;
  assert.ok(readUntil);
  await another({ scrubDays: 0 }).start();
  const scrub = await until(async () => {
    const [found] = (await api.listScrubs()).scrubs;
    return found!.status === 'completed' && found;
  });
  assert.deepEqual([scrub.attempt, scrub.readUntil], [2, readUntil]);
  assert.deepEqual(await read(), { some: before.all, all: before.all });
  // Of what it had read nothing is read twice.
  const { rows } = await db.client.query<{ n: number }>(
    "select count(*)::int as n from system_backup_chunks where checked_at <= $1::timestamptz + interval '1 millisecond'",
    [firsts[0]!.last],
  );
  assert.ok(rows[0]!.n >= before.some, JSON.stringify([rows[0], before]));
  assert.equal(scrub.report!.chunks, before.all - before.some);
});

test('a store that is away fails its scrub, and after days the status says so', async (t) => {
  const place = await inDirectory(t);
  const { api, db, directory } = place;
  await api.createBackup({ wait: true });
  await fs.rm(directory, { recursive: true });
  await assert.rejects(api.scrubStore('here', { wait: true }), { code: /^STORE_/ });
  const codes = async () => {
    const status = await api.status();
    assert.ok(status.initialized);
    return status.health.warnings.map(({ code }) => code);
  };
  assert.ok(!(await codes()).includes('SCRUB_FAILING'));
  await db.client.query(`update backup_scrub_log set finished_at = finished_at - interval '4 days'`);
  assert.ok((await codes()).includes('SCRUB_FAILING'));
  await assert.rejects(api.scrubStore('nowhere'), { code: 'STORE_NOT_FOUND' });
  await assert.rejects(api.getScrub(99), { code: 'SCRUB_NOT_FOUND' });
});

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import { initialize } from '../../src/catalog/initialize.ts';
import { openCatalog, type Catalog } from '../../src/catalog/catalog.ts';
import { lockClass, nextFence } from '../../src/catalog/locks.ts';
import { readNames } from '../../src/engine/read/names.ts';
import { openPool } from '../../src/postgres/pool.ts';
import { databaseStore } from '../../src/store/database/store.ts';
import { idsIn, type Store } from '../../src/store/store.ts';
import { chunksOf } from './manifests.ts';
import { testSystem, type TestSystem } from '../api/system.ts';
import { takeBackup } from '../engine/runs.ts';
import { storeTables } from '../store/database-tables.ts';

const shop = `
  create table notes (id int primary key, what text, changed int not null default 0);
  insert into notes select i, (select string_agg(md5((i * j)::text), '') from generate_series(1, 12) j), 0
    from generate_series(1, 30000) i`;

/** That of the system, so that equal rows are equal chunks. */
const compressionLevel = 2;

interface Setup extends TestSystem {
  store: Store;
  catalog: Catalog;
}

async function setUp(t: TestContext): Promise<Setup> {
  const setup = await testSystem(t, { sql: shop });
  const pool = openPool(setup.db.target, { max: 8, applicationName: 'test' });
  t.after(() => pool.close());
  await initialize(pool, 'public');
  return { ...setup, store: databaseStore(pool, storeTables), catalog: openCatalog(pool, 'public') };
}

async function chunksIn({ db }: TestSystem): Promise<Set<string>> {
  const { rows } = await db.client.query(`select encode(id, 'hex') as id from system_backup_chunks`);
  return new Set(rows.map((row) => row.id as string));
}

/** Chunks of the table as it was, which no backup needs any more and which nobody has used since. */
async function leaveOrphans({ api, db }: Setup): Promise<void> {
  const { id } = await api.createBackup({ wait: true });
  await db.client.query('update system_backups set backup_data = null where id = $1', [id]);
  await db.client.query('delete from system_backups where id = $1', [id]);
}

/** Another one whose chunks are orphans that the table does not have now. */
async function leaveOldOrphans(setup: Setup): Promise<void> {
  await setup.db.client.query('update notes set changed = changed + 1');
  await leaveOrphans(setup);
  await setup.db.client.query('update notes set changed = changed + 1');
}

async function newRun({ catalog, db, store }: Setup): Promise<{ id: number; uuid: string; fence: number }> {
  const { rows } = await db.client.query<{ fence: string }>(nextFence('public', 'writer'));
  const fence = Number(rows[0]!.fence);
  const backup = await catalog.backups.insert(
    { uuid: randomUUID(), type: 'full', trigger: 'manual', description: null, tables: [], store: 'database' },
    { fence, keepFrom: await store.beginEpoch() },
  );
  return { ...backup, fence };
}

for (const method of ['useChunks', 'putChunks', 'putManifest'] as const) {
  for (const when of ['before', 'after'] as const) {
    if (method === 'putManifest' && when === 'after') continue;
    test(`a cleanup ${when} ${method} of a running backup takes none of its chunks, and all others`, async (t) => {
      const setup = await setUp(t);
      const { api, store } = setup;
      await leaveOldOrphans(setup);
      // Half of what the run finds is there already, but needed by nobody else.
      await leaveOrphans(setup);
      await setup.db.client.query('update notes set changed = changed + 1 where id > 15000');
      const old = await chunksIn(setup);
      const { uuid } = await newRun(setup);
      await setup.db.client.query(`select pg_advisory_lock(${lockClass.writer}, hashtext('public'))`);
      let deleted = 0;
      const cleanUp = async (): Promise<void> => {
        const cleanup = await api.cleanUp({ wait: true });
        deleted += cleanup.chunksDeleted;
      };
      const original = store[method] as (...args: unknown[]) => Promise<unknown>;
      const watched: Store = {
        ...store,
        [method]: async (...args: unknown[]) => {
          if (when === 'before') await cleanUp();
          const result = await original(...args);
          if (when === 'after') await cleanUp();
          return result;
        },
      };
      const { rows: known } = await setup.db.client.query('select store_id as id from system_backup_stores');
      const manifest = await takeBackup(setup.db.target, watched, {
        uuid,
        compressionLevel,
        inPlace: (at) => at({ store: known[0].id, counter: 1_000, previous: null }).put(),
      });
      assert.ok(deleted > 0, 'what the run has not used goes meanwhile');
      const needed = new Set(idsIn((await readNames(store, manifest.uuid))!));
      const there = await chunksIn(setup);
      for (const id of needed) assert.ok(there.has(id));
      if (method === 'putManifest' || when === 'after') {
        assert.ok(
          [...needed].some((id) => old.has(id)),
          'it did rely on some',
        );
      }
      // The row of this run still says running, which nobody believes now.
      await setup.db.client.query('select pg_advisory_unlock_all()');
      await api.cleanUp({ wait: true });
      assert.deepEqual(await chunksIn(setup), needed, 'and nothing else is left');
    });
  }
}

test('what a failed backup has stored is kept for the next one, until that completes', async (t) => {
  const setup = await setUp(t);
  const { api, db, store, catalog } = setup;
  await leaveOldOrphans(setup);
  const run = await newRun(setup);
  const { uuid } = run;
  const failing: Store = {
    ...store,
    putManifest: () => Promise.reject(new Error('the disk is on fire')),
  };
  await assert.rejects(takeBackup(db.target, failing, { uuid, compressionLevel }), /on fire/);
  const error = { code: 'STORE_FAILED', error: 'failed', message: 'the disk is on fire' } as never;
  await catalog.backups.fail(run, 'failed', error);
  const cleanup = await api.cleanUp({ wait: true });
  assert.equal(cleanup.cleanupPending, true);
  assert.ok(cleanup.chunksDeleted > 0, 'but what is older goes');
  const kept = await chunksIn(setup);
  const next = await api.createBackup({ wait: true });
  for (const chunk of await chunksOf(setup, next.id, 'notes')) {
    assert.ok(kept.has(chunk), 'the next one stores no rows again');
  }
  await db.client.query('update notes set changed = changed + 1');
  await api.createBackup({ wait: true });
  await api.deleteBackup(next.id);
  assert.equal((await api.cleanUp({ wait: true })).cleanupPending, false);
  const { rows } = await db.client.query('select count(*)::int as n from system_backups');
  assert.equal(rows[0].n, 2);

  // A day later nobody counts on it any more.
  const again = await newRun(setup);
  await db.client.query('update notes set changed = changed + 1');
  await assert.rejects(takeBackup(db.target, failing, { uuid: again.uuid, compressionLevel }), /on fire/);
  await catalog.backups.fail(again, 'failed', error);
  assert.equal((await api.cleanUp({ wait: true })).cleanupPending, true);
  await db.client.query(`update system_backups set finished_at = now() - interval '25 hours' where id = $1`, [
    again.id,
  ]);
  const late = await api.cleanUp({ wait: true });
  assert.ok(late.chunksDeleted > 0);
  assert.equal(late.cleanupPending, false);
});

test('while a run of an earlier version goes on, nothing is deleted', async (t) => {
  const setup = await setUp(t);
  const { api, db } = setup;
  await leaveOldOrphans(setup);
  const { id } = await newRun(setup);
  // It was running when the tables were brought up to date.
  await db.client.query('alter table system_backups drop constraint system_backups_first_epoch');
  await db.client.query('update system_backups set first_epoch = null where id = $1', [id]);
  await db.client.query(`select pg_advisory_lock(${lockClass.writer}, hashtext('public'))`);
  const cleanup = await api.cleanUp({ wait: true });
  assert.equal(cleanup.chunksDeleted, 0);
  assert.equal(cleanup.cleanupPending, true);
  await db.client.query('select pg_advisory_unlock_all()');
  await api.status();
  await api.createBackup({ wait: true });
  assert.ok((await api.cleanUp({ wait: true })).chunksDeleted > 0);
});

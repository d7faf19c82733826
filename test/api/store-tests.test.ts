import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import type { StatusAnswer, StoreSummary, StoreSelfTest } from '../../src/index.ts';
import { storeTests } from '../../src/catalog/store-tests.ts';
import { openPool } from '../../src/postgres/pool.ts';
import { holdfast } from '../cli/holdfast.ts';
import { until } from '../support/until.ts';
import { smallShop, testSystem, type TestSystem } from './system.ts';

const base = '/api/admin';

async function folder(t: TestContext): Promise<string> {
  const directory = await fs.mkdtemp(path.join(tmpdir(), 'holdfast-store-'));
  t.after(() => fs.rm(directory, { recursive: true, force: true }));
  return directory;
}

async function storeNamed({ api }: Pick<TestSystem, 'api'>, name: string): Promise<StoreSummary> {
  return (await api.listStores()).stores.find((store) => store.name === name)!;
}

async function warningsOf({ api }: Pick<TestSystem, 'api'>): Promise<string[]> {
  const status = (await api.status()) as Extract<StatusAnswer, { initialized: true }>;
  return status.health.warnings.filter(({ code }) => code === 'STORE_FAILING').map(({ message }) => message);
}

/** As if every test had begun so many hours ago. */
async function agedBy({ db }: TestSystem, hours: number): Promise<void> {
  await db.client.query(
    `update system_backup_store_tests set begun_at = begun_at - make_interval(hours => $1)`,
    [hours],
  );
}

test('the answer of a self-test is kept, shown with the store, and warned of while it fails', async (t) => {
  const directory = await folder(t);
  const system = await testSystem(t, {
    sql: smallShop,
    stores: { main: `file://${directory}/store`, other: `file://${directory}/nowhere` },
    store: 'main',
  });
  const { api, call } = system;
  assert.equal((await storeNamed(system, 'main')).lastTest, null);

  const failed = await call('POST', `${base}/stores/main/test`);
  assert.equal(failed.status, 200, failed.text);
  assert.deepEqual([failed.body.test.works, failed.body.test.error.code], [false, 'STORE_UNREACHABLE']);
  const first = (await storeNamed(system, 'main')).lastTest!;
  assert.equal(first.works, false);
  assert.equal(first.failingSince, first.testedAt);
  assert.equal((await api.testStore('main')).test.works, false);
  const second = (await storeNamed(system, 'main')).lastTest!;
  assert.equal(second.failingSince, first.failingSince);
  assert.ok(second.testedAt > first.testedAt);
  const [warning] = await warningsOf(system);
  assert.ok(
    warning?.startsWith(`The store main has failed its self-tests since ${first.failingSince}`),
    warning,
  );
  // One that nothing is written to does not keep backups from being taken.
  await api.testStore('other');
  assert.equal((await warningsOf(system)).length, 1);

  await fs.mkdir(`${directory}/store`);
  const { test: well } = await api.testStore('main');
  assert.deepEqual([well.works, well.error, well.leftBehind], [true, null, null]);
  assert.ok(well.thief.some((each) => each.startsWith('delete every backup')));
  assert.deepEqual(await warningsOf(system), []);
  assert.deepEqual(
    [
      (await storeNamed(system, 'main')).lastTest?.works,
      (await storeNamed(system, 'main')).lastTest?.failingSince,
    ],
    [true, null],
  );

  // Of another place by the same name it says nothing.
  const moved = system.another({ stores: { main: `file://${directory}/other` }, store: 'main' });
  assert.equal((await storeNamed(moved, 'main')).lastTest, null);

  assert.equal((await call('POST', `${base}/stores/database/test`)).body.code, 'INVALID_REQUEST');
  assert.equal((await call('POST', `${base}/stores/unknown/test`)).body.code, 'STORE_NOT_FOUND');
});

test('a store can be tried before the tables are there', async (t) => {
  const directory = await folder(t);
  const { api } = await testSystem(t, { initialize: false, store: `main=file://${directory}` });
  assert.equal((await api.testStore('main')).test.works, true);
});

test('a process that works tests the stores in use, one process of several, and a failed one sooner again', async (t) => {
  const directory = await folder(t);
  const system = await testSystem(t, {
    store: `main=file://${directory}/main`,
    stores: { idle: `file://${directory}` },
    idlePollSeconds: 1,
  });
  const { db } = system;
  const second = system.another();
  await Promise.all([system.system.start(), second.start()]);
  const row = async () => {
    const { rows } = await db.client.query(
      'select name, begun_at, tested_at, failing_since from system_backup_store_tests',
    );
    return rows;
  };
  await until(async () => (await row()).some(({ tested_at: at }) => at !== null));
  const [tested, ...others] = await row();
  assert.deepEqual([tested.name, others], ['main', []]);
  assert.ok(tested.failing_since);

  // Not before its time, and a failed one after an hour.
  await fs.mkdir(`${directory}/main`);
  await agedBy(system, 2);
  await until(async () => (await row())[0].failing_since === null);
  const [mended] = await row();
  await agedBy(system, 23);
  await lookedTwice(system);
  assert.equal((await row())[0].tested_at.getTime(), mended.tested_at.getTime());
  await agedBy(system, 2);
  await until(async () => (await row())[0].tested_at.getTime() > mended.tested_at.getTime());
});

/** Lets both processes look at least once: a run is taken by one that looks. */
async function lookedTwice({ api }: TestSystem): Promise<void> {
  await api.cleanUp({ wait: true });
  await api.cleanUp({ wait: true });
}

test('with 0 hours nobody tests', async (t) => {
  const directory = await folder(t);
  const system = await testSystem(t, {
    store: `main=file://${directory}`,
    storeTestHours: 0,
    idlePollSeconds: 1,
  });
  await system.system.start();
  await lookedTwice(system);
  const { rows } = await system.db.client.query('select from system_backup_store_tests');
  assert.equal(rows.length, 0);
  await assert.rejects(async () => system.another({ storeTestHours: -1 }), { code: 'INVALID_CONFIGURATION' });
});

test('of several that find tests due at once, one gets each', async (t) => {
  const { db } = await testSystem(t);
  const pool = openPool(db.target, { max: 6, applicationName: 'test' });
  t.after(() => pool.close());
  const { claimDue } = storeTests(pool, 'public');
  const stores = ['a', 'b', 'c'].map((name) => ({ name, address: `file:///${name}` }));
  for (const due of [stores, stores.slice(0, 1)]) {
    const claims = await Promise.all(Array.from({ length: 6 }, () => claimDue(stores, 24)));
    assert.deepEqual(
      claims.flat().toSorted(),
      due.map(({ name }) => name),
    );
    await db.client.query(
      `update system_backup_store_tests set begun_at = begun_at - interval '25 hours' where name = 'a'`,
    );
  }
  // A store that has moved is another one.
  assert.deepEqual(await claimDue([{ name: 'b', address: 'file:///elsewhere' }], 24), ['b']);
});

test('store list and doctor show it; doctor tries the stores, unless it is told not to', async (t) => {
  const directory = await folder(t);
  const { db } = await testSystem(t, { sql: smallShop });
  const options = { url: db.connectionString, env: { HOLDFAST_STORE: `main=file://${directory}` } };
  const check = async (...args: string[]) => {
    const outcome = await holdfast(['doctor', '--json', ...args], options);
    const { checks } = outcome.json<{ checks: { name: string; level: string; code: string | null }[] }>();
    return { code: outcome.code, found: checks.find(({ name }) => name === 'store main') };
  };
  assert.deepEqual(await check('--no-store-tests').then(({ found }) => found), undefined);
  assert.equal((await check()).found?.level, 'ok');
  const listed = await holdfast(['store', 'list'], options);
  assert.match(listed.stdout, /LAST TEST[^]*main .* works, just now/);
  const tested = await holdfast(['store', 'test', 'main', '--json'], options);
  assert.equal(tested.code, 0, tested.stderr);
  assert.ok(tested.json<StoreSelfTest>().speed);

  await fs.rm(directory, { recursive: true });
  const { code, found } = await check();
  assert.deepEqual([code, found?.level, found?.code], [8, 'fail', 'STORE_UNREACHABLE']);
  assert.equal((await holdfast(['store', 'test', 'main'], options)).code, 8);
  const status = await holdfast(['status'], options);
  assert.match(status.stdout, /The store main has failed its self-tests since/);
});

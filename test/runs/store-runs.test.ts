import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { lockClass } from '../../src/catalog/locks.ts';
import { smallShop, testSystem, type TestSystem } from '../api/system.ts';
import { until } from '../support/until.ts';
import { temporaryStore } from './store-folders.ts';

const base = '/api/admin';

async function withStore(t: TestContext): Promise<TestSystem & { directory: string }> {
  const directory = await temporaryStore(t);
  const system = await testSystem(t, {
    sql: smallShop,
    stores: { here: `file://${directory}` },
    store: 'here',
  });
  return { ...system, directory };
}

for (const kind of ['check', 'import'] as const) {
  const lists = `${kind}s`;

  test(`${kind}: a run with its address, its end and its report`, async (t) => {
    const { api, call } = await withStore(t);
    await api.createBackup({ wait: true });
    const ordered = await call('POST', `${base}/stores/here/${kind}`, { body: {} });
    assert.equal(ordered.status, 202, ordered.text);
    assert.equal(ordered.headers.get('location'), `${base}/${kind}/1`);
    const read = async () => (await call('GET', `${base}/${kind}/1`)).body[kind];
    await until(async () => (await read()).status === 'completed');
    const ended = await read();
    assert.equal(ended.store, 'here');
    assert.equal(ended.error, null);
    assert.deepEqual(
      kind === 'check' ? [ended.report.backups, ended.report.index.missing.count] : ended.report,
      kind === 'check' ? [1, 0] : { imported: [], known: 1, copies: [], refused: [] },
    );
    const waited = await call('POST', `${base}/stores/here/${kind}?wait=true`, { body: {} });
    assert.equal(waited.status, 201, waited.text);
    assert.deepEqual(waited.body[kind].report, ended.report);
    const list = await call('GET', `${base}/${kind}`);
    assert.deepEqual(
      list.body[lists].map(({ id }: { id: number }) => id),
      [2, 1],
    );
    assert.equal((await call('GET', `${base}/${kind}/99`)).body.code, `${kind.toUpperCase()}_NOT_FOUND`);
    assert.equal((await call('POST', `${base}/stores/nothing/${kind}`, { body: {} })).status, 404);
  });

  test(`${kind}: cancelled while it waits, and ended when its process stops`, async (t) => {
    const { system, api, db, another } = await withStore(t);
    await api.createBackup({ wait: true });
    const { client } = await db.adopt(db.name);
    // As another process that does the like now.
    await client.query(`select pg_advisory_lock(${lockClass.check}, hashtext('public'))`);
    const start = kind === 'check' ? api.checkStore : api.importStore;
    const waiting = await start('here');
    assert.equal(waiting.status, 'queued');
    const cancel = kind === 'check' ? api.cancelCheck : api.cancelImport;
    assert.equal((await cancel(waiting.id)).status, 'cancelled');

    const left = await start('here');
    await system.stop();
    const other = another({ stores: {}, store: 'database:' });
    const ended = kind === 'check' ? await other.api.getCheck(left.id) : await other.api.getImport(left.id);
    assert.deepEqual([ended.status, ended.error?.code], ['interrupted', 'INTERRUPTED']);
  });

  test(`${kind}: is performed by the process that it was asked of, which alone may have the store`, async (t) => {
    const { api, db, another } = await withStore(t);
    await api.createBackup({ wait: true });
    const elsewhere = another({ stores: {}, store: 'database:' });
    await elsewhere.start();
    const { client } = await db.adopt(db.name);
    const lock = `${lockClass.check}, hashtext('public')`;
    const start = kind === 'check' ? api.checkStore : api.importStore;
    const ended = kind === 'check' ? api.waitForCheck : api.waitForImport;
    for (let n = 0; n < 3; n++) {
      await client.query(`select pg_advisory_lock(${lock})`);
      const run = await start('here');
      assert.equal(run.status, 'queued');
      // Now both may take it.
      await client.query(`select pg_advisory_unlock(${lock})`);
      assert.equal((await ended(run.id)).status, 'completed');
    }
  });
}

test('one with an error ends as that, with its row', async (t) => {
  const { api, another, directory } = await withStore(t);
  await api.createBackup({ wait: true });
  // Another installation takes the store.
  const other = await testSystem(t, {
    sql: smallShop,
    stores: { theirs: `file://${directory}` },
    store: 'theirs',
  });
  await other.api.takeStore('theirs');
  await assert.rejects(api.checkStore('here', { wait: true }), { code: 'STORE_TAKEN' });
  const [failed] = (await api.listChecks({ status: 'failed' })).checks;
  assert.deepEqual([failed?.error?.code, failed?.report], ['STORE_TAKEN', null]);
  // A process that performs nothing leaves it to none: there is no key, so another one may.
  const orders = another({ worker: false });
  assert.equal((await orders.api.checkStore('here')).status, 'queued');
});

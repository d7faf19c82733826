import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sealedSystem } from '../runs/sealed-system.ts';
import { smallShop, testSystem } from './system.ts';

const base = '/api/admin';

test('a backup is asked in SQL, as it was', async (t) => {
  const { api, call, db } = await testSystem(t, { sql: smallShop });
  const { id } = await api.createBackup({ wait: true });
  await db.client.query('delete from orders where id > 100');
  const answer = await call('POST', `${base}/backup/${id}/query`, {
    body: { sql: 'select count(*) as n, sum(amount) from orders' },
  });
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(answer.body, {
    backupId: id,
    columns: [
      { name: 'n', type: 'bigint' },
      { name: 'sum', type: 'numeric' },
    ],
    rows: [['500', '187875.00']],
    more: false,
    notes: [],
    read: { tables: 1, chunks: 1, ofChunks: 1, storedBytes: answer.body.read.storedBytes },
  });
  assert.ok(answer.body.read.storedBytes > 100);
  const again = await api.queryBackup(id, { sql: 'select count(*) from orders' });
  assert.deepEqual(again.read, { tables: 0, chunks: 0, ofChunks: 0, storedBytes: 0 });
  // Several at once, of the same scratch database.
  const answers = await Promise.all(
    [1, 2, 3].map((n) =>
      api.queryBackup(id, { sql: `select name from customers where id = ${n}`, limit: 1 }),
    ),
  );
  assert.deepEqual(
    answers.map(({ rows }) => rows),
    [[['customer 1']], [['customer 2']], [['customer 3']]],
  );
  for (const [body, status, code] of [
    [{ sql: 'delete from orders' }, 422, 'QUERY_FAILED'],
    [{ sql: 'select * from not_there' }, 422, 'QUERY_FAILED'],
    [{ sql: '' }, 400, 'INVALID_REQUEST'],
    [{ sql: 'select 1', limit: 100_000 }, 400, 'INVALID_REQUEST'],
    [{}, 400, 'INVALID_REQUEST'],
  ] as const) {
    const refused = await call('POST', `${base}/backup/${id}/query`, { body });
    assert.deepEqual([refused.status, refused.body.code], [status, code], refused.text);
  }
  // One who leaves ends the statement, and nothing of the scratch database.
  const leaving = new AbortController();
  const left = api.queryBackup(
    id,
    { sql: 'select pg_sleep(500)', timeoutSeconds: 600 },
    { signal: leaving.signal },
  );
  setTimeout(() => leaving.abort(new Error('gone')), 300);
  await assert.rejects(left, /gone/);
  const others = `select count(*) from pg_stat_activity where usename = current_user and pid <> pg_backend_pid() and state = 'active'`;
  assert.deepEqual((await api.queryBackup(id, { sql: others })).rows, [['0']]);
  const missing = await call('POST', `${base}/backup/99999/query`, { body: { sql: 'select 1' } });
  assert.equal(missing.status, 404);
});

test('where there is no place for a scratch database, that is said', async (t) => {
  const { api } = await testSystem(t, { sql: smallShop, drill: { embedded: false } });
  const { id } = await api.createBackup({ wait: true });
  await assert.rejects(api.queryBackup(id, { sql: 'select 1' }), { code: 'QUERY_TARGET_MISSING' });
});

test('a warm database of an encrypted backup answers only who has its key', async (t) => {
  const { api, recoveryKey: identity } = await sealedSystem(t);
  const { id } = await api.createBackup({ wait: true });
  const asked = { sql: 'select count(*) from orders' };
  await assert.rejects(api.queryBackup(id, asked), { code: 'KEY_REQUIRED' });
  assert.deepEqual((await api.queryBackup(id, { ...asked, identity })).rows, [['500']]);
  await assert.rejects(api.queryBackup(id, asked), { code: 'KEY_REQUIRED' });
});

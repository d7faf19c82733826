import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sealedSystem } from '../runs/sealed-system.ts';
import { smallShop, testSystem } from './system.ts';

const base = '/api/admin';

test('a backup is compared with the database and with another backup', async (t) => {
  const { api, call, db } = await testSystem(t, { sql: smallShop });
  const { id } = await api.createBackup({ wait: true });
  await db.client.query(
    `delete from orders where id = 7; update orders set amount = amount + 1 where id in (8, 9);
     insert into orders select 9001, customer_id, amount from orders where id = 10`,
  );
  const live = await call('GET', `${base}/backup/${id}/diff?table=orders`);
  assert.equal(live.status, 200, live.text);
  const { against, key, added, removed, changed, unchanged, rows } = live.body;
  assert.deepEqual([against, key, added, removed, changed, unchanged], ['live', ['id'], 1, 1, 2, 497]);
  assert.deepEqual(
    rows.map((row: { change: string; differing: string[] }) => [row.change, row.differing]),
    [
      ['removed', []],
      ['changed', ['amount']],
      ['changed', ['amount']],
      ['added', []],
    ],
  );
  const { id: second } = await api.createBackup({ wait: true });
  const between = await api.diffBackup(id, { table: 'orders', against: second, limit: 1 });
  assert.deepEqual([between.against, between.added, between.removed, between.changed], [second, 1, 1, 2]);
  assert.deepEqual([between.rows.length, between.more], [3, true]);
  assert.equal((await api.diffBackup(second, { table: 'orders' })).unchanged, 500);
  for (const [query, status, code] of [
    ['table=orders&against=99999', 404, 'BACKUP_NOT_FOUND'],
    ['table=orders&against=dead', 400, 'INVALID_REQUEST'],
    ['table=nothing', 422, 'TABLES_NOT_FOUND'],
    ['table=orders&by=customer_id', 422, 'DIFF_NOT_POSSIBLE'],
    ['', 400, 'INVALID_REQUEST'],
  ] as const) {
    const refused = await call('GET', `${base}/backup/${id}/diff?${query}`);
    assert.deepEqual([refused.status, refused.body.code], [status, code], `${query}: ${refused.text}`);
  }
});

test('the history of a row: when it came, how it changed, when it went', async (t) => {
  const { api, call, db } = await testSystem(t, { sql: smallShop });
  await api.createBackup({ wait: true, type: 'partial', tables: ['customers'] });
  const first = await api.createBackup({ wait: true });
  await db.client.query(`create table late (id int primary key, n int)`);
  await db.client.query(`insert into late values (5, 1), (6, 1)`);
  const second = await api.createBackup({ wait: true });
  const third = await api.createBackup({ wait: true });
  await db.client.query(`update late set n = 2 where id = 5`);
  const fourth = await api.createBackup({ wait: true });
  await db.client.query(`delete from late where id = 5`);
  const fifth = await api.createBackup({ wait: true });
  const answer = await call('GET', `${base}/rows/history?table=late&key=5`);
  assert.equal(answer.status, 200, answer.text);
  const { versions, skipped, backups, more, segmentsRead } = answer.body;
  assert.deepEqual(
    versions.map((each: Record<string, { id: number }>) => [
      each['first']!.id,
      each['last']!.id,
      each['state'],
      each['values'],
      each['differing'],
    ]),
    [
      [first.id, first.id, 'no table', null, []],
      [second.id, third.id, 'there', { id: '5', n: '1' }, []],
      [fourth.id, fourth.id, 'there', { id: '5', n: '2' }, ['n']],
      [fifth.id, fifth.id, 'not there', null, []],
    ],
  );
  // A partial backup says nothing of a table that it was not to have.
  assert.deepEqual(
    skipped.map((each: { id: number }) => each.id),
    [first.id - 1],
  );
  assert.deepEqual([backups, more], [6, false]);
  // Four backups have the table, and two of them the same rows.
  assert.ok(segmentsRead < 4, `${segmentsRead}`);
  const newest = await api.rowHistory({ table: 'late', key: { id: 6, n: 1 }, limit: 2 });
  assert.deepEqual([newest.backups, newest.more, newest.versions.length], [2, true, 1]);
  for (const [query, status, code] of [
    ['table=orders&key={"customer_id":"1"}', 400, 'INVALID_REQUEST'],
    ['table=late&key={"nothing":"1"}', 400, 'INVALID_REQUEST'],
    ['table=late', 400, 'INVALID_REQUEST'],
    ['table=nothing&key=5', 422, 'TABLES_NOT_FOUND'],
  ] as const) {
    const refused = await call('GET', `${base}/rows/history?${query}`);
    assert.deepEqual([refused.status, refused.body.code], [status, code], `${query}: ${refused.text}`);
  }
});

test('of encrypted backups with their key alone', async (t) => {
  const { api, db, recoveryKey: identity } = await sealedSystem(t);
  const { id } = await api.createBackup({ wait: true });
  await db.client.query('delete from orders where id = 7');
  await assert.rejects(api.diffBackup(id, { table: 'orders' }), { code: 'KEY_REQUIRED' });
  assert.equal((await api.diffBackup(id, { table: 'orders', identity })).removed, 1);
  const { id: second } = await api.createBackup({ wait: true });
  assert.equal((await api.diffBackup(id, { table: 'orders', against: second, identity })).removed, 1);
  const { versions } = await api.rowHistory({ table: 'orders', key: 7, identity });
  assert.deepEqual(
    versions.map(({ state }) => state),
    ['there', 'not there'],
  );
  await assert.rejects(api.rowHistory({ table: 'orders', key: 7 }), { code: 'KEY_REQUIRED' });
});

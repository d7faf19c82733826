import assert from 'node:assert/strict';
import { test } from 'node:test';
import { smallShop, testSystem } from './system.ts';

const base = '/api/admin';

test('a row of a backup is shown as it was, by its key', async (t) => {
  const { api, call, db } = await testSystem(t, { sql: smallShop });
  const { id } = await api.createBackup({ wait: true });
  const { rows: before } = await db.client.query('select * from orders where id = 7');
  await db.client.query('delete from orders where id = 7');
  const answer = await call('GET', `${base}/backup/${id}/rows?table=orders&key=7`);
  assert.equal(answer.status, 200);
  const { columns, rows, backupId, ranges, rangesRead } = answer.body as Awaited<
    ReturnType<typeof api.findRows>
  >;
  assert.deepEqual([backupId, ranges, rangesRead], [id, 1, 1]);
  assert.equal(rows.length, 1);
  assert.equal(rows[0]![columns.findIndex(({ name }) => name === 'id')], String(before[0].id));

  const named = encodeURIComponent(JSON.stringify({ id: 8 }));
  assert.equal(
    (await call('GET', `${base}/backup/${id}/rows?table=orders&key=${named}`)).body.rows.length,
    1,
  );
  const posted = await call('POST', `${base}/backup/${id}/rows`, {
    body: { table: 'orders', key: { id: 8 } },
  });
  assert.equal(posted.body.rows.length, 1);

  const first = await call('GET', `${base}/backup/${id}/rows?table=orders&limit=3`);
  assert.equal(first.body.rows.length, 3);
  const next = await call(
    'GET',
    `${base}/backup/${id}/rows?table=orders&limit=3&after=${first.body.nextCursor}`,
  );
  assert.notDeepEqual(next.body.rows, first.body.rows);

  for (const [query, status] of [
    ['table=orders&key=%7Bno', 400],
    ['table=orders&limit=5000', 400],
    ['table=orders&after=x', 400],
    ['table=orders&key=%7B%22nothing%22:1%7D', 400],
    ['key=5', 400],
    ['table=no_such_table', 422],
  ] as const) {
    assert.equal((await call('GET', `${base}/backup/${id}/rows?${query}`)).status, status, query);
  }
  assert.equal((await call('GET', `${base}/backup/99999/rows?table=orders`)).status, 404);

  // Whose caller is gone is not read, and is no error of ours.
  const gone = AbortSignal.abort(new Error('the caller is gone'));
  await assert.rejects(api.findRows(id, { table: 'orders' }, { signal: gone }), /the caller is gone/);
  await assert.rejects(
    api.planRestore(
      { backupId: id, restoreType: 'rows', rows: { table: 'orders', keys: [7] } },
      { signal: gone },
    ),
    /the caller is gone/,
  );
});

import assert from 'node:assert/strict';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { withoutRestrictKey } from '../support/psql.ts';
import { chunksOf } from '../runs/manifests.ts';
import { failingBackup, origin, smallShop, testSystem, token } from './system.ts';

const base = '/api/admin';
const admin = { headers: { Authorization: `Bearer ${token}` } };

test('a download names itself and is SQL in the format asked for', async (t) => {
  const { system, api, db } = await testSystem(t, { sql: smallShop });
  const { id } = await api.createBackup({ wait: true });
  const get = (query: string): Promise<Response> =>
    system.fetch(new Request(`${origin}${base}/backup?id=${id}&download=true${query}`, admin));

  const plain = await get('&format=sql');
  assert.equal(plain.status, 200);
  assert.equal(plain.headers.get('content-type'), 'application/sql');
  assert.equal(plain.headers.get('content-encoding'), null);
  assert.match(
    plain.headers.get('content-disposition') ?? '',
    new RegExp(`^attachment; filename="holdfast-${db.name}-${id}-\\d{8}T\\d{6}Z\\.sql"$`),
  );
  const sql = await plain.text();
  assert.match(sql, /CREATE TABLE public\.orders/);
  assert.match(sql, /^customer 50$|\tcustomer 50$/m);

  const gz = await get('&format=sql.gz');
  assert.equal(gz.headers.get('content-type'), 'application/gzip');
  assert.equal(
    withoutRestrictKey(gunzipSync(Buffer.from(await gz.arrayBuffer())).toString()),
    withoutRestrictKey(sql),
  );

  const zst = await get('');
  assert.equal(zst.headers.get('content-type'), 'application/zstd');
  assert.match(zst.headers.get('content-disposition') ?? '', /\.sql\.zst"$/);
  assert.equal(Buffer.from(await zst.arrayBuffer()).readUInt32LE(0), 0xfd2fb528);

  const byPath = await system.fetch(
    new Request(`${origin}${base}/backup/${id}?download=true&format=sql`, admin),
  );
  assert.equal(withoutRestrictKey(await byPath.text()), withoutRestrictKey(sql));
  assert.equal(
    withoutRestrictKey(await text((await api.downloadBackup(id, 'sql')).stream)),
    withoutRestrictKey(sql),
  );
});

test('HEAD of a download gives its headers and keeps nothing open', async (t) => {
  const { call, api } = await testSystem(t, { sql: smallShop });
  const { id } = await api.createBackup({ wait: true });
  const head = await call('HEAD', `${base}/backup?id=${id}&download=true`);
  assert.equal(head.status, 200);
  assert.match(head.headers.get('content-disposition') ?? '', /attachment/);
  assert.equal((await api.deleteBackup(id)).success, true);
});

test('a backup that is not complete cannot be downloaded or restored', async (t) => {
  const setup = await testSystem(t, { sql: smallShop });
  const { call, db, api } = setup;
  await failingBackup(setup, 'orders');
  await db.client.query('begin; lock table orders in access exclusive mode');
  const running = await api.createBackup();
  for (const id of [1, running.id]) {
    for (const answer of [
      await call('GET', `${base}/backup?id=${id}&download=true`),
      await call('POST', `${base}/restore`, { body: { backupId: id } }),
      await call('POST', `${base}/restore?dryRun=true`, { body: { backupId: id } }),
    ]) {
      assert.equal(answer.status, 409, answer.text);
      assert.equal(answer.body.code, 'BACKUP_NOT_COMPLETE');
    }
  }
  await db.client.query('rollback');
  await api.waitForBackup(running.id);
});

test('a chunk that is missing is an error before the first byte', async (t) => {
  const { call, api, db } = await testSystem(t, { sql: smallShop });
  const { id } = await api.createBackup({ wait: true });
  const [chunk] = await chunksOf({ db }, id, 'orders');
  await db.client.query(`delete from system_backup_chunks where id = decode($1, 'hex')`, [chunk]);
  const answer = await call('GET', `${base}/backup?id=${id}&download=true`);
  assert.equal(answer.status, 500);
  assert.equal(answer.body.code, 'CHUNK_MISSING');
  assert.equal(answer.body.details.missing, 1);
  assert.equal(answer.headers.get('content-disposition'), null);
});

test('a manifest that is damaged is an error, for the download and for the backup itself', async (t) => {
  const { call, api, db } = await testSystem(t, { sql: smallShop });
  const { id } = await api.createBackup({ wait: true });
  await db.client.query(`update system_backups set backup_data = backup_data - 'root'`);
  for (const path of [`/backup?id=${id}&download=true`, `/backup/${id}`]) {
    const answer = await call('GET', base + path);
    assert.equal(answer.status, 500);
    assert.equal(answer.body.code, 'MANIFEST_INVALID');
  }
  assert.equal((await call('GET', `${base}/backup`)).status, 200);
});

for (const format of ['sql', 'sql.gz', 'sql.zst'] as const) {
  test(`a chunk that turns out damaged on the way breaks the stream of ${format}`, async (t) => {
    const { api, db } = await testSystem(t, { sql: smallShop });
    const { id } = await api.createBackup({ wait: true });
    const chunks = (
      await Promise.all(['customers', 'orders'].map((name) => chunksOf({ db }, id, name)))
    ).flat();
    await db.client.query(
      `update system_backup_chunks set data = jsonb_set(data, '{data}', to_jsonb(translate(data->>'data', 'ABCDEFGH', 'BCDEFGHA')))
        where encode(id, 'hex') = any($1)`,
      [chunks],
    );
    const { stream } = await api.downloadBackup(id, format);
    await assert.rejects(text(stream), { code: 'CHUNK_CORRUPT' });
    // From now on it is known.
    await assert.rejects(api.downloadBackup(id, format), { code: 'CHUNK_CORRUPT' });
    assert.equal((await api.deleteBackup(id)).success, true);
  });
}

test('stop breaks off a download, also one that nobody reads on', async (t) => {
  const { system, api, db } = await testSystem(t, {
    sql: `create table big as select n, repeat(md5(n::text), 3000) as noise from generate_series(1, 200) n`,
  });
  const { id } = await api.createBackup({ wait: true });
  const { stream } = await api.downloadBackup(id, 'sql');
  const reader = stream.getReader();
  await reader.read();
  await system.stop();
  await assert.rejects(async () => {
    while (!(await reader.read()).done);
  });
  const connections = async (): Promise<number> => {
    const { rows } = await db.client.query(
      `select count(*)::int from pg_stat_activity
        where application_name like 'holdfast%' and datname = current_database()`,
    );
    return rows[0].count;
  };
  for (let tries = 0; tries < 100 && (await connections()) > 0; tries++) await pause(50);
  assert.equal(await connections(), 0);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { createKeySet } from '../../src/format/sealing/key-set.ts';
import { caller } from '../api/system.ts';
import { catalogText, placesOf, sealedSystem, type SealedPlace } from './sealed-system.ts';

const base = '/api/admin';
const rowsOf = `select (select count(*)::int from customers) as customers, (select sum(amount)::float8 from orders) as amount`;
const whole = { customers: 50, amount: 187_875 };

for (const place of ['directory', 'database'] as SealedPlace[]) {
  test(`a backup sealed in a ${place} is opened by a key that one request brings, which is kept nowhere`, async (t) => {
    const sealed = await sealedSystem(t, { place });
    const { api, call, db, log } = sealed;
    const { id } = await api.createBackup({ wait: true });
    const identity = sealed.recoveryKey;
    const answers: [string, string][] = [];
    const ask = async (
      method: string,
      path: string,
      body?: object,
    ): Promise<Awaited<ReturnType<typeof call>>> => {
      const answer = await call(method, `${base}${path}`, body ? { body } : {});
      answers.push([`${method} ${path}`, answer.text]);
      return answer;
    };
    const restored = async (database: string, extra: object): Promise<Awaited<ReturnType<typeof call>>> =>
      ask('POST', '/restore?wait=true', {
        backupId: id,
        target: { mode: 'new-database', database },
        ...extra,
      });

    // Without the key.
    const first = db.freeName();
    assert.equal((await restored(first, {})).body.code, 'KEY_REQUIRED');
    assert.equal((await ask('POST', `/backup/${id}/verify?wait=true`)).body.code, 'KEY_REQUIRED');
    assert.equal((await ask('POST', `/backup/${id}/download`, {})).body.code, 'KEY_REQUIRED');
    assert.equal((await ask('GET', `/backup/${id}`)).body.backup.contentsError.code, 'KEY_REQUIRED');
    assert.equal((await ask('GET', '/tables/missing')).body.code, 'KEY_REQUIRED');

    // With it.
    const plan = await ask('POST', '/restore?dryRun=true', { backupId: id, identity });
    assert.deepEqual(plan.body.plan.refusals, []);
    const answer = await restored(first, { identity });
    assert.equal(answer.status, 201, answer.text);
    const { client } = await db.adopt(first);
    assert.deepEqual((await client.query(rowsOf)).rows[0], whole);
    const detail = await ask('GET', `/restore/${answer.body.restore.id}`);
    assert.equal(detail.body.restore.report.rows, 550);
    assert.equal((await ask('POST', `/backup/${id}/verify?wait=true`, { identity })).status, 201);
    const opened = await ask('POST', `/backup/${id}/open`, { identity });
    assert.equal(opened.body.backup.contents.tables.length, 2);
    const schema = await ask('POST', `/backup/${id}/schema`, { identity });
    assert.match(schema.text, /CREATE TABLE public\.orders/);
    const response = await sealed.system.fetch(
      new Request(`http://backup.test${base}/backup/${id}/download`, {
        method: 'POST',
        headers: { Authorization: 'Bearer test-token-0123456789', 'Content-Type': 'application/json' },
        body: JSON.stringify({ identity, format: 'sql.gz' }),
      }),
    );
    assert.match(response.headers.get('content-disposition') ?? '', /\.sql\.gz"$/);
    assert.ok(gunzipSync(Buffer.from(await response.arrayBuffer())).includes('copy "public"."orders"'));
    await db.client.query('drop table orders');
    const missing = await ask('POST', '/tables/missing', { identity });
    assert.deepEqual(missing.body.tables, [{ table: 'public.orders', rows: 500 }]);
    assert.equal(
      (await ask('GET', '/tables/missing')).body.code,
      'KEY_REQUIRED',
      'what a key has shown is not kept',
    );
    const inPlace = await ask('POST', '/restore?wait=true', { backupId: id, identity });
    assert.equal(inPlace.status, 201, inPlace.text);
    assert.deepEqual((await db.client.query(rowsOf)).rows[0], whole);
    if (place === 'directory') {
      const name = (await api.listStores()).stores.find(({ role }) => role === 'written')!.name;
      await db.client.query('delete from system_backups');
      assert.equal((await ask('POST', `/stores/${name}/import`)).body.code, 'KEY_REQUIRED');
      const imported = await ask('POST', `/stores/${name}/import?wait=true`, { identity });
      assert.equal(imported.status, 201, imported.text);
      const { report } = imported.body.import;
      assert.equal(report.imported.length, 2, imported.text);
      assert.equal(
        (await ask('POST', `/backup/${report.imported[0]}/verify?wait=true`)).body.code,
        'KEY_REQUIRED',
      );
    }

    // A key that opens nothing, or is none.
    const backups = await api.listBackups();
    const some = backups.backups.at(-1)!.id;
    const other = await createKeySet();
    const otherKey = /AGE-SECRET-KEY-\S+/.exec(other.recoveryKey)![0];
    const [restoring, verifying] = [
      await ask('POST', '/restore', {
        backupId: some,
        target: { mode: 'new-database', database: db.freeName() },
        identity: otherKey,
      }),
      await ask('POST', `/backup/${some}/verify`, { identity: other.recoveryKey }),
    ];
    for (const refused of [restoring, verifying]) {
      assert.equal(refused.status, 422, refused.text);
      assert.equal(refused.body.code, 'KEY_REQUIRED');
      assert.ok(refused.body.message.includes(sealed.recipient), refused.text);
    }
    const broken = sealed.secret.replace(/.{4}$/, 'QQQQ');
    for (const wrong of [broken, sealed.recipient, '/etc/hostname', sealed.writerKey, 'x'.repeat(300)]) {
      const refused = await ask('POST', `/backup/${some}/verify`, { identity: wrong });
      assert.deepEqual([refused.status, refused.body.code], [400, 'KEY_INVALID'], refused.text);
    }
    const tooLong = await ask('POST', `/backup/${some}/verify`, {
      identity: `${identity}${'#\n'.repeat(20_000)}`,
    });
    assert.deepEqual([tooLong.status, tooLong.body.code], [400, 'INVALID_REQUEST']);
    assert.equal((await call('POST', `${base}/backup/${some}/verify?identity=${sealed.secret}`)).status, 400);

    const events: string[] = [];
    for await (const event of await api.events({ after: 0, signal: AbortSignal.timeout(1_500) })) {
      events.push(JSON.stringify(event));
    }
    assert.ok(events.length > 5);
    const secrets = [
      sealed.secret,
      sealed.secret.toLowerCase(),
      broken,
      otherKey,
      nameKeyOf(sealed.writerKey),
    ];
    const places = placesOf(secrets, [
      ['the catalog', await catalogText(db.client)],
      ['the log', log.join('\n')],
      ['the events', events.join('\n')],
      ...answers,
    ]);
    assert.deepEqual(places, []);
  });
}

function nameKeyOf(writerKey: string): string {
  return (JSON.parse(writerKey) as { nameKey: string }).nameKey;
}

test('a process that performs no runs refuses a run with a key, and says where to send it', async (t) => {
  const sealed = await sealedSystem(t);
  const { id } = await sealed.api.createBackup({ wait: true });
  const ordering = sealed.another({ ...sealed.options, worker: false });
  const call = caller(ordering);
  const identity = sealed.recoveryKey;
  for (const [path, body] of [
    ['/restore', { backupId: id, identity }],
    [`/backup/${id}/verify`, { identity }],
  ] as const) {
    const refused = await call('POST', `${base}${path}`, { body });
    assert.deepEqual([refused.status, refused.body.code], [409, 'WORKER_REQUIRED']);
    assert.match(refused.body.hint, /holdfast restore ID --identity FILE/);
  }
  assert.deepEqual((await ordering.api.planRestore({ backupId: id, identity })).refusals, []);
  assert.ok((await ordering.api.getBackup(id, { identity })).contents);
  const { rows } = await sealed.db.client.query(
    'select from system_restore_log union all select from backup_verification_log',
  );
  assert.equal(rows.length, 0);
});

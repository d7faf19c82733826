import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chunksOf } from './manifests.ts';
import type { ErrorBody } from '../../src/index.ts';
import { smallShop, testSystem, type TestSystem } from '../api/system.ts';

const setText = (text: string): string => `data = jsonb_set(data, '{data}', to_jsonb(${text}))`;
const middle = `length(data->>'data') / 2`;

/** SQL that damages the chunk `$1`; what storage, people and programs do to it. */
const damages: Record<string, string> = {
  'a byte that flipped': `update system_backup_chunks set ${setText(`overlay(data->>'data' placing
    case substr(data->>'data', ${middle}, 1) when 'A' then 'B' else 'A' end from ${middle} for 1)`)}`,
  'a text that was cut off': `update system_backup_chunks set ${setText(`left(data->>'data', ${middle})`)}`,
  'a row that was deleted': 'delete from system_backup_chunks',
  'data that are null': 'update system_backup_chunks set data = null',
  'JSON without data': `update system_backup_chunks set data = '{}'`,
  'JSON of another form': `update system_backup_chunks set data = '["text"]'`,
  'no base64': `update system_backup_chunks set ${setText(`repeat(E'\\\\ \\n\\t', length(data->>'data') / 4)`)}`,
  'the data of another chunk': `update system_backup_chunks c set data = o.data
    from system_backup_chunks o where o.id <> c.id and true`,
};

async function damage(system: TestSystem, sql: string, chunk: string): Promise<void> {
  const { client } = system.db;
  await client.query('alter table system_backup_chunks alter data drop not null');
  const own = sql.includes(' o where')
    ? sql.replace('and true', `and c.id = decode($1, 'hex')`)
    : `${sql} where id = decode($1, 'hex')`;
  const { rowCount } = await client.query(own, [chunk]);
  assert.equal(rowCount, 1);
}

async function restored({ api, db }: TestSystem, backupId: number): Promise<unknown> {
  const database = db.freeName();
  await api.restore({
    backupId,
    restoreType: 'full',
    target: { mode: 'new-database', database },
    wait: true,
  });
  const { client } = await db.adopt(database);
  const { rows } = await client.query(
    'select (select count(*)::int from customers) as customers, (select sum(amount)::float8 from orders) as amount',
  );
  return rows[0];
}

async function damagedIds({ api }: TestSystem): Promise<number[]> {
  const { backups } = await api.listBackups();
  return backups.filter(({ damaged }) => damaged).map(({ id }) => id);
}

const whole = { customers: 50, amount: 187_875 };

for (const [what, sql] of Object.entries(damages)) {
  test(`${what}: found, named, and made whole by the next backup of the same data`, async (t) => {
    const system = await testSystem(t, { sql: smallShop });
    const { api } = system;
    const first = await api.createBackup({ wait: true });
    const second = await api.createBackup({ wait: true });
    const [chunk] = await chunksOf(system, first.id, 'orders');
    await damage(system, sql, chunk!);
    await assert.rejects(api.verifyBackup(second.id, { wait: true }), { code: /CHUNK_(MISSING|CORRUPT)/ });

    // Every backup that needs it says so, everywhere.
    assert.deepEqual(await damagedIds(system), [second.id, first.id]);
    const shown = await api.getBackup(first.id);
    assert.deepEqual(shown.damage?.tables, ['public.orders']);
    assert.equal(shown.damage?.chunks, 1);
    const status = await api.status();
    assert.ok(status.initialized);
    assert.equal(status.health.state, 'damaged');
    assert.match(status.health.reason, /^Not protected: backups 2, 1 cannot restore public\.orders/);
    assert.equal(status.backups.damaged, 2);
    assert.equal(status.lastCompleted, null);
    // Refused before anything is touched; what does not need the chunk can be restored.
    await assert.rejects(api.restore({ backupId: first.id, restoreType: 'full', wait: true }), {
      code: /CHUNK_(MISSING|CORRUPT)/,
      message: /cannot restore public\.orders/,
    });
    await assert.rejects(api.downloadBackup(first.id), { code: /CHUNK_(MISSING|CORRUPT)/ });
    const plan = await api.planRestore({ backupId: first.id, restoreType: 'full' });
    assert.match(plan.warnings[0]!, /cannot restore public\.orders/);
    await api.restore({ backupId: first.id, restoreType: 'partial', tables: ['customers'], wait: true });

    const third = await api.createBackup({ wait: true });
    assert.deepEqual(await damagedIds(system), []);
    const after = await api.status();
    assert.ok(after.initialized && after.health.state !== 'damaged' && after.lastCompleted?.id === third.id);
    for (const { id } of [first, third]) {
      await api.verifyBackup(id, { wait: true });
      assert.deepEqual(await restored(system, id), whole);
    }
  });
}

test('what nobody has read yet is found by the next backup', async (t) => {
  const system = await testSystem(t, { sql: smallShop });
  const { api } = system;
  const first = await api.createBackup({ wait: true });
  for (const [what, sql] of Object.entries(damages)) {
    const [chunk] = await chunksOf(system, first.id, 'customers');
    await damage(system, sql, chunk!);
    const { id } = await api.createBackup({ wait: true });
    await api.verifyBackup(id, { wait: true });
    await api.verifyBackup(first.id, { wait: true });
    assert.deepEqual(await damagedIds(system), [], what);
  }
});

test('where the data have changed, what is lost stays named, beside a new backup that is good', async (t) => {
  const system = await testSystem(t, { sql: smallShop });
  const { api, db } = system;
  const first = await api.createBackup({ wait: true });
  const [chunk] = await chunksOf(system, first.id, 'orders');
  await damage(system, damages['a byte that flipped']!, chunk!);
  await assert.rejects(api.verifyBackup(first.id, { wait: true }), { code: 'CHUNK_CORRUPT' });
  await db.client.query('update orders set amount = amount + 1');
  const second = await api.createBackup({ wait: true });
  await api.verifyBackup(second.id, { wait: true });
  assert.deepEqual(await damagedIds(system), [first.id]);
  const status = await api.status();
  assert.ok(status.initialized);
  assert.notEqual(status.health.state, 'damaged');
  assert.deepEqual(
    status.health.warnings.map(({ code }) => code),
    ['ONLY_IN_DATABASE', 'BACKUPS_DAMAGED'],
  );
  assert.match(status.health.warnings[1]!.message, /backup 1 cannot restore public\.orders/);
});

test('a download that meets a damage on its way has it noticed', async (t) => {
  const system = await testSystem(t, { sql: smallShop });
  const { api } = system;
  const { id } = await api.createBackup({ wait: true });
  const [chunk] = await chunksOf(system, id, 'orders');
  await damage(system, damages['a byte that flipped']!, chunk!);
  for (const format of ['sql', 'sql.zst'] as const) {
    const { stream } = await api.downloadBackup(id, format);
    await assert.rejects(new Response(stream).arrayBuffer());
    assert.ok((await damagedIds(system)).includes(id));
    await api.createBackup({ wait: true });
    assert.deepEqual(await damagedIds(system), []);
    await damage(system, damages['a byte that flipped']!, chunk!);
  }
});

test('a restore in place that meets a damage is rolled back, and has it noticed', async (t) => {
  const system = await testSystem(t, { sql: smallShop });
  const { api, db } = system;
  const { id } = await api.createBackup({ wait: true });
  const [chunk] = await chunksOf(system, id, 'orders');
  await db.client.query('update orders set amount = 0');
  await damage(system, damages['a byte that flipped']!, chunk!);
  await assert.rejects(api.restore({ backupId: id, restoreType: 'full', wait: true }), {
    code: 'CHUNK_CORRUPT',
  });
  assert.deepEqual((await db.client.query('select sum(amount)::int as sum from orders')).rows, [{ sum: 0 }]);
  assert.deepEqual(await damagedIds(system), [id]);
});

test('a manifest that was changed is noticed, and cannot be restored', async (t) => {
  const system = await testSystem(t, { sql: smallShop });
  const { api, db } = system;
  const { id } = await api.createBackup({ wait: true });
  await db.client.query(`update system_backups set backup_data = jsonb_set(backup_data, '{header}', '"{}"')`);
  for (const call of [
    () => api.verifyBackup(id, { wait: true }),
    () => api.restore({ backupId: id, restoreType: 'full', wait: true }),
    () => api.downloadBackup(id),
  ]) {
    await assert.rejects(call(), { code: 'MANIFEST_INVALID', message: /not what was written/ });
  }
  assert.deepEqual(await damagedIds(system), [id]);
  // No backup can bring it back.
  const next = await api.createBackup({ wait: true });
  assert.deepEqual(await damagedIds(system), [id]);
  await api.verifyBackup(next.id, { wait: true });
});

test('init makes lost tables again, and says which backups have lost their data', async (t) => {
  const system = await testSystem(t, { sql: smallShop });
  const { api, db, call } = system;
  await api.createBackup({ wait: true });
  await api.createBackup({ wait: true });
  await db.client.query('drop table system_backup_chunks');
  assert.equal((await call('GET', '/api/admin/backup')).status, 503);
  const { body } = await call('POST', '/api/admin/init-backup-tables');
  assert.deepEqual([body.replaced, body.damagedBackups], [['system_backup_chunks'], [1, 2]]);
  assert.match(
    body.message,
    /created again, because it was missing: system_backup_chunks\. Backups 1, 2 have lost data/i,
  );
  assert.deepEqual(await damagedIds(system), [2, 1]);
  const { damage: lost } = await api.getBackup(1);
  assert.equal(lost?.code, 'CHUNK_MISSING');
  // The description of its tables is gone too.
  assert.deepEqual(lost?.tables, []);
  const again = await call('POST', '/api/admin/init-backup-tables');
  assert.deepEqual([again.body.replaced, again.body.damagedBackups], [[], []]);
  await api.createBackup({ wait: true });
  assert.deepEqual(await damagedIds(system), []);
  assert.deepEqual(await restored(system, 1), whole);
});

test('a cleanup notices chunks that went without a word', async (t) => {
  const system = await testSystem(t, { sql: smallShop });
  const { api, db } = system;
  const { id } = await api.createBackup({ wait: true });
  await db.client.query('delete from system_backup_chunks');
  const { errors, cleanupPending } = await api.cleanUp({ wait: true });
  assert.deepEqual(await damagedIds(system), [id]);
  assert.equal(cleanupPending, true);
  assert.match(
    (errors[0] as ErrorBody).message,
    /^Nothing was freed, because it is unknown what backup .* needs/,
  );
});

test('a cleanup frees nothing while it is unknown what a backup needs, and all that is unneeded once that is deleted', async (t) => {
  const system = await testSystem(t, { sql: smallShop });
  const { api, db } = system;
  const count = async (): Promise<number> =>
    (await db.client.query('select count(*)::int as n from system_backup_chunks')).rows[0].n;
  const first = await api.createBackup({ wait: true });
  await db.client.query('update orders set amount = 1');
  const { id } = await api.createBackup({ wait: true });
  const { rows } = await db.client.query('select backup_data as document from system_backups where id = $1', [
    id,
  ]);
  // What lists its chunks, and what of the manifest names them.
  const [{ document }] = rows;
  const pieces = [...JSON.parse(document.header).inventory, ...JSON.parse(document.root).parts];
  await db.client.query(`delete from system_backup_chunks where encode(id, 'hex') = any($1)`, [
    pieces.map((piece) => piece.id),
  ]);
  const before = await count();
  await api.deleteBackup(first.id);
  assert.equal(await count(), before);
  await api.deleteBackup(id);
  assert.equal(await count(), 0);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RestoreDetail, RestoreOutlook } from '../../src/api/contract.ts';
import { assertSameState, databaseState } from '../support/compare.ts';
import { testSystem } from './system.ts';

const base = '/api/admin';
const except = ['public.system_backups'];
const own = [/^table public\.(system_|backup_)/, /^sequence public\.(system_|backup_)/];

async function state(target: Parameters<typeof databaseState>[0]): ReturnType<typeof databaseState> {
  const found = await databaseState(target, { except });
  for (const name of found.contents.keys())
    if (own.some((each) => each.test(name))) found.contents.delete(name);
  return found;
}

test('a restore into tables of today over HTTP: refused, planned, done, undone', async (t) => {
  const { api, call, db } = await testSystem(t, {
    sql: `create table orders (id int primary key, total numeric(10,2) not null, note text);
      insert into orders select i, i * 1.5, 'n' || i from generate_series(1, 40) i`,
  });
  const { id } = await api.createBackup({ wait: true });
  await db.client.query(`
    alter table orders rename total to amount; alter table orders alter amount type numeric(12,3);
    alter table orders drop note; alter table orders add currency text; update orders set currency = 'EUR';
    alter table orders alter currency set not null`);
  const migrated = await state(db.target);
  await db.client.query(`delete from orders where id > 10; update orders set amount = 0`);
  const lost = await state(db.target);
  const body = { backupId: id, restoreType: 'partial', tables: ['orders'], onDrift: 'adapt' };

  const plain = await call('POST', `${base}/restore?wait=true`, { body: { ...body, onDrift: undefined } });
  assert.deepEqual([plain.status, plain.body.code], [409, 'SCHEMA_DRIFT']);
  const unanswered = await call('POST', `${base}/restore?wait=true`, { body });
  assert.deepEqual([unanswered.status, unanswered.body.code], [409, 'SCHEMA_DRIFT']);
  assert.match(unanswered.body.message, /renames \(--rename\).*; public\.orders: column "currency" is new/);
  assertSameState(await state(db.target), lost);

  const answers = {
    renames: { orders: { total: 'amount' } },
    dropColumns: { orders: ['note'] },
    fill: { orders: { currency: 'EUR' } },
  };
  const dry = await call('POST', `${base}/restore?dryRun=true&sql=true`, { body: { ...body, ...answers } });
  const { adapted, refusals, statements } = dry.body.plan as RestoreOutlook;
  assert.deepEqual(refusals, []);
  assert.deepEqual(adapted, [
    {
      table: 'public.orders',
      changes: [
        'column "total" (numeric(10,2)) goes into "amount" (numeric(12,3))',
        'column "note" of the backup is left out, as asked',
        'column "currency" is new: each row gets "EUR"',
      ],
    },
  ]);
  assert.ok(
    statements!.includes('copy "public"."orders" ("id", "amount", "currency") from stdin; -- 40 rows'),
    statements!.join('\n'),
  );

  const done = await call('POST', `${base}/restore?wait=true`, { body: { ...body, ...answers } });
  assert.equal(done.status, 201, JSON.stringify(done.body));
  assertSameState(await state(db.target), migrated);
  const { restore } = (await call('GET', `${base}/restore/${done.body.restore.id}`)).body as {
    restore: RestoreDetail;
  };
  assert.deepEqual(restore.report?.adapted, adapted);
  assert.deepEqual(
    [restore.onDrift, restore.renames, restore.fill, restore.dropColumns],
    ['adapt', answers.renames, answers.fill, answers.dropColumns],
  );

  const undone = await api.restore({
    backupId: restore.safetyBackupId!,
    restoreType: 'partial',
    tables: ['orders'],
    wait: true,
  });
  assert.equal(undone.status, 'completed');
  assertSameState(await state(db.target), lost);
});

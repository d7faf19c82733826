import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RestoreDetail, RestoreOutlook, RestoreSummary } from '../../src/api/contract.ts';
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

test('tables are brought back as they were over HTTP: refused, planned, done, undone, and undone again', async (t) => {
  const { api, call, db } = await testSystem(t, {
    sql: `create table orders (id int primary key, total numeric(10,2) not null, note text);
      create table _prisma_migrations (id text, checksum text, migration_name text, applied_steps_count int);
      create table parts (id int, day int) partition by range (id);
      create table parts_1 partition of parts for values from (0) to (10);
      insert into parts values (1, 1);
      create function twice(int) returns int immutable language sql as $$ select $1 * 2 $$;
      create view totals as select sum(total) as total from orders;
      insert into orders select i, i * 1.5, 'n' || i from generate_series(1, 40) i`,
  });
  const { id } = await api.createBackup({ wait: true });
  const before = await state(db.target);
  await db.client.query(`
    drop view totals; alter table orders drop total; alter table orders add currency text;
    update orders set currency = 'EUR' where id < 4; create view currencies as select currency from orders;
    create index orders_currency on orders (currency);
    create table parts_2 partition of parts for values from (10) to (20); insert into parts values (11, 2), (12, 2);
    create or replace function twice(int) returns int immutable language sql as $$ select $1 * 3 $$;
    delete from orders where id > 30; insert into _prisma_migrations values ('x')`);
  const migrated = await state(db.target);
  const body = { backupId: id, restoreType: 'full', onDrift: 'replace' };

  const plain = await call('POST', `${base}/restore?wait=true`, { body });
  assert.deepEqual([plain.status, plain.body.code], [409, 'NEW_WOULD_BE_LOST'], JSON.stringify(plain.body));
  assert.match(plain.body.message, /VIEW public\.currencies; .*COLUMN public\.orders\.currency \(3 rows\)/);
  assertSameState(await state(db.target), migrated);

  const dry = await call('POST', `${base}/restore?dryRun=true&sql=true`, {
    body: { ...body, dropNew: true },
  });
  const plan = dry.body.plan as RestoreOutlook;
  assert.deepEqual(plan.refusals, []);
  assert.deepEqual(
    plan.lost?.toSorted((one, other) => (one.what < other.what ? -1 : 1)),
    [
      { what: 'COLUMN public.orders.currency', rowsNow: 3 },
      { what: 'INDEX public.orders_currency', rowsNow: null },
      { what: 'TABLE public.parts_2', rowsNow: 2 },
      { what: 'VIEW public.currencies', rowsNow: null },
    ],
  );
  assert.deepEqual(
    plan.replaced?.map(({ what }) => what),
    ['FUNCTION public.twice(integer)', 'TABLE public.orders'],
  );
  assert.ok(
    plan.warnings.some((text) => /_prisma_migrations is where Prisma notes/.test(text)),
    plan.warnings.join(),
  );
  assert.ok(plan.steps.some(({ does, what }) => does === 'drop' && what.includes('TABLE public.orders')));
  assert.ok(plan.statements?.some((sql) => sql === 'DROP TABLE public.orders;'));

  const done = await call('POST', `${base}/restore?wait=true`, { body: { ...body, dropNew: true } });
  assert.equal(done.status, 201, JSON.stringify(done.body));
  const restored = done.body.restore as RestoreSummary;
  assert.equal(restored.dropNew, true);
  assertSameState(await state(db.target), before);
  const { report } = (await api.getRestore(restored.id)) as RestoreDetail;
  assert.deepEqual(
    report?.replaced,
    plan.replaced?.map(({ what }) => what),
  );

  const undone = await api.undoRestore(restored.id, { wait: true });
  assertSameState(await state(db.target), migrated);
  // And what the undo has undone.
  await api.undoRestore(undone.id, { wait: true });
  assertSameState(await state(db.target), before);
});

test('what cannot go together is refused before anything is asked of the database', async (t) => {
  const { call } = await testSystem(t);
  const bodies = {
    dropNew: { dropNew: true },
    onDrift: { onDrift: 'replace', target: { mode: 'new-database', database: 'x' } },
    owners: { onDrift: 'replace', owners: false },
  };
  for (const [field, body] of Object.entries(bodies)) {
    const answer = await call('POST', `${base}/restore?dryRun=true`, { body: { backupId: 1, ...body } });
    assert.equal(answer.body.code, 'INVALID_REQUEST');
    assert.match(JSON.stringify(answer.body), new RegExp(field));
  }
});

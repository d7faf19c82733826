import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../support/until.ts';
import { testSystem } from './system.ts';

const shop = `
  create table customers (id int primary key);
  create table orders (id int primary key, customer int references customers, note text);
  create table untouched (id int primary key);
  create materialized view totals as select customer, count(*) from orders group by 1;
  insert into customers select generate_series(1, 100);
  insert into orders select i, 1 + i % 100, repeat('x', 100) from generate_series(1, 15000) i;
  refresh materialized view totals`;

test('a plan says what is locked, and for how long once a restore has shown it', async (t) => {
  const { api, db } = await testSystem(t, { sql: shop });
  const backup = await api.createBackup({ wait: true });
  const request = { backupId: backup.id, restoreType: 'partial' as const, tables: ['orders'] };
  const first = await api.planRestore(request);
  assert.deepEqual(first.locks.toSorted(), ['public.customers', 'public.orders', 'public.totals']);
  assert.ok(first.rawBytes > 1_000_000);
  assert.equal(first.lockedMs, null);
  assert.equal(first.measuredRestores, 0);

  // What it said it would lock is what the restore has locked when it comes to the last of it.
  const { client: reader } = await db.adopt(db.name);
  await reader.query('begin; select from totals limit 1');
  const restore = await api.restore({ ...request, safetyBackup: false });
  const locked = async (): Promise<{ names: string[]; waits: boolean }> => {
    const { rows } = await db.client.query<{ name: string; waits: boolean }>(
      `select distinct n.nspname || '.' || c.relname as name, not l.granted as waits
         from pg_locks l join pg_class c on c.oid = l.relation join pg_namespace n on n.oid = c.relnamespace
        where l.mode = 'AccessExclusiveLock' and n.nspname = 'public' and c.relkind in ('r', 'm')
          and l.database = (select oid from pg_database where datname = current_database())`,
    );
    return { names: rows.map(({ name }) => name).toSorted(), waits: rows.some(({ waits }) => waits) };
  };
  await until(async () => (await locked()).waits);
  assert.deepEqual((await locked()).names, first.locks.toSorted());
  await reader.query('rollback');
  assert.equal((await api.waitForRestore(restore.id)).status, 'completed');

  const second = await api.planRestore(request);
  const { report } = await api.getRestore(restore.id);
  const { schema: _, ...held } = report!.phaseMs;
  const took = Object.values(held).reduce((sum, ms) => sum + ms, 0);
  assert.equal(second.measuredRestores, 1);
  assert.equal(second.lockedMs, Math.ceil(second.rawBytes / (report!.rawBytes / took)));

  // Nothing live is locked for a new database, and a small restore tells nothing of a large one.
  const beside = await api.planRestore({
    ...request,
    target: { mode: 'new-database', database: db.freeName() },
  });
  assert.deepEqual([beside.locks, beside.lockedMs], [[], null]);
  await api.restore({ ...request, tables: ['untouched'], wait: true });
  assert.equal((await api.planRestore(request)).measuredRestores, 1);
});

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { smallShop, testSystem, type TestSystem } from '../api/system.ts';
import { until } from '../support/until.ts';

const base = '/api/admin';

/** Starts a backup in a process of its own, which waits for a lock that the test holds. */
async function backupElsewhere(t: TestContext, { db }: TestSystem) {
  await db.client.query('begin; lock table orders in access exclusive mode');
  const script = path.join(import.meta.dirname, 'blocked-backup.ts');
  const child = spawn(process.execPath, [script, db.connectionString], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  return { child, id: Number(String(line)) };
}

test('a run whose process was killed is marked as interrupted, and the next run goes ahead', async (t) => {
  const setup = await testSystem(t, { sql: smallShop });
  const { api, call, db } = setup;
  const { child, id } = await backupElsewhere(t, setup);
  // While it is alive nobody marks it.
  assert.equal((await api.getBackup(id)).status, 'running');
  const next = await call('POST', `${base}/backup`);
  assert.equal(next.body.backup.status, 'queued');
  child.kill('SIGKILL');
  await once(child, 'exit');
  await until(async () => (await api.getBackup(id)).status !== 'running');
  const ended = await api.getBackup(id);
  assert.equal(ended.status, 'interrupted');
  assert.equal(ended.error?.code, 'INTERRUPTED');
  assert.ok(ended.finishedAt);
  await db.client.query('rollback');
  assert.equal((await api.waitForBackup(next.body.backup.id)).status, 'completed');
  assert.equal(((await api.status()) as { running: unknown }).running, null);
});

test('a new run and start() mark what a killed process left, too', async (t) => {
  const setup = await testSystem(t, { sql: smallShop });
  const { db, another } = setup;
  for (const look of [
    (system: ReturnType<typeof another>) => system.api.createBackup({ wait: true }),
    (system: ReturnType<typeof another>) => system.start(),
    (system: ReturnType<typeof another>) => system.api.status(),
  ]) {
    const { child, id } = await backupElsewhere(t, setup);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await db.client.query('rollback');
    await until(async () => {
      const { rows } = await db.client.query(
        `select count(*)::int from pg_stat_activity where application_name = 'holdfast lock' and datname = current_database()`,
      );
      return rows[0].count === 0;
    });
    const system = another();
    await look(system);
    const { rows } = await db.client.query('select status from system_backups where id = $1', [id]);
    assert.equal(rows[0].status, 'interrupted');
    // One that listens would see the next one first.
    await system.stop();
  }
});

test('waiting for a run of another process follows it to its end', async (t) => {
  const setup = await testSystem(t, { sql: smallShop });
  const { api, db } = setup;
  const completed = await backupElsewhere(t, setup);
  const waiting = api.waitForBackup(completed.id);
  await db.client.query('rollback');
  assert.equal((await waiting).status, 'completed');

  const killed = await backupElsewhere(t, setup);
  const doomed = api.waitForBackup(killed.id);
  killed.child.kill('SIGKILL');
  await assert.rejects(doomed, { code: 'INTERRUPTED' });
  await db.client.query('rollback');
});

test('a run of another process can be cancelled', async (t) => {
  const setup = await testSystem(t, { sql: smallShop });
  const { api, db } = setup;
  const { id } = await backupElsewhere(t, setup);
  assert.equal((await api.cancelBackup(id)).status, 'running');
  await assert.rejects(api.waitForBackup(id), { code: 'CANCELLED' });
  assert.equal((await api.getBackup(id)).status, 'cancelled');
  await db.client.query('rollback');
  await api.createBackup({ wait: true });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openClient } from '../../src/postgres/connection.ts';
import { openClient as openApplication } from '../support/connect.ts';
import { holdfast } from '../cli/holdfast.ts';
import { smallShop, testSystem } from '../api/system.ts';
import { until } from '../support/until.ts';
import { startPgBouncer, withoutPgBouncer } from '../support/pgbouncer.ts';

/** What two applications behind the pooler can see of settings that are not theirs. */
const searchPath = async (url: string): Promise<string> => {
  const client = await openApplication({ connectionString: url });
  try {
    return (await client.query<{ search_path: string }>('show search_path')).rows[0]!.search_path;
  } finally {
    await client.end();
  }
};

for (const mode of ['transaction', 'statement'] as const) {
  test(
    `PgBouncer in ${mode} mode is refused before anything is done, with what to do`,
    { skip: withoutPgBouncer },
    async (t) => {
      const { db, another } = await testSystem(t, { sql: smallShop, initialize: false });
      const pooler = await startPgBouncer(t, db.server, { mode });
      const url = pooler.url(db.name);
      const { api } = another({ database: url });
      for (const call of [
        () => api.init(),
        () => api.status(),
        () => api.createBackup(),
        () => api.listBackups(),
      ]) {
        await assert.rejects(call(), { code: 'POOLER_NOT_SUPPORTED', hint: /HOLDFAST_DIRECT_URL/ });
      }
      // Nothing of ours has reached the connections that the application shares with us.
      assert.match(await searchPath(url), /public/);
      const { rows } = await db.client.query(`select to_regclass('system_backups') as found`);
      assert.equal(rows[0].found, null);

      const doctor = await holdfast(['doctor', '--json'], { url });
      assert.notEqual(doctor.code, 0);
      assert.match(doctor.stdout, /POOLER_NOT_SUPPORTED/);
      assert.match(doctor.stdout, /HOLDFAST_DIRECT_URL/);

      const direct = another({ database: url, directDatabase: db.connectionString });
      await direct.api.init();
      assert.equal((await direct.api.createBackup({ wait: true })).status, 'completed');
      const env = { HOLDFAST_DIRECT_URL: db.connectionString };
      const listed = await holdfast(['list', '--json'], { url, env });
      assert.equal(listed.json<{ total: number }>().total, 1, listed.stderr);
      // What is named on the command line is meant, whatever the environment says.
      assert.notEqual((await holdfast(['list', '--database-url', url], { env })).code, 0);
    },
  );
}

test('behind PgBouncer in session mode everything works', { skip: withoutPgBouncer }, async (t) => {
  const { db, another } = await testSystem(t, { sql: smallShop, initialize: false });
  const pooler = await startPgBouncer(t, db.server, { mode: 'session' });
  const url = pooler.url(db.name);
  const system = another({ database: url });
  const { api } = system;
  await api.init();
  const { id } = await api.createBackup({ wait: true });
  await db.client.query('delete from orders where id > 10');
  assert.equal((await api.restore({ backupId: id, wait: true })).status, 'completed');
  const count = await db.client.query('select count(*)::int as n from orders');
  assert.equal(count.rows[0].n, 500);
  const database = db.freeName();
  const target = { mode: 'new-database' as const, database };
  assert.equal((await api.restore({ backupId: id, target, wait: true })).status, 'completed');
  assert.equal((await api.verifyBackup(id, { wait: true })).status, 'completed');

  // Cancelling asks the server about its own process, not about the number that the pooler gave.
  await db.client.query('begin; lock table orders in access exclusive mode');
  const waiting = await api.createBackup();
  await until(async () => {
    await db.client.query('select pg_stat_clear_snapshot()');
    const { rows } = await db.client.query(
      `select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()
         and application_name like 'holdfast backup%'`,
    );
    return rows.length > 0;
  });
  await api.cancelBackup(waiting.id);
  await assert.rejects(api.waitForBackup(waiting.id), { code: 'CANCELLED' });
  await db.client.query('rollback');
  assert.equal((await holdfast(['doctor'], { url })).code, 0);
  await system.stop();
  // What the pooler keeps for the next one has nothing of ours.
  assert.match(await searchPath(url), /public/);
  const locks = await db.client.query(
    `select from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`,
  );
  assert.equal(locks.rowCount, 0);
});

const unsteady: Record<string, string> = {
  'takes its server connections in turn': 'server_round_robin = 1\nmin_pool_size = 2',
  'has one server connection': 'default_pool_size = 1',
  'has many server connections': 'min_pool_size = 5',
};
for (const [what, settings] of Object.entries(unsteady)) {
  test(
    `a pooler that shares connections is found out when it ${what}`,
    { skip: withoutPgBouncer },
    async (t) => {
      const { db } = await testSystem(t, { initialize: false });
      const pooler = await startPgBouncer(t, db.server, { mode: 'transaction', settings });
      const connectionString = pooler.url(db.name);
      // So that there is more than one server connection.
      const others = await Promise.all(
        Array.from({ length: 5 }, () => openApplication({ connectionString: connectionString })),
      );
      const busy = Promise.all(others.map((client) => client.query('select pg_sleep(0.3)')));
      if (!settings.includes('default_pool_size = 1')) await busy;
      await assert.rejects(openClient({ connectionString }), { code: 'POOLER_NOT_SUPPORTED' });
      await busy;
      await Promise.all(others.map((client) => client.end()));
    },
  );
}

test(
  'a pooler that is started again in another mode is looked at again',
  { skip: withoutPgBouncer },
  async (t) => {
    const { db, another } = await testSystem(t, { sql: smallShop });
    const pooler = await startPgBouncer(t, db.server, { mode: 'session' });
    const { api } = another({ database: pooler.url(db.name) });
    assert.equal((await api.createBackup({ wait: true })).status, 'completed');
    await pooler.restart('transaction');
    const outcomes = new Set<string>();
    await until(async () => {
      const outcome = await api.createBackup({ wait: true }).then(
        () => 'completed',
        (error: { code: string }) => error.code,
      );
      outcomes.add(outcome);
      return outcome === 'POOLER_NOT_SUPPORTED';
    });
    // Before it there may be one that found its connection broken.
    assert.ok(!outcomes.has('completed'));
  },
);

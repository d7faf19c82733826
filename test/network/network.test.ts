import { oneInTurn } from '../support/servers.ts';
import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import path from 'node:path';
import { testSystem, token, type TestSystem } from '../api/system.ts';
import { launch, temporaryFolder, type Outcome, type Running } from '../cli/holdfast.ts';
import type { BackupSystem } from '../../src/index.ts';
import { startProxy, type Fault, type Proxy } from '../support/proxy.ts';
import { until } from '../support/until.ts';

/*
 * Whatever the network does, a run ends in time and says so, nothing of it is left on the server, and the next one works.
 * HOLDFAST_NETWORK=full goes through every fault at every phase.
 */

const full = process.env['HOLDFAST_NETWORK'] === 'full';
const silenceTimeoutMs = 2_000;
/** A run that hears nothing: the silence, two looks at the server, and what a loaded machine adds. */
const endsWithinMs = 50_000;

const shop = `
  create table customers (id int primary key, name text not null);
  create table orders (id int primary key, customer_id int references customers, note text);
  create index on orders (note);
  insert into customers select n, 'customer ' || n from generate_series(1, 100) n;
  insert into orders select n, 1 + n % 100, (select string_agg(md5((n * j)::text), '') from generate_series(1, 6) j)
    from generate_series(1, 10000) n;
`;
const rows = 10_000;

interface Scene extends TestSystem {
  proxy: Proxy;
  /** Behind the proxy. */
  remote: BackupSystem;
  backupId: number;
}

async function scene(t: TestContext, options: Parameters<typeof startProxy>[2] = {}): Promise<Scene> {
  const setup = await testSystem(t, { sql: shop });
  const { id } = await setup.api.createBackup({ wait: true });
  const proxy = await startProxy(t, setup.db.server, options);
  const remote = setup.another({ database: proxy.url(setup.db.name), silenceTimeoutMs });
  return { ...setup, proxy, remote, backupId: id };
}

interface Work {
  run(scene: Scene): Promise<unknown>;
  /** What a client sends when it comes to this phase. */
  phases: Record<string, string>;
}

const works: Record<string, Work> = {
  backup: {
    run: ({ remote }) => remote.api.createBackup({ wait: true }),
    phases: {
      snapshot: 'pg_export_snapshot',
      locks: 'lock table only',
      rows: 'to stdout',
      definitions: 'pg_get_',
      store: 'system_backup_chunks as c',
      manifest: 'set backup_data',
      end: `set status = 'completed'`,
    },
  },
  'restore in place': {
    run: ({ remote, backupId }) => remote.api.restore({ backupId, safetyBackup: false, wait: true }),
    phases: {
      plan: 'pg_constraint',
      locks: 'in access exclusive mode',
      truncate: 'truncate table',
      rows: 'FROM STDIN',
      chunks: 'octet_length(text)',
      constraints: 'set constraints all immediate',
      end: `set status = 'completed'`,
    },
  },
  'restore into a new database': {
    run: ({ remote, backupId, db }) =>
      remote.api.restore({
        backupId,
        target: { mode: 'new-database', database: db.freeName() },
        wait: true,
      }),
    phases: {
      create: 'create database',
      rows: 'FROM STDIN',
      indexes: 'CREATE INDEX',
      end: 'rename to',
    },
  },
  download: {
    run: async ({ remote, backupId }) => {
      const { stream } = await remote.api.downloadBackup(backupId, 'sql');
      for await (const _piece of stream);
    },
    phases: {
      lock: 'pg_try_advisory_lock_shared',
      manifest: 'select backup_data',
      chunks: 'octet_length(text)',
    },
  },
  cleanup: {
    run: ({ remote }) => remote.api.cleanUp({ wait: true }),
    phases: {
      epoch: 'set epoch = epoch + 1',
      chunks: 'stored_bytes as "storedBytes"',
      end: `set status = 'completed'`,
    },
  },
};

const faults: Fault[] = ['stall', 'half-open', 'deaf', 'reset'];
/** Without HOLDFAST_NETWORK=full: those that each show something of their own. */
const small = new Set([
  'backup/rows/stall',
  'backup/rows/half-open',
  'backup/definitions/deaf',
  'backup/store/stall',
  'restore in place/rows/stall',
  'restore in place/locks/deaf',
  'restore in place/end/half-open',
  'restore into a new database/rows/stall',
  'download/chunks/stall',
  'cleanup/chunks/half-open',
]);

/** What may be told of a run whose network broke; and a download or an order may end in the failure of a statement. */
const codes =
  /^(CONNECTION_STALLED|DATABASE_UNREACHABLE|INTERRUPTED|STORE_FAILED|RESTORE_UNCERTAIN|RESTORE_FAILED)$/;

async function left({ db }: Scene): Promise<string[]> {
  const { rows: found } = await db.client.query<{ what: string }>(
    `select 'connection of a run: ' || application_name || ', ' || state as what from pg_stat_activity
      where (datname = current_database() or datname like 'holdfast\\_unfinished\\_%' || left(current_database(), 15) || '%')
        and application_name like 'holdfast%'
        and application_name not in ('holdfast catalog', 'holdfast store', 'holdfast listen')
     union all
     select 'advisory lock of ' || application_name from pg_locks l join pg_stat_activity a using (pid)
      where l.locktype = 'advisory' and l.database = (select oid from pg_database where datname = current_database())
     union all
     select 'transaction of ' || application_name || ': ' || query from pg_stat_activity
      where datname = current_database() and state like 'idle in transaction%'`,
  );
  return found.map((row) => row.what);
}

async function nothingLeft(here: Scene): Promise<void> {
  await until(async () => (await left(here)).length === 0, 90_000).catch(async () => {
    assert.deepEqual(await left(here), []);
  });
}

/** Ends a process by a signal while nothing gets through to its database. */
async function endedBy(
  signal: NodeJS.Signals,
  running: Running,
): Promise<{ outcome: Outcome; tookMs: number }> {
  const started = Date.now();
  running.child.kill(signal);
  const outcome = await running.ended;
  return { outcome, tookMs: Date.now() - started };
}

/** Five seconds, and what a loaded machine adds. Without a bound of its own it would take a minute and more. */
const leavesWithinMs = 20_000;

// By themselves: what delays the proxy in this process would look like a slower network.
for (const [what, options] of oneInTurn([
  ['200 ms of delay', { delayMs: 200 }],
  ['50 KB a second', { bytesPerSecond: 50_000 }],
] as const)) {
  test(`a slow network is no fault: ${what}`, { timeout: 600_000 }, async (t) => {
    const here = await scene(t, options);
    // Half of it, or it would take as long as the whole of the other tests.
    await here.db.client.query('delete from orders where id > 2000');
    const taken = (await here.remote.api.createBackup({ wait: true })) as { id: number; status: string };
    assert.equal(taken.status, 'completed');
    await here.db.client.query('delete from orders where id > 10');
    const restored = await here.remote.api.restore({ backupId: taken.id, safetyBackup: false, wait: true });
    assert.equal(restored.status, 'completed');
    const count = await here.db.client.query('select count(*)::int as n from orders');
    assert.equal(count.rows[0].n, 2000);
  });
}

// Most of their time is waiting.
describe('whatever the network does', { concurrency: 4 }, () => {
  for (const [what, { run, phases }] of Object.entries(works)) {
    for (const [phase, text] of Object.entries(phases)) {
      for (const fault of faults) {
        if (!full && !small.has(`${what}/${phase}/${fault}`)) continue;
        test(`${what}, ${phase}: ${fault}`, { timeout: 300_000 }, async (t) => {
          const here = await scene(t);
          const { proxy, db, api, another, backupId } = here;
          await db.client.query('delete from orders where id > 10');
          proxy.breakAt(text, fault);
          // A run that has ended waits a minute for the database to be able to write that down.
          const healing = setTimeout(() => proxy.heal(), 15_000);
          const started = Date.now();
          const outcome = await run(here).then(
            () => undefined,
            (error: { code: string; message: string }) => error,
          );
          const took = Date.now() - started;
          clearTimeout(healing);
          assert.ok(proxy.broken, `no client sent "${text}"`);
          proxy.heal();
          assert.ok(took < endsWithinMs, `it took ${took} ms`);
          // What was lost may have been an answer nobody depends on.
          if (outcome) assert.match(outcome.code, codes, outcome.message);
          t.diagnostic(
            `${outcome ? `${outcome.code}: ${outcome.message}` : 'it worked all the same'} (${took} ms)`,
          );
          await nothingLeft(here);
          const count = await db.client.query('select count(*)::int as n from orders');
          const restored = what === 'restore in place' && count.rows[0].n === rows;
          if (!restored) assert.equal(count.rows[0].n, 10);
          // The row of a restore and what it did say the same.
          await api.status();
          if (what === 'restore in place') {
            const [newest] = (await api.listRestores()).restores;
            if (newest) assert.equal(newest.status === 'completed', restored, newest.status);
          }
          const next = another();
          // A database that was only being created when the network broke is dropped later.
          await next.api.cleanUp({ wait: true });
          assert.equal((await next.api.createBackup({ wait: true })).status, 'completed');
          const again = await next.api.restore({ backupId, wait: true });
          assert.equal(again.status, 'completed');
          const whole = await db.client.query('select count(*)::int as n from orders');
          assert.equal(whole.rows[0].n, rows);
        });
      }
    }
  }

  test('silence is no death while the server works, or waits for a lock', async (t) => {
    const here = await scene(t);
    const { db, remote } = here;
    await db.client.query(`
    create function slow(n int) returns int immutable language plpgsql as $$ begin
      if n = 1 and current_setting('application_name') like 'holdfast restore%' then perform pg_sleep(8); end if;
      return n; end $$;
    create index on customers (slow(id))`);
    // Both wait for several times as long as silence is borne.
    await db.client.query('begin; lock table orders in access exclusive mode');
    const { id } = await remote.api.createBackup();
    await new Promise((resolve) => setTimeout(resolve, 8_000));
    await db.client.query('rollback');
    assert.equal((await remote.api.waitForBackup(id)).status, 'completed');
    const restored = await remote.api.restore({ backupId: id, safetyBackup: false, wait: true });
    assert.equal(restored.status, 'completed');
  });

  test('Ctrl-C, and a terminal that goes away, end a command although the network is gone, and it says so', async (t) => {
    const here = await scene(t);
    const { proxy, db, backupId } = here;
    const commands: [NodeJS.Signals, string[], string][] = [
      ['SIGINT', ['backup'], 'to stdout'],
      ['SIGHUP', ['restore', String(backupId), '--yes', '--no-safety-backup'], 'from stdin'],
      [
        'SIGTERM',
        ['download', String(backupId), '-o', path.join(await temporaryFolder(t), 'x.sql')],
        'octet_length(text)',
      ],
    ];
    for (const [signal, args, text] of commands) {
      proxy.breakAt(text, 'stall');
      const running = launch(args, { url: proxy.url(db.name) });
      await until(async () => proxy.broken);
      const { outcome, tookMs } = await endedBy(signal, running);
      assert.equal(outcome.code, 130, outcome.stderr);
      assert.match(outcome.stderr, /The database does not answer/);
      assert.ok(tookMs < leavesWithinMs, `${args[0]} took ${tookMs} ms`);
      t.diagnostic(`${args[0]}, ${signal}: ${tookMs} ms`);
      proxy.heal();
      proxy.drop();
    }
    await nothingLeft(here);
    assert.equal((await here.api.createBackup({ wait: true })).status, 'completed');
  });

  for (const [command, signal] of [
    ['serve', 'SIGTERM'],
    ['worker', 'SIGHUP'],
  ] as const) {
    test(`${command} ends by ${signal} although the network is gone`, async (t) => {
      const here = await scene(t);
      const { proxy, db, another } = here;
      const args = command === 'serve' ? ['serve', '--port', '0'] : ['worker'];
      const running = launch(args, { url: proxy.url(db.name), env: { HOLDFAST_TOKEN: token } });
      await until(async () => /Serving|Working/.test(running.stdout()));
      proxy.breakAt('to stdout', 'stall');
      const { id } = await another({ worker: false }).api.createBackup();
      await until(async () => proxy.broken);
      const { outcome, tookMs } = await endedBy(signal, running);
      assert.match(outcome.stderr, /The database does not answer/);
      assert.ok(tookMs < leavesWithinMs, `it took ${tookMs} ms`);
      proxy.heal();
      proxy.drop();
      await nothingLeft(here);
      await here.api.status();
      assert.equal((await here.api.getBackup(id)).status, 'interrupted');
    });
  }
});

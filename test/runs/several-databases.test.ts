import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { createBackupSystem, silentLogger, type BackupSystem, type Options } from '../../src/index.ts';
import { testDatabase } from '../support/database.ts';
import { privateServer } from '../support/servers.ts';
import { openClient } from '../support/connect.ts';
import { until } from '../support/until.ts';
import { caller, token } from '../api/system.ts';

const count = 20;
const names = Array.from({ length: count }, (_, i) => `shop-${String(i + 1).padStart(2, '0')}`);

interface Fleet {
  system: BackupSystem;
  options: Options;
  /** On the server, in another database. */
  query: (sql: string, values?: unknown[]) => Promise<Record<string, unknown>[]>;
  /** The address of a database there. */
  address: (database: string) => string;
}

/** A server with twenty databases and one that has the catalogs of all. */
async function fleet(t: TestContext, more: Partial<Options> = {}): Promise<Fleet> {
  const server = await privateServer(t, { settings: { autovacuum: 'off', fsync: 'off' } });
  const client = await server.client('postgres');
  const { host, port, user, password } = server.server;
  const address = (database: string): string => `postgres://${user}:${password}@${host}:${port}/${database}`;
  await client.query('create database model');
  const model = await server.client('model');
  await model.query(`create table notes (id int primary key, body text);
    insert into notes select n, repeat(md5(n::text), 20) from generate_series(1, 2000) n`);
  await model.end();
  for (const name of names) await client.query(`create database "${name}" template model`);
  await client.query('drop database model');
  await client.query('create database control');
  const options: Options = {
    databases: Object.fromEntries(names.map((name) => [name, address(name)])),
    catalog: address('control'),
    auth: { token },
    logger: silentLogger,
    ...more,
  };
  const system = createBackupSystem(options);
  t.after(() => system.stop());
  let asked: Promise<unknown> = Promise.resolve();
  const query: Fleet['query'] = (sql, values) => {
    const answer = asked.then(async () => (await client.query(sql, values)).rows);
    asked = answer.catch(() => {});
    return answer;
  };
  return { system, options, query, address };
}

test('twenty databases, three processes, one killed: each backup once, bounded connections, one overview', async (t) => {
  const { system, options, query, address } = await fleet(t);
  const call = caller(system);
  for (const name of names) {
    const made = await call('POST', `/api/admin/init-backup-tables?database=${name}`);
    assert.equal(made.status, 200, made.text);
  }
  const control = await connectTo(t, address('control'));
  const schemas = names.map((name) => `holdfast_${name}`);

  // All are due at the same minute, which has begun.
  const minute = new Date().getUTCMinutes();
  for (const name of names) {
    const body = { enabled: true, frequency: 'cron', cron: `${minute} * * * *`, timezone: 'UTC' };
    const set = await call('POST', `/api/admin/backup/schedule?database=${name}`, { body });
    assert.equal(set.status, 200, set.text);
  }
  for (const schema of schemas) {
    await control.query(
      `update "${schema}".backup_schedule set handled_until = now() - interval '2 minutes'`,
    );
  }

  let most = 0;
  const watching = new AbortController();
  const watched = (async () => {
    while (!watching.signal.aborted) {
      const [row] = await query(
        `select count(*)::int as n from pg_stat_activity where application_name like 'holdfast%'`,
      );
      most = Math.max(most, row!['n'] as number);
      await pause(30);
    }
  })();
  const { auth: _, logger: __, ...plain } = options;
  const children = await Promise.all([1, 2, 3].map(() => begin(t, plain)));
  const states = async (): Promise<Record<string, string[]>> => {
    const { rows } = await control.query(
      schemas
        .map(
          (schema, i) =>
            `select ${i} as place, id, status from "${schema}".system_backups where trigger = 'schedule'`,
        )
        .join(' union all '),
    );
    const grouped = Map.groupBy(rows, ({ place }) => names[place as number]!);
    return Object.fromEntries(
      [...grouped].map(([name, found]) => [name, found.map(({ status }) => status as string)]),
    );
  };
  await until(async () =>
    Object.values(await states())
      .flat()
      .includes('running'),
  );
  children[0]!.kill('SIGKILL');
  await until(async () => {
    const all = Object.values(await states());
    return all.length === count && all.flat().every((status) => status === 'completed');
  }, 120_000);
  // One that looks again finds nothing more to do.
  await pause(500);
  const ended = await states();
  assert.deepEqual(
    Object.values(ended),
    names.map(() => ['completed']),
  );
  watching.abort();
  await watched;
  // A process: what listens, the catalogs' and the store's pool, and for each of four runs its lock, its readers and who leads them.
  const [jobs, runs] = [2, 4];
  const perProcess = 1 + (4 + runs) + runs * (jobs + 2) + runs * (1 + jobs + 2);
  assert.ok(most <= 3 * perProcess, `${most} connections`);
  t.diagnostic(`at most ${most} connections of 3 processes for ${count} databases`);

  const overview = await call('GET', '/api/admin/databases');
  assert.equal(overview.status, 200, overview.text);
  assert.deepEqual(
    overview.body.databases.map(
      ({ name, state, health }: { name: string; state: string; health: { state: string } }) => [
        name,
        state,
        health.state,
      ],
    ),
    names.map((name) => [name, 'ready', 'healthy']),
  );
  assert.deepEqual(overview.body.unprotected, []);
  await query('create database "Forgotten one"');
  const later = await call('GET', '/api/admin/databases');
  assert.deepEqual(
    later.body.unprotected.map(({ database }: { database: string }) => database),
    ['Forgotten one'],
  );
  const { text } = await call('GET', '/api/admin/metrics');
  assert.equal([...text.matchAll(/^holdfast_backups_completed\{database="shop-\d\d"\} 1$/gm)].length, count);
  assert.match(text, /^holdfast_databases_unprotected 1$/m);
  const { body: first } = await call('GET', '/api/admin/backup/status');
  assert.ok(first.health.warnings.some((each: { code: string }) => each.code === 'DATABASES_UNPROTECTED'));
  assert.equal((await call('GET', '/api/admin/backup/status?database=none')).body.code, 'DATABASE_NOT_FOUND');

  // Each has its own backups.
  const eighth = (await system.database(names[7]!)).api;
  const { backups } = await eighth.listBackups();
  assert.equal(backups.length, 1);
  const { body: same } = await call('GET', `/api/admin/backup?database=${names[7]}`);
  assert.deepEqual(same.backups, JSON.parse(JSON.stringify(backups)));
  for (const child of children.slice(1)) child.stdin.end();
  await Promise.all(children.slice(1).map(async (child) => child.exitCode ?? once(child, 'exit')));
});

test('a rule protects a database when it comes, as the first one is, and knows it when it is gone', async (t) => {
  const db = await testDatabase(t);
  const control = await db.createDatabase();
  const name = db.freeName();
  const options: Options = {
    database: db.connectionString,
    catalog: control.connectionString,
    enrol: { include: [`${name.slice(0, -2)}*`], exclude: 'test_*_none' },
    auth: { token },
    logger: silentLogger,
  };
  const begun = (more: Partial<Options> = {}): BackupSystem => {
    const system = createBackupSystem({ ...options, ...more });
    t.after(() => system.stop());
    return system;
  };
  const { api } = begun();
  await api.init();
  await api.updateSchedule({ enabled: true, frequency: 'daily', time: '03:30', retentionDays: 9 });
  await api.createChannel({ name: 'on-call', kind: 'webhook', url: 'https://example.com/hook' });

  await db.client.query(`create database ${name}`);
  const added = await db.adopt(name);
  await added.client.query('create table notes (id int primary key); insert into notes values (1), (2)');
  // Two processes that find it at the same moment.
  const systems = [begun(), begun()];
  await Promise.all(systems.map((system) => system.start()));
  const found = await until(async () => {
    const { databases } = await api.listDatabases();
    return databases.find((each) => each.name === name && each.state === 'ready');
  });
  assert.deepEqual([found.enrolled, found.database], [true, name]);
  const enrolled = (await systems[0]!.database(name)).api;
  const schedule = await until(async () => {
    const read = await enrolled.getSchedule();
    return read.enabled && read;
  });
  assert.deepEqual([schedule.time, schedule.retentionDays], ['03:30', 9]);
  assert.deepEqual(
    (await enrolled.listChannels()).map((channel) => channel.name),
    ['on-call'],
  );
  const backup = await enrolled.createBackup({ wait: true });
  assert.equal(backup.status, 'completed');
  assert.equal((await api.listBackups()).total, 0);
  await Promise.all(systems.map((system) => system.stop()));

  // Dropped, its backups are still seen, and come back.
  await added.client.end();
  await db.client.query(`drop database ${name}`);
  const after = begun();
  const gone = (await after.database(name)).api;
  const status = await gone.status();
  assert.ok(status.initialized);
  assert.ok(status.health.warnings.some(({ code }) => code === 'DATABASE_UNREACHABLE'));
  const dropped = (await after.api.listDatabases()).databases.find((each) => each.name === name);
  assert.match(dropped?.problem ?? '', /has no database/);
  const targetUrl = db.connectionString.replace(/[^/]+$/, name);
  const restored = await gone.restore({ backupId: backup.id, targetUrl, wait: true });
  assert.equal(restored.status, 'completed');
  const again = await db.adopt(name);
  assert.equal((await again.client.query('select from notes')).rowCount, 2);

  // Without the rule it is named as one that was enrolled.
  const without = begun({ enrol: {} });
  const { databases } = await without.api.listDatabases();
  assert.deepEqual(
    databases.filter((each) => each.enrolled).map(({ name, state }) => [name, state]),
    [[name, 'gone']],
  );
  await assert.rejects(without.database('nothing'), { code: 'DATABASE_NOT_FOUND' });
});

async function begin(
  t: TestContext,
  options: Partial<Options>,
): Promise<ReturnType<typeof spawn> & { stdin: NodeJS.WritableStream }> {
  const script = path.join(import.meta.dirname, 'several-process.ts');
  const child = spawn(process.execPath, [script, JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.after(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return child as never;
}

async function connectTo(t: TestContext, connectionString: string) {
  const client = await openClient({ connectionString });
  t.after(() => client.end());
  return client;
}

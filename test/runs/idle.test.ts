import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { openClient } from '../../src/postgres/connection.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { createBackupSystem } from '../../src/index.ts';
import { smallShop, testSystem, token, type TestSystem } from '../api/system.ts';
import { privateServer } from '../support/servers.ts';
import { until } from '../support/until.ts';

/** How often an idle system polls here; by default it is once a minute. */
const pollSeconds = 1;
/** So many polls are watched. */
const polls = 6;
/** A server process counts what it did at the latest so long after it has done it. */
const countedAfterMs = 15_000;

/** A connection to another database of the server, so that its own questions do not count. */
async function observer(t: TestContext, { db }: TestSystem): Promise<pg.Client> {
  const client = await openClient({ ...db.target, database: 'postgres' }, { applicationName: 'test' });
  t.after(() => client.end());
  return client;
}

async function transactions(client: pg.Client, database: string): Promise<number> {
  const { rows } = await client.query<{ count: string }>(
    'select xact_commit + xact_rollback as count from pg_stat_database where datname = $1',
    [database],
  );
  return Number(rows[0]!.count);
}

/** Reads what Holdfast has sent to a server that logs it, one line each. */
async function statementsLogged(client: pg.Client): Promise<() => Promise<string[]>> {
  const { rows } = await client.query<{ directory: string }>(
    `select current_setting('data_directory') as directory`,
  );
  const file = path.join(rows[0]!.directory, 'server.log');
  return async () =>
    (await fs.readFile(file, 'utf8'))
      .split('\n')
      .filter((line) => /^@holdfast[^@]*@LOG: {2}(statement:|execute )/.test(line));
}

async function connections(client: pg.Client, database: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select application_name as name from pg_stat_activity
      where datname = $1 and application_name like 'holdfast%' order by 1`,
    [database],
  );
  return rows.map(({ name }) => name);
}

/** On a server of its own: autovacuum's transactions count like any others. */
async function idleSystem(t: TestContext, idlePollSeconds: number, settings: Record<string, string> = {}) {
  const server = await privateServer(t, { settings: { autovacuum: 'off', ...settings } });
  const client = await server.client();
  await client.query('create database idle');
  const system = createBackupSystem({
    database: server.server.connectionString('idle'),
    auth: { token },
    idlePollSeconds,
    logger: silentLogger,
  });
  t.after(() => system.stop());
  return { system, client, name: 'idle' };
}

// Most of their time is waiting.
describe('while nothing happens', { concurrency: 4 }, () => {
  test('a system that has nothing to do comes to rest, and then sends less than six statements a poll, and so a minute', async (t) => {
    const { system, client } = await idleSystem(t, pollSeconds, {
      log_statement: 'all',
      log_line_prefix: '@%a@',
    });
    const { api } = system;
    await api.init();
    await api.updateSchedule({ enabled: true, frequency: 'daily', time: '02:00' });
    await api.createBackup({ wait: true });
    await api.createChannel({ name: 'on-call', url: 'http://127.0.0.1:1/', topics: ['finding'] });
    await system.start();
    const statements = await statementsLogged(client);
    // What came of the start, of the backup and of the channel ends first.
    await until(async () => {
      const all = await statements();
      /** Each look of the worker reads the queue. */
      const looks = all.flatMap((each, at) => (each.includes('key_ticket as "keyTicket"') ? [at] : []));
      const from = looks.at(-polls - 1);
      // Once a minute it also sets up its connection, which was closed meanwhile.
      return from !== undefined && (all.length - from) / polls + 1 < 6;
    }, 60_000);
  });

  test('what another process orders begins at once, though nothing is asked meanwhile', async (t) => {
    const made = await testSystem(t, { sql: smallShop, idlePollSeconds: 3_600 });
    await made.system.start();
    const outside = await observer(t, made);
    await until(async () => (await connections(outside, made.db.name)).includes('holdfast listen'));
    const orders = made.another({ worker: false });
    const ordered = await orders.api.createBackup({});
    assert.equal(ordered.status, 'queued');
    await until(async () => (await made.api.getBackup(ordered.id)).status === 'completed');
  });

  test('a connection that listened and was ended is opened again', async (t) => {
    const made = await testSystem(t, { sql: smallShop, idlePollSeconds: 3_600 });
    await made.system.start();
    const outside = await observer(t, made);
    const listening = async (): Promise<boolean> =>
      (await connections(outside, made.db.name)).includes('holdfast listen');
    await until(listening);
    await outside.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and application_name = 'holdfast listen'`,
      [made.db.name],
    );
    await until(async () => !(await listening()));
    // Ordered while nobody listens: found when the connection is there again.
    const ordered = await made.another({ worker: false }).api.createBackup({});
    await until(async () => (await made.api.getBackup(ordered.id)).status === 'completed');
    await until(listening);
  });

  test('with idlePollSeconds 0 no connection stays, and what is due is taken all the same', async (t) => {
    const { system, client, name } = await idleSystem(t, 0);
    const { api } = system;
    await api.init();
    await system.start();
    const events: string[] = [];
    t.after(api.on('*', ({ type }) => events.push(type)));
    // Pools close what is not used.
    await until(async () => (await connections(client, name)).length === 0, 60_000);
    const before = await transactions(client, name);
    await pause(countedAfterMs);
    assert.equal(await transactions(client, name), before);
    // Every minute: set in this process, so that it knows when to look next.
    await api.updateSchedule({ enabled: true, frequency: 'cron', cron: '* * * * *' });
    await until(async () => events.includes('backup.completed'), 90_000);
  });
});

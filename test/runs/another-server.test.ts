import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type pg from 'pg';
import type { Logger } from '../../src/index.ts';
import { smallShop, testSystem, type Reply, type SystemSetup, type TestSystem } from '../api/system.ts';
import { privateServer, type PrivateServer } from '../support/servers.ts';
import { until } from '../support/until.ts';
import { beginElsewhere, nothingRuns } from './interruptions.ts';
import { catalogText, placesOf } from './sealed-system.ts';

const base = '/api/admin';
const counts = `select (select count(*)::int from customers) as customers, (select sum(amount)::text from orders) as amount`;
const password = 'Plant3d/Secret@w0rd';
const secrets = [password, encodeURIComponent(password), 'Plant3d', 'w0rd'];

/** At the view it waits, only while a restore builds it. */
const slow = `${smallShop}; create materialized view slow as
  select pg_sleep(case when current_database() like 'holdfast_unfinished%' then 600 else 0 end)::text as waited`;

interface Two extends TestSystem {
  other: PrivateServer;
  /** On the other server. */
  client: pg.Client;
  address(database: string, options?: { password?: string }): string;
  log: string[];
}

/** An installation, and another server with a role whose password is planted. */
async function twoServers(t: TestContext, setup: SystemSetup = {}): Promise<Two> {
  const log: string[] = [];
  const logger: Logger = { log: (...line) => void log.push(JSON.stringify(line)) };
  const system = await testSystem(t, { sql: smallShop, logger, ...setup });
  const other = await privateServer(t);
  const client = await other.client();
  await client.query(`create role mover superuser login password '${password}'`);
  const { host, port } = other.server;
  return {
    ...system,
    other,
    client,
    log,
    address: (database, { password: given = encodeURIComponent(password) } = {}) =>
      `postgres://mover:${given}@${host}:${port}/${database}`,
  };
}

async function databasesOf(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `select datname as name from pg_database where datname not in ('postgres', 'template0', 'template1') order by 1`,
  );
  return rows.map(({ name }) => name);
}

test('a restore onto another server; its address is in no row, log, event or answer', async (t) => {
  const { api, db, call, another, address, other, client, log } = await twoServers(t);
  const { id } = await api.createBackup({ wait: true });
  const whole = (await db.client.query(counts)).rows[0];
  const answers: [string, string][] = [];
  const ask = async (targetUrl: string, query = 'wait=true', more: object = {}): Promise<Reply> => {
    const answer = await call('POST', `${base}/restore?${query}`, {
      body: { backupId: id, targetUrl, ...more },
    });
    answers.push([`${query} ${targetUrl}`, answer.text]);
    return answer;
  };
  const { host, port } = other.server;
  const server = `${host}:${port}`;

  const planned = await ask(address('shop'), 'dryRun=true');
  assert.deepEqual(planned.body.plan.refusals, []);
  assert.deepEqual(planned.body.plan.target, { mode: 'new-database', database: 'shop', server });
  assert.deepEqual(await databasesOf(client), []);
  const answer = await ask(address('shop'));
  assert.equal(answer.status, 201, answer.text);
  assert.deepEqual(answer.body.restore.target, { mode: 'new-database', database: 'shop', server });
  assert.deepEqual((await (await other.client('shop')).query(counts)).rows[0], whole);
  assert.deepEqual(await databasesOf(client), ['shop']);
  const { rows } = await client.query(
    `select shobj_description(oid, 'pg_database') as comment, datacl from pg_database where datname = 'shop'`,
  );
  assert.equal(rows[0].comment, null, 'nothing calls it unfinished any more');
  const detail = await call('GET', `${base}/restore/${answer.body.restore.id}`);
  answers.push(['detail', detail.text]);
  assert.equal(detail.body.restore.status, 'completed');
  assert.equal(detail.body.restore.leftBehind, null);
  assert.equal(detail.body.restore.report.rows, 550);
  assert.equal(detail.body.restore.safetyBackupId, null);

  // What holds something stays; what is empty makes room.
  const taken = await ask(address('shop'));
  assert.deepEqual([taken.status, taken.body.code], [409, 'DATABASE_EXISTS'], taken.text);
  assert.match(taken.body.message, /not empty: it has the relation public\.\w+/);
  await client.query('create database empty');
  const replaced = await ask(address('empty'));
  assert.equal(replaced.status, 201, replaced.text);
  assert.deepEqual((await (await other.client('empty')).query(counts)).rows[0], whole);
  const plan = await api.getRestore(replaced.body.restore.id);
  assert.match(plan.plan!.warnings.join(), /"empty" is there and empty: the restored one takes its place/);

  // The live database, by any address.
  const live = await ask(db.connectionString);
  assert.deepEqual([live.status, live.body.code], [409, 'DATABASE_EXISTS'], live.text);
  assert.match(live.body.message, /the live database of this installation/);
  assert.deepEqual((await db.client.query(counts)).rows[0], whole);

  // What does not lead anywhere.
  const wrong = await ask(address('next', { password: 'Plant3d-wrong' }));
  assert.equal(wrong.body.code, 'DATABASE_AUTHENTICATION', wrong.text);
  for (const bad of [
    address('next', { password }),
    address(''),
    `postgres://${host}:${port}/next`,
    `mysql://mover:${encodeURIComponent(password)}@${host}/next`,
    `postgres://mover:12/Plant3d@${host}/next`,
    password,
  ]) {
    const refused = await ask(bad);
    assert.deepEqual(
      [refused.status, refused.body.code],
      [400, 'INVALID_REQUEST'],
      `${bad}: ${refused.text}`,
    );
  }
  const both = await ask(address('next'), 'wait=true', {
    target: { mode: 'new-database', database: 'next' },
  });
  assert.deepEqual([both.status, both.body.code], [400, 'INVALID_REQUEST']);
  const gone = await ask(`postgres://mover:${encodeURIComponent(password)}@${host}:1/next`);
  assert.equal(gone.body.code, 'DATABASE_UNREACHABLE', gone.text);
  const ordering = another({ worker: false });
  await assert.rejects(ordering.api.restore({ backupId: id, targetUrl: address('next') }), {
    code: 'WORKER_REQUIRED',
  });
  assert.deepEqual(await databasesOf(client), ['empty', 'shop']);

  const events: string[] = [];
  for await (const event of await api.events({ after: 0, signal: AbortSignal.timeout(1_500) })) {
    events.push(JSON.stringify(event));
  }
  assert.ok(events.length > 4);
  assert.ok(answers.length > 14);
  const said: [string, string][] = [
    ['the catalog', await catalogText(db.client)],
    ['the log', log.join('\n')],
    ['the events', events.join('\n')],
    ...answers,
  ];
  assert.deepEqual(placesOf(secrets, said), []);
  // What is searched for would be found.
  assert.ok(said[0]![1].includes(server) && said[1]![1].includes('restore completed'));
});

/** Until a restore waits at the slow view of the database that it builds. */
async function atTheView(client: pg.Client): Promise<{ pid: number; database: string }> {
  return until(async () => {
    const { rows } = await client.query<{ pid: number; database: string }>(
      `select pid, datname as database from pg_stat_activity where query ilike '%refresh materialized%' and state = 'active'
         and datname like 'holdfast\\_unfinished\\_%'`,
    );
    return rows[0];
  });
}

test('a restore onto another server is cancelled, and nothing of it is there', async (t) => {
  const { api, address, client } = await twoServers(t, { sql: slow });
  const { id } = await api.createBackup({ wait: true });
  const restore = await api.restore({ backupId: id, targetUrl: address('shop') });
  await atTheView(client);
  await api.cancelRestore(restore.id);
  const ended = await until(async () => {
    const found = await api.getRestore(restore.id);
    return found.status === 'cancelled' && found;
  });
  assert.deepEqual(await databasesOf(client), []);
  assert.equal(ended.leftBehind, null);
});

test('a killed restore onto another server leaves nothing that looks whole, and the next one clears it away', async (t) => {
  const setup = await twoServers(t, { sql: slow });
  const { api, db, address, client, other, log } = setup;
  const { id } = await api.createBackup({ wait: true });
  const { child, ended } = await beginElsewhere(db.connectionString, {
    kind: 'new database',
    backupId: id,
    newDatabase: address('shop'),
  });
  t.after(() => child.kill('SIGKILL'));
  const { pid, database } = await atTheView(client);
  assert.deepEqual(placesOf(secrets, [['the catalog', await catalogText(db.client)]]), []);
  child.kill('SIGKILL');
  assert.equal(await ended, false);
  await nothingRuns(setup);
  const { restores } = await api.listRestores();
  const [killed] = restores;
  assert.equal(killed!.status, 'interrupted');
  assert.match(killed!.error?.hint ?? '', /Order it again/);
  const { host, port } = other.server;
  const left = { server: `${host}:${port}`, database };
  assert.deepEqual((await api.getRestore(killed!.id)).leftBehind, left);
  assert.deepEqual(await databasesOf(client), [database], 'nothing has the name of a whole one');
  await api.cleanUp({ wait: true });
  assert.match(log.join('\n'), new RegExp(`unfinished database may still be on ${host}:${port}`));

  // While a connection of the killed one is there, it might live: its database is left alone.
  await db.client.query('drop materialized view slow');
  const second = (await api.createBackup({ wait: true })).id;
  await api.restore({ backupId: second, targetUrl: address('beside'), wait: true });
  assert.deepEqual(await databasesOf(client), ['beside', database]);
  await client.query('select pg_terminate_backend(pid) from pg_stat_activity where pid = $1', [pid]);
  await until(async () => {
    const { rows } = await client.query(`select from pg_stat_activity where datname = $1`, [database]);
    return rows.length === 0;
  });
  // What only looks like one is not ours.
  await client.query('create database holdfast_unfinished_01234567_foreign');
  await api.restore({ backupId: second, targetUrl: address('shop'), wait: true });
  assert.deepEqual(await databasesOf(client), ['beside', 'holdfast_unfinished_01234567_foreign', 'shop']);
  assert.equal((await api.getRestore(killed!.id)).leftBehind, null);
  assert.deepEqual(placesOf(secrets, [['the catalog', await catalogText(db.client)]]), []);
});

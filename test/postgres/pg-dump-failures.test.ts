import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'node:test';
import type pg from 'pg';
import { HoldfastError, type ErrorCode } from '../../src/base/errors.ts';
import type { ConnectionTarget } from '../../src/postgres/connection.ts';
import { openClient } from '../support/connect.ts';
import { dumpSchema, type DumpOptions } from '../../src/postgres/pg-dump/pg-dump.ts';
import { testDatabase, type FirstTestDatabase } from '../support/database.ts';
import { privateServer } from '../support/servers.ts';
import { until } from '../support/until.ts';

const everything: DumpOptions = { excludeTables: [], excludeSchemas: [] };

/** The error a dump ends with; it must be one of the catalogue. */
async function failure(dump: Promise<unknown>, code: ErrorCode): Promise<HoldfastError> {
  const error = await dump.then(
    () => assert.fail('it did not fail'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof HoldfastError, String(error));
  assert.equal(error.code, code, error.message);
  return error;
}

/** Waits until no connection of ours is left in the database: they end although what they wait for is not to be had. */
async function assertNothingLeft(client: pg.Client): Promise<void> {
  const query =
    "select count(*)::int as n from pg_stat_activity where datname = current_database() and application_name = 'holdfast pg_dump'";
  await until(async () => {
    // Inside a transaction it shows what it has shown before.
    await client.query('select pg_stat_clear_snapshot()');
    return (await client.query<{ n: number }>(query)).rows[0]?.n === 0;
  });
  const resources = process.getActiveResourcesInfo();
  assert.ok(!resources.includes('Worker') && !resources.includes('MessagePort'), String(resources));
}

/** A role without any privilege but its own login; goes with the test. */
async function plainRole({ client, name, target, afterwards }: FirstTestDatabase): Promise<ConnectionTarget> {
  const role = `plain_${name}`;
  await client.query(`create role ${role} login password 'secret'`);
  afterwards(`drop role ${role}`);
  return { ...target, user: role, password: 'secret' };
}

/** Holds a lock that pg_dump's ACCESS SHARE has to wait for. */
async function lockTable({ client }: FirstTestDatabase): Promise<void> {
  await client.query('create table locked (a int)');
  await client.query('begin; lock table locked in access exclusive mode');
}

async function waitForWaiting(target: ConnectionTarget): Promise<number> {
  const watcher = await openClient(target);
  try {
    for (;;) {
      const { rows } = await watcher.query<{ pid: number }>(
        "select pid from pg_stat_activity where application_name = 'holdfast pg_dump' and wait_event_type = 'Lock' and datname = current_database()",
      );
      if (rows[0]) return rows[0].pid;
      await sleep(20);
    }
  } finally {
    await watcher.end();
  }
}

test('a role without privileges of its own dumps what it may read', async (t) => {
  const database = await testDatabase(t);
  const target = await plainRole(database);
  await database.client.query(`create table a (id int generated always as identity); create sequence s;
    grant select on a, s, a_id_seq to public; create view v as select * from a`);
  const { entries } = await dumpSchema(target, everything);
  assert.deepEqual(
    entries
      .filter((entry) => entry.kind !== 'ACL')
      .map((entry) => `${entry.kind} ${entry.name}`)
      .sort(),
    ['SEQUENCE a_id_seq', 'SEQUENCE s', 'TABLE a', 'VIEW v'],
  );

  await database.client.query('create table hidden (a int)');
  const table = await failure(dumpSchema(target, everything), 'INSUFFICIENT_PRIVILEGE');
  assert.match(table.message, /permission denied for table hidden/);
  await database.client.query('drop table hidden; revoke select on s from public');
  const sequence = await failure(dumpSchema(target, everything), 'INSUFFICIENT_PRIVILEGE');
  assert.match(sequence.message, /sequence "s"/);
  await assertNothingLeft(database.client);
});

test('a lock that cannot be had in time is LOCK_TIMEOUT', async (t) => {
  const database = await testDatabase(t);
  await lockTable(database);
  const error = await failure(
    dumpSchema(database.target, { ...everything, lockTimeoutMs: 100 }),
    'LOCK_TIMEOUT',
  );
  assert.doesNotMatch(error.message, /LOCK TABLE|last built-in/, 'neither queries nor chatter');
  await assertNothingLeft(database.client);
});

test('an error of pg_dump says what it was', async (t) => {
  const { client, target } = await testDatabase(t);
  // A view without the rule that says what it shows.
  await client.query(`create view broken as select 1 as a; set allow_system_table_mods = on;
    delete from pg_rewrite where ev_class = 'broken'::regclass`);
  const error = await failure(dumpSchema(target, everything), 'BACKUP_FAILED');
  assert.match(error.message, /^pg_dump could not read the schema: definition of view "broken"/);
  await assertNothingLeft(client);
});

test('cancelling ends a dump that waits, at the server too', async (t) => {
  const database = await testDatabase(t);
  await lockTable(database);
  const abort = new AbortController();
  const dump = dumpSchema(database.target, { ...everything, signal: abort.signal });
  const failed = failure(dump, 'CANCELLED');
  await waitForWaiting(database.target);
  abort.abort();
  await failed;
  await assertNothingLeft(database.client);
});

test('cancelling works at any moment', async (t) => {
  const { client, target } = await testDatabase(t);
  await client.query('create table a (a int)');
  await failure(dumpSchema(target, { ...everything, signal: AbortSignal.abort() }), 'CANCELLED');
  const reason = new HoldfastError('LOCK_TIMEOUT', 'something else failed');
  await failure(dumpSchema(target, { ...everything, signal: AbortSignal.abort(reason) }), 'LOCK_TIMEOUT');
  for (let moment = 0; moment < 400; moment += 25 + Math.random() * 40) {
    const signal = AbortSignal.timeout(Math.round(moment));
    await dumpSchema(target, { ...everything, signal }).catch((error: unknown) => {
      assert.ok(error instanceof HoldfastError && error.code === 'CANCELLED', String(error));
    });
  }
  await assertNothingLeft(client);
});

test('a connection that breaks is DATABASE_UNREACHABLE', async (t) => {
  const database = await testDatabase(t);
  await lockTable(database);
  const failed = failure(dumpSchema(database.target, everything), 'DATABASE_UNREACHABLE');
  const pid = await waitForWaiting(database.target);
  await database.client.query('select pg_terminate_backend($1)', [pid]);
  assert.match((await failed).message, /terminating connection/);
  await assertNothingLeft(database.client);
});

test('it works over TLS and over a Unix socket', async (t) => {
  const server = await privateServer(t, { ssl: true });
  const client = await server.client();
  await client.query('create table a (a int)');
  const socket = { ...server.target(), host: server.server.socketDirectory };
  for (const target of [{ ...server.target(), ssl: { ca: server.certificate ?? '' } }, socket]) {
    const { entries } = await dumpSchema(target, everything);
    assert.deepEqual(
      entries.map((entry) => entry.name),
      ['a'],
    );
  }

  await client.query('begin; lock table a in access exclusive mode');
  const abort = new AbortController();
  const failed = failure(dumpSchema(socket, { ...everything, signal: abort.signal }), 'CANCELLED');
  await waitForWaiting(server.target());
  abort.abort();
  await failed;
  await assertNothingLeft(client);
});

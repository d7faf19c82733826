import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkRuntime } from '../../src/cli/doctor/runtime.ts';
import {
  checkDumper,
  checkSummaries,
  checkVersion,
  checkWritable,
  type ServerFacts,
} from '../../src/cli/doctor/server.ts';
import type { Check } from '../../src/cli/doctor/check.ts';
import { testDatabase } from '../support/database.ts';
import { Session } from '../../src/postgres/wire/session.ts';
import { privateServer } from '../support/servers.ts';
import { until } from '../support/until.ts';
import { holdfast } from './holdfast.ts';

interface Document {
  ok: boolean;
  checks: Check[];
}

function level(document: Document, name: string): Check['level'] | undefined {
  return document.checks.find((check) => check.name === name)?.level;
}

test('doctor goes from not set up to all is well', async (t) => {
  const { client, connectionString: url } = await testDatabase(t);
  await client.query('create table t (a int)');
  const early = await holdfast(['doctor', '--json'], { url });
  assert.equal(early.code, 4);
  assert.equal(early.json<Document>().ok, false);
  assert.equal(level(early.json(), 'tables'), 'fail');
  assert.equal(level(early.json(), 'connection'), 'ok');

  await holdfast(['init'], { url });
  const empty = await holdfast(['doctor'], { url });
  assert.equal(empty.code, 0);
  assert.match(
    empty.stdout,
    /! last good backup: There is no backup of everything yet\.\n +→ Run: \S+ \S+(?:main\.ts|cli\.js) backup/,
  );
  assert.match(empty.stdout, /! schedules: None is enabled/);
  assert.match(empty.stdout, /with \d warnings/);

  await holdfast(['backup'], { url });
  const well = await holdfast(['doctor'], { url });
  assert.equal(well.code, 0);
  // These tests connect as a superuser.
  assert.match(well.stdout, /! role: .*superuser[^]*Works, with \d warnings\./);
  assert.doesNotMatch(well.stdout, /! last good backup/);
});

test('a plain role hears which tables it cannot read or restore, and a backup by it fails the same way', async (t) => {
  const { client, name, server } = await testDatabase(t);
  const role = `plain_${name}`;
  await client.query(`
    create role ${role} login password 'plain-pass';
    create table readable (a int); create table secret (a int); create table filtered (a int);
    alter table filtered enable row level security;
    grant select on readable, filtered to ${role};
    grant create, usage on schema public to ${role}`);
  const url = `postgres://${role}:plain-pass@${server.host}:${server.port}/${name}`;
  assert.equal((await holdfast(['init'], { url })).code, 0);
  const outcome = await holdfast(['doctor', '--json'], { url });
  assert.equal(outcome.code, 6);
  const document = outcome.json<Document>();
  assert.equal(level(document, 'reading'), 'fail');
  assert.match(JSON.stringify(document.checks), /public\.secret/);
  assert.equal(level(document, 'row security'), 'fail');
  assert.equal(level(document, 'restoring in place'), 'warn');
  assert.equal(level(document, 'restoring to a new database'), 'warn');
  assert.ok(!outcome.stdout.includes('plain-pass'));

  const backup = await holdfast(['backup', '--json'], { url });
  assert.equal(backup.code, 6);
  await client.query(`drop owned by ${role}; drop role ${role}`);
});

test('the checks that this machine cannot fail', async () => {
  assert.equal(checkRuntime('20.11.0').level, 'fail');
  assert.equal(checkRuntime('22.17.0').level, 'fail');
  assert.equal(checkRuntime('24.0.0').level, 'ok');
  const facts = { version: '13.9', major: 13, standby: true, readOnly: false } as ServerFacts;
  assert.equal(checkVersion(facts).code, 'SERVER_NOT_SUPPORTED');
  assert.equal(checkWritable(facts).code, 'STANDBY');
  assert.equal(checkWritable({ ...facts, standby: false, readOnly: true }).code, 'READ_ONLY_SERVER');
  assert.equal(checkWritable({ ...facts, standby: false }).level, 'ok');
  const newer = { ...facts, major: 19 };
  assert.equal((await checkDumper(newer, async () => null)).level, 'fail');
  assert.equal((await checkDumper(newer, async () => 18)).level, 'fail');
  assert.equal((await checkDumper(newer, async () => 19)).level, 'ok');
});

test('too few locks for the tables are found before a backup is out of them', async (t) => {
  const { client, target } = await privateServer(t, {
    settings: { max_locks_per_transaction: '10', max_connections: '40', max_prepared_transactions: '0' },
  });
  const admin = await client();
  const { host, port, user, password } = target();
  const url = `postgres://${user}:${String(password)}@${host}:${port}/postgres`;
  assert.equal((await holdfast(['init'], { url })).code, 0);
  assert.equal(level((await holdfast(['doctor', '--json'], { url })).json(), 'locks'), 'ok');
  await admin.query(
    `do $$ begin for i in 1..3000 loop execute format('create table t%s ()', i);
       if i % 50 = 0 then commit; end if; end loop; end $$`,
  );
  const doctor = (await holdfast(['doctor', '--json'], { url })).json<Document>();
  assert.equal(doctor.checks.find(({ name }) => name === 'locks')?.code, 'OUT_OF_LOCKS');
  const backup = await holdfast(['backup'], { url });
  assert.equal(backup.code, 6, backup.stderr);
  assert.match(backup.stderr, /OUT_OF_LOCKS/);
  assert.match(backup.stderr, /max_locks_per_transaction/);
});

test('doctor says whether backups can do without a look at unchanged data', async (t) => {
  const server = await privateServer(t);
  const client = await server.client();
  await client.query(`create role plain login password 'p'`);
  const said = async (user: string, major = 18): Promise<string[]> => {
    const session = await Session.open({
      ...server.target(),
      user,
      password: user === 'plain' ? 'p' : server.server.password,
    });
    try {
      const facts = { major, standby: false } as ServerFacts;
      return (await checkSummaries(session, facts)).map(({ level, message }) => `${level} ${message}`);
    } finally {
      await session.close();
    }
  };
  const { user } = server.server;
  assert.deepEqual(await said(user), [
    'ok off: with summarize_wal = on, which needs no restart, backups do not look at unchanged data',
  ]);
  assert.deepEqual(await said(user, 16), []);
  await client.query('alter system set summarize_wal = on');
  await client.query('select pg_reload_conf()');
  await until(async () => (await said(user))[0] === 'ok on: backups do not look at unchanged data');
  assert.deepEqual(await said('plain'), [
    'ok on, but of use only to a member of pg_checkpoint, so that unchanged rows are counted',
  ]);
});

import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type pg from 'pg';
import { dumpSchema, dumpSchemaInTransaction } from '../../src/postgres/pg-dump/pg-dump.ts';
import { nativeMajor } from '../../src/postgres/pg-dump/native.ts';
import { Session } from '../../src/postgres/wire/session.ts';
import { testDatabase } from '../support/database.ts';
import { majors, type Major } from '../support/majors.ts';
import { majorsInTurn } from '../support/servers.ts';

const everything = { excludeTables: [], excludeSchemas: [] };

/** What a connection has that must be the same afterwards. */
async function stateOf(client: pg.Client): Promise<unknown> {
  const { rows } = await client.query(
    `select (select json_agg(row(name, setting) order by name) from pg_settings) as settings,
       (select json_agg(row(locktype, relation, mode) order by locktype, relation::text, mode) from pg_locks
         where pid = pg_backend_pid() and relation is distinct from 'pg_locks'::regclass::oid) as locks,
       (select count(*) from pg_prepared_statements) as prepared, pg_current_xact_id_if_assigned() as transaction`,
  );
  return rows[0];
}

async function readsItsOwnTransaction(t: TestContext, major: Major, nativeBinary?: string): Promise<void> {
  const db = await testDatabase(t, { major });
  await db.client.query(
    'create table a (id serial primary key); create function f() returns int language sql as $$select 1$$',
  );
  const before = await dumpSchema(db.target, everything);
  const session = await Session.open(db.target);
  t.after(() => session.close());
  await session.execute(
    `begin; set local statement_timeout = '77s'; set local search_path = 'nowhere';
    create table b (id int); drop function public.f()`.replace('table b', 'table public.b'),
  );
  const held = await stateOf(session.client);
  for (let time = 0; time < 2; time++) {
    const inside = await dumpSchemaInTransaction(session.client, {
      ...everything,
      ...(nativeBinary ? { nativeBinary } : {}),
    });
    const names = inside.entries.map(({ kind, name }) => `${kind} ${name}`);
    assert.ok(names.includes('TABLE b') && !names.includes('FUNCTION f()'), names.join());
    const seen = await dumpSchema(db.target, { ...everything, lockTimeoutMs: 500 }).catch(
      (error: unknown) => error,
    );
    assert.ok(!JSON.stringify(seen).includes('"TABLE","schema":"public","name":"b"'));
    assert.deepEqual(await stateOf(session.client), held);
  }
  await session.execute('rollback');
  assert.deepEqual((await dumpSchema(db.target, everything)).entries, before.entries);
}

for (const major of majorsInTurn(2)) {
  test(`the schema is read inside an open transaction, and nothing is left of it, on ${major}`, async (t) => {
    await readsItsOwnTransaction(t, major);
  });
}

test('an installed pg_dump reads inside an open transaction too', async (t) => {
  const installed = await nativeMajor('pg_dump');
  if (process.env['CI'] === 'true') assert.ok(installed, 'CI must have pg_dump');
  const major = majors.findLast((each) => each <= (installed ?? 0));
  if (!major) {
    return t.skip('there is no pg_dump of 14 or later on PATH; install a PostgreSQL client to run this');
  }
  await readsItsOwnTransaction(t, major, 'pg_dump');
});

test('a pg_dump that fails inside a transaction says why', async (t) => {
  const db = await testDatabase(t);
  await db.client.query('create table a (id int)');
  const other = await db.adopt(db.name);
  await other.client.query('begin; lock table a in access exclusive mode');
  const session = await Session.open(db.target);
  t.after(() => session.close());
  await session.execute('begin');
  await assert.rejects(dumpSchemaInTransaction(session.client, { ...everything, lockTimeoutMs: 300 }), {
    code: 'LOCK_TIMEOUT',
  });
  await other.client.query('rollback');
});

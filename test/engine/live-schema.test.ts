import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { liveSchema, type LiveSchema } from '../../src/engine/plan/live-schema.ts';
import type { QualifiedName } from '../../src/postgres/identifiers.ts';
import { Session } from '../../src/postgres/wire/session.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { outermostMajors } from '../support/servers.ts';

async function snapshot(t: TestContext, { target }: TestDatabase): Promise<Session> {
  const session = await Session.open(target, { applicationName: 'test' });
  t.after(() => session.close());
  await session.execute('begin isolation level repeatable read read only; select 1');
  return session;
}

async function tablesIn(
  live: LiveSchema,
  session: Session,
  { target }: TestDatabase,
  excludeTables: QualifiedName[] = [],
): Promise<string[]> {
  const { entries } = await live.read(session, target, { excludeTables, excludeSchemas: [] });
  return entries.filter(({ kind }) => kind === 'TABLE').map(({ name }) => name);
}

for (const major of outermostMajors) {
  test(`PostgreSQL ${major}: the live schema is the one of the snapshot, however it was kept`, async (t) => {
    const db = await testDatabase(t, { major });
    const live = liveSchema();
    t.after(() => live.forget());
    await db.client.query('create table a (id int); create table b (id int)');
    const first = await snapshot(t, db);
    assert.deepEqual(await tablesIn(live, first, db), ['a', 'b']);

    // What is not committed is not there, and what is committed later is there later.
    const { client } = await db.adopt(db.name);
    await client.query('begin; create table c (id int)');
    const before = await snapshot(t, db);
    assert.deepEqual(await tablesIn(live, before, db), ['a', 'b']);
    await client.query('commit');
    assert.deepEqual(await tablesIn(live, before, db), ['a', 'b']);
    assert.deepEqual(await tablesIn(live, await snapshot(t, db), db), ['a', 'b', 'c']);
    assert.deepEqual(await tablesIn(live, first, db), ['a', 'b']);

    // Other options leave out other things.
    const own = [{ schema: 'public', name: 'c' }];
    const later = await snapshot(t, db);
    assert.deepEqual(await tablesIn(live, later, db, own), ['a', 'b']);
    assert.deepEqual(await tablesIn(live, later, db), ['a', 'b', 'c']);
  });
}

test('a table that was dropped since the snapshot does not fail a plan', async (t) => {
  const db = await testDatabase(t);
  const live = liveSchema();
  t.after(() => live.forget());
  await db.client.query('create table a (id int); create table b (id int)');
  const session = await snapshot(t, db);
  await db.client.query('drop table b');
  assert.deepEqual(await tablesIn(live, session, db), ['a']);
  // It was not that of the snapshot, so it is not kept for it.
  await db.client.query('create table b (id int)');
  assert.deepEqual(await tablesIn(live, await snapshot(t, db), db), ['a', 'b']);
});

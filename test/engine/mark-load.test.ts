import assert from 'node:assert/strict';
import { test } from 'node:test';
import { markLoad } from '../../src/engine/restore/given-loads.ts';
import { Session } from '../../src/postgres/wire/session.ts';
import { testDatabase } from '../support/database.ts';

test('of two that do the same load one counts, whichever commits first', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(
    'create table marks (load int primary key, rows bigint not null); create table rows (id int)',
  );
  const { signal } = new AbortController();
  const [one, other] = await Promise.all(
    ['one', 'other'].map((name) => Session.open(db.target, { applicationName: `holdfast ${name}` }, signal)),
  );
  t.after(() => Promise.all([one!.close(), other!.close()]));
  const count = async (): Promise<number> =>
    (await db.client.query('select count(*)::int as count from rows')).rows[0].count;
  const load = async (session: Session): Promise<number> => {
    await session.execute('begin; insert into public.rows select generate_series(1, 3)');
    return 3;
  };
  const paused = Promise.withResolvers<void>();
  const woken = markLoad(one!, 'public.marks', 7, async () => {
    const rows = await load(one!);
    await paused.promise;
    return rows;
  });
  assert.equal(await markLoad(other!, 'public.marks', 7, () => load(other!)), 3);
  paused.resolve();
  assert.equal(await woken, 3);
  assert.equal(await count(), 3);
  // One that comes later does not begin.
  assert.equal(await markLoad(other!, 'public.marks', 7, () => Promise.reject(new Error('it loads'))), 3);
  assert.equal(await markLoad(other!, 'public.marks', 8, () => load(other!)), 3);
  assert.equal(await count(), 6);
});

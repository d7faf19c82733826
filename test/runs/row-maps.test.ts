import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testSystem } from '../api/system.ts';

test('row maps are kept in the catalog, for each store, and forgotten with their table', async (t) => {
  const { api, db } = await testSystem(t, {
    sql: `create table orders (id int primary key, note text);
      insert into orders select i, repeat(md5(i::text), 6) from generate_series(1, 40000) i;
      create table other (id int primary key); insert into other select generate_series(1, 1000)`,
  });
  const maps = async (): Promise<number> => {
    const { rows } = await db.client.query<{ n: number }>(
      'select count(*)::int as n from system_backup_row_maps',
    );
    return rows[0]!.n;
  };
  const take = async (sql: string) => {
    await db.client.query(sql);
    return api.createBackup({ wait: true });
  };
  await take('select 1');
  assert.equal(await maps(), 0);
  const first = await take(
    'update orders set note = id::text where id % 100 = 1; delete from other where id = 1',
  );
  assert.equal(first.reuse!.rowsChanged, null);
  assert.ok((await maps()) > 1);
  const second = await take(
    'update orders set note = id::text where id % 100 = 2; delete from other where id = 2',
  );
  assert.ok(second.reuse!.rowsChanged! >= 401, `${second.reuse!.rowsChanged}`);
  assert.ok(second.newBytes! < first.newBytes! / 10, `${second.newBytes} of ${first.newBytes} bytes`);
  assert.equal((await api.verifyBackup(second.id, { wait: true })).status, 'completed');
  const digest = async (): Promise<string> => {
    const { rows } = await db.client.query<{ digest: string }>(
      `select md5(string_agg(o::text, ',' order by id)) || count(*) as digest from orders o`,
    );
    return rows[0]!.digest;
  };
  const live = await digest();
  await db.client.query('delete from orders where id % 3 = 0');
  assert.notEqual(await digest(), live);
  await api.restore({ backupId: second.id, wait: true });
  assert.equal(await digest(), live);

  const before = await maps();
  await take('drop table other');
  assert.ok((await maps()) < before);
});

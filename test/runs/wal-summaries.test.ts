import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBackupSystem, silentLogger } from '../../src/index.ts';
import { token } from '../api/system.ts';
import { privateServer } from '../support/servers.ts';

test('what summaries of the log confirm is kept in the catalog, and outlives a crash of the server', async (t) => {
  const server = await privateServer(t, {
    settings: { summarize_wal: 'on', fsync: 'on', full_page_writes: 'on' },
  });
  const system = createBackupSystem({
    database: server.server.connectionString('postgres'),
    auth: { token },
    logger: silentLogger,
  });
  t.after(() => system.stop());
  const { api } = system;
  let client = await server.client();
  await client.query(`create table orders (id int primary key, note text);
    insert into orders select i, repeat(md5(i::text), 6) from generate_series(1, 60000) i;
    create table other (id int primary key); insert into other select generate_series(1, 1000)`);
  await client.query('vacuum');
  await client.query('checkpoint');
  await api.init();
  const take = async () => {
    const backup = await api.createBackup({ wait: true });
    assert.equal(backup.status, 'completed');
    return backup.reuse!;
  };
  const first = await take();
  assert.equal(first.walSummaries!.rangesUnchanged, 0);
  const all = first.rangesRead;
  assert.ok(all > 3);
  const again = await take();
  assert.deepEqual(
    [again.rangesUnchanged, again.walSummaries!.rangesUnchanged, again.walSummaries!.problem],
    [all, all, null],
  );

  await client.query('update orders set note = id::text where id = 1');
  await client.end();
  await server.restart('immediate');
  client = await server.client();
  const changed = await take();
  assert.ok(changed.rangesChanged >= 1 && changed.rangesChanged <= 2);
  assert.ok(changed.walSummaries!.rangesUnchanged >= all - 3, JSON.stringify(changed));
  await client.query('drop table other');
  await take();
  const { rows } = await client.query<{ relation: string }>(
    'select distinct relation::text from system_backup_ranges order by 1',
  );
  assert.equal(rows.length, 2, 'one of the table that is left, and one of no table');
  assert.equal(rows[0]!.relation, '0');
  // Reading everything is still possible.
  const full = await api.createBackup({ full: true, wait: true });
  assert.equal(full.reuse!.walSummaries!.rangesUnchanged, 0);
  assert.equal((await take()).rangesChanged, 0);
});

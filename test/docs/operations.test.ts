/** What docs/OPERATIONS.md says of privileges and docs/ARCHITECTURE.md of secrets, taken literally. */
import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Logger } from '../../src/base/logger.ts';
import { createBackupSystem, type BackupSystem } from '../../src/index.ts';
import { quoteIdentifier } from '../../src/postgres/identifiers.ts';
import { assertSameDatabase } from '../support/compare.ts';
import { manifestOf } from '../runs/manifests.ts';
import { testDatabase, type FirstTestDatabase } from '../support/database.ts';
import { majorsInTurn } from '../support/servers.ts';

const docs = path.resolve(import.meta.dirname, '../../docs');
const operations = await fs.readFile(path.join(docs, 'OPERATIONS.md'), 'utf8');
const retention = await fs.readFile(path.join(docs, 'RETENTION.md'), 'utf8');
const architecture = await fs.readFile(path.join(docs, 'ARCHITECTURE.md'), 'utf8');

interface Roles {
  /** Owns the application's tables, and may create nothing. */
  owner: string;
  /** Holdfast's, with what the page grants. */
  backup: string;
}

async function roles(db: FirstTestDatabase): Promise<Roles> {
  const made = { owner: `${db.name}_owner`, backup: `${db.name}_backup` };
  for (const name of Object.values(made)) db.afterwards(`drop role if exists ${quoteIdentifier(name)}`);
  await db.client.query(`create role ${made.owner}; create role ${made.backup} login password 'plain'`);
  return made;
}

function systemAs(t: TestContext, db: FirstTestDatabase, user: string, logger: Logger): BackupSystem {
  const system = createBackupSystem({
    database: { ...db.target, user, password: 'plain' },
    schema: 'holdfast',
    auth: { token: 'test-token-0123456789' },
    logger,
    jobs: 2,
  });
  t.after(() => system.stop());
  return system;
}

for (const major of majorsInTurn(4)) {
  test(`PostgreSQL ${major}: the privileges of the page are enough, a restore into a new database included`, async (t) => {
    const db = await testDatabase(t, { major });
    const { owner, backup } = await roles(db);
    await db.client.query(`
      create schema shop authorization ${owner};
      create table public.orders (id serial primary key, note text);
      create type public.mood as enum ('good', 'bad');
      create function public.f() returns int language sql as 'select 1';
      create table shop.parts (id int primary key, m public.mood);
      insert into public.orders (note) select 'note ' || n from generate_series(1, 100) n;
      alter table public.orders owner to ${owner}; alter type public.mood owner to ${owner};
      alter function public.f() owner to ${owner}; alter table shop.parts owner to ${owner};
      revoke create on schema shop from ${owner};`);
    // The table of the page, line by line.
    for (const said of [
      'GRANT pg_read_all_data',
      '`CREATEDB`',
      'membership in the roles',
      'as a member of the owner',
    ]) {
      assert.ok(operations.includes(said), said);
    }
    await db.client.query(`
      grant pg_read_all_data to ${backup};
      alter role ${backup} createdb;
      grant ${owner} to ${backup};
      grant create on database ${quoteIdentifier(db.name)} to ${backup};`);
    const { api } = systemAs(t, db, backup, { log: () => {} });
    await api.init();
    const { id } = await api.createBackup({ wait: true });

    const database = db.freeName();
    const restored = await api.restore({
      backupId: id,
      target: { mode: 'new-database', database },
      wait: true,
    });
    const { report } = await api.getRestore(restored.id);
    // Before 15 schema public belongs to the superuser, in a database of whoever it may be: nobody else grants on it.
    const refused = report!.leftOut.filter((said) => /^Privileges: .*"public"/.test(said));
    assert.equal(refused.length > 0, major < 15, report!.leftOut.join());
    await assertSameDatabase((await db.adopt(database)).target, db.target, { except: ['holdfast'] });

    await db.client.query('delete from public.orders');
    await api.restore({ backupId: id, restoreType: 'partial', tables: ['orders'], wait: true });
    const { rows } = await db.client.query('select count(*)::int as n from public.orders');
    assert.equal(rows[0].n, 100);
  });
}

test('secrets of Holdfast are nowhere; those that pg_dump reads are in the manifest, as the page says', async (t) => {
  assert.match(
    architecture,
    /connection string of a subscription and the\s+options of a user mapping are in them/,
  );
  const db = await testDatabase(t);
  await db.client.query(`
    create foreign data wrapper w; create server s foreign data wrapper w;
    create user mapping for public server s options (password 'mapping-secret');
    create subscription sub connection 'host=127.0.0.1 port=1 dbname=x password=subscription-secret' publication p
      with (connect = false, slot_name = none, enabled = false)`);
  const logged: string[] = [];
  const system = createBackupSystem({
    database: db.connectionString,
    auth: { token: 'token-secret-0123456789' },
    logger: { log: (...words) => void logged.push(JSON.stringify(words)) },
  });
  t.after(() => system.stop());
  await system.api.init();
  const { id } = await system.api.createBackup({ wait: true });
  const failed = await system.api
    .restore({ backupId: id, target: { mode: 'new-database', database: db.name }, wait: true })
    .catch((error: unknown) => JSON.stringify(error));
  const { rows } = await db.client.query(
    `select backup_data::text as manifest, (select json_agg(e)::text from public.backup_event_log e) as events,
       (select json_agg(r)::text from public.system_restore_log r) as restores,
       (to_jsonb(b) - 'backup_data')::text as row from public.system_backups b where id = $1`,
    [id],
  );
  const [{ manifest, ...others }] = rows as [Record<string, string>];
  const described = JSON.stringify(await manifestOf({ db }, id));
  assert.ok(described.includes('mapping-secret') && described.includes('subscription-secret'));
  assert.ok(!manifest!.includes('mapping-secret'), 'the document itself has no definitions');
  const elsewhere = JSON.stringify([others, logged, failed]);
  for (const secret of ['mapping-secret', 'subscription-secret'])
    assert.ok(!elsewhere.includes(secret), secret);
  const password = decodeURIComponent(new URL(db.connectionString).password);
  for (const secret of ['token-secret', password])
    assert.ok(!(manifest! + elsewhere).includes(secret), secret);
});

test('what is deleted is gone, and the file gets smaller only as the page says', async (t) => {
  assert.match(retention, /does not make files smaller/);
  const [, statement = ''] = /run `(VACUUM FULL [a-z_]+)`/.exec(retention) ?? [];
  const db = await testDatabase(t);
  await db.client.query(
    `create table noise as select n, sha256(n::text::bytea) from generate_series(1, 20000) n`,
  );
  const system = createBackupSystem({
    database: db.connectionString,
    auth: { token: 'test-token-0123456789' },
  });
  t.after(() => system.stop());
  await system.api.init();
  const { id } = await system.api.createBackup({ wait: true });
  const size = async (): Promise<number> => {
    const { rows } = await db.client.query(
      `select pg_total_relation_size('public.system_backup_chunks')::int as bytes`,
    );
    return rows[0].bytes as number;
  };
  const before = await size();
  await system.api.deleteBackup(id);
  const { rows } = await db.client.query('select count(*)::int as chunks from public.system_backup_chunks');
  assert.equal(rows[0].chunks, 0);
  assert.ok((await size()) > before / 2, 'the file keeps its size');
  await db.client.query(statement);
  assert.ok((await size()) < before / 2, `${statement} gives it back`);
});

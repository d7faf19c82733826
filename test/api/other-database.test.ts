import assert from 'node:assert/strict';
import { test } from 'node:test';
import { otherDatabase } from '../../src/engine/plan/other-database.ts';
import type { ManifestSource, SchemaEntry } from '../../src/format/manifest.ts';
import { quoteIdentifier } from '../../src/postgres/identifiers.ts';
import { readDatabaseIdentity } from '../../src/postgres/database-identity.ts';
import { Session } from '../../src/postgres/wire/session.ts';
import { testDatabase } from '../support/database.ts';
import { plainRole } from './role.ts';
import { rewriteManifest } from '../runs/manifests.ts';
import { caller, smallShop, testSystem } from './system.ts';

const base = '/api/admin';

test('a database is known again by server and oid, whatever it is called', () => {
  const here = { systemIdentifier: '70', database: 'shop', databaseOid: 5 };
  const of = (source: Partial<ManifestSource>, live = here): string | null =>
    otherDatabase({ ...here, ...source } as ManifestSource, live);
  assert.equal(of({}), null);
  assert.equal(of({ database: 'renamed' }), null);
  assert.match(of({ systemIdentifier: '71' }) ?? '', /another server \(system identifier 71\).*"shop" on 70/);
  assert.match(of({ database: 'prod', databaseOid: 6 }) ?? '', /of the database "prod", and this is "shop"/);
  assert.match(of({ databaseOid: 6 }) ?? '', /created later under the same name/);
  // Backups from before have no oid, and some roles may not read the identifier.
  const { databaseOid: _, ...older } = here;
  const older70 = older as ManifestSource;
  assert.equal(otherDatabase(older70, here), null);
  assert.match(otherDatabase({ ...older70, database: 'prod' }, here) ?? '', /"prod"/);
  assert.equal(of({ systemIdentifier: '' }), null);
  assert.equal(of({}, { ...here, systemIdentifier: '' }), null);
});

test('in a copy of the database a restore in place has to be confirmed; after a rename it has not', async (t) => {
  const { system, api, db, another } = await testSystem(t, { sql: smallShop });
  const { id } = await api.createBackup({ wait: true });
  await system.stop();
  await db.client.end();
  const beside = await db.createDatabase();
  const copy = db.freeName();
  const renamed = db.freeName();
  await beside.client.query(`create database ${quoteIdentifier(copy)} template ${quoteIdentifier(db.name)}`);
  await beside.client.query(
    `alter database ${quoteIdentifier(db.name)} rename to ${quoteIdentifier(renamed)}`,
  );

  const same = await db.adopt(renamed);
  await same.client.query('delete from orders');
  const sameSystem = another({ database: same.connectionString });
  const samePlan = await sameSystem.api.planRestore({ backupId: id });
  assert.equal(samePlan.otherDatabase, null);
  await sameSystem.api.restore({ backupId: id, wait: true });

  const { client, connectionString } = await db.adopt(copy);
  await client.query('delete from orders');
  const other = another({ database: connectionString });
  const call = caller(other);
  const plan = await call('POST', `${base}/restore?dryRun=true`, { body: { backupId: id } });
  assert.equal(plan.status, 200);
  assert.match(plan.body.plan.otherDatabase, new RegExp(`"${db.name}", and this is "${copy}"`));
  assert.ok(plan.body.plan.warnings.includes(plan.body.plan.otherDatabase));
  const refused = await call('POST', `${base}/restore?wait=true`, { body: { backupId: id } });
  assert.equal(refused.status, 409);
  assert.equal(refused.body.code, 'OTHER_DATABASE');
  assert.match(refused.body.hint, /allowOtherDatabase \(--from-other-database\)/);
  assert.equal((await client.query('select count(*)::int from orders')).rows[0].count, 0);
  assert.equal((await other.api.listRestores()).total, 0, 'nothing was ordered');

  const done = await call('POST', `${base}/restore?wait=true`, {
    body: { backupId: id, allowOtherDatabase: true },
  });
  assert.equal(done.status, 201, done.text);
  assert.equal(done.body.restore.allowOtherDatabase, true);
  assert.equal((await client.query('select count(*)::int from orders')).rows[0].count, 500);

  // Into a new database nothing is replaced.
  const fresh = await other.api.planRestore({
    backupId: id,
    target: { mode: 'new-database', database: db.freeName() },
  });
  assert.equal(fresh.otherDatabase, null);
});

for (const major of [14, 18] as const) {
  test(`PostgreSQL ${major}: a plain role knows which database it is in, and does without what it may not read`, async (t) => {
    const db = await testDatabase(t, { major });
    const { target } = await plainRole(db);
    const identity = async () => {
      const session = await Session.open(target, { applicationName: 'test' });
      try {
        return await readDatabaseIdentity(session);
      } finally {
        await session.close();
      }
    };
    const whole = await identity();
    assert.match(whole.systemIdentifier, /^\d{15,}$/);
    assert.equal(whole.database, db.name);
    await db.client.query('revoke execute on function pg_control_system() from public');
    assert.deepEqual(await identity(), { ...whole, systemIdentifier: '' });
  });
}

test('a plan shows the SQL of the backup on request, in its order', async (t) => {
  const { call, api, db } = await testSystem(t, { sql: smallShop });
  const { id } = await api.createBackup({ wait: true });
  const url = `${base}/restore?dryRun=true`;
  const silent = await call('POST', url, { body: { backupId: id } });
  assert.equal(silent.body.plan.statements, undefined);
  assert.equal((await call('POST', `${base}/restore?sql=true`, { body: { backupId: id } })).status, 400);

  await db.client.query('drop table orders');
  const inPlace = await call('POST', `${url}&sql=true`, { body: { backupId: id } });
  const place = (statements: string[], pattern: RegExp): number => {
    const found = statements.findIndex((statement) => pattern.test(statement));
    assert.ok(found >= 0, `${pattern} is not in ${statements.join('\n')}`);
    return found;
  };
  const inOrder = (statements: string[], ...patterns: RegExp[]): void => {
    const places = patterns.map((pattern) => place(statements, pattern));
    assert.deepEqual(
      places,
      places.toSorted((a, b) => a - b),
    );
  };
  const ordered: string[] = inPlace.body.plan.statements;
  inOrder(
    ordered,
    /^CREATE TABLE public\.orders/,
    /^TRUNCATE TABLE ONLY/,
    /copy "public"\."orders".*500 rows/i,
    /FOREIGN KEY/,
  );
  assert.ok(!ordered.some((statement) => /CREATE TABLE public\.customers/.test(statement)), 'it is there');

  // What somebody has put into the manifest is there to be seen. The digest is against accidents, not against those.
  await rewriteManifest({ db }, id, ({ schema }) => {
    const table = schema.entries.find((e: SchemaEntry) => e.kind === 'TABLE' && e.name === 'orders');
    table.ownerSql = 'ALTER ROLE me SUPERUSER;';
  });
  for (const target of [{ mode: 'in-place' }, { mode: 'new-database', database: db.freeName() }] as const) {
    const { statements } = await api.planRestore({ backupId: id, target }, { statements: true });
    inOrder(
      statements!,
      /^CREATE TABLE public\.orders[^]*ALTER ROLE me SUPERUSER/,
      /copy "public"\."orders"/i,
      /FOREIGN KEY/,
    );
  }
});

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { backupWarningCodes } from '../../src/engine/backup/warnings.ts';
import type { RestoreRequest } from '../../src/engine/requests.ts';
import type { Manifest } from '../../src/format/manifest.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { holdfast } from '../cli/holdfast.ts';
import { plainRole } from '../api/role.ts';
import { smallShop, testSystem } from '../api/system.ts';
import { testDatabase, type FirstTestDatabase } from '../support/database.ts';
import { majorsInTurn } from '../support/servers.ts';
import { planRestore, restoreRequest, takeBackup } from './runs.ts';

/** What pg_dump may not read as a role that is no superuser, and says so while it succeeds. */
const subscription = `
  create subscription feed connection 'host=elsewhere.invalid password=secret' publication news
    with (connect = false, enabled = false, slot_name = none)`;
const said = /Subscription feed is not in the backup: only a superuser/;

async function withSubscription(db: FirstTestDatabase) {
  await db.client.query(`${subscription}; grant pg_read_all_data to "${(await roleOf(db)).role}"`);
}

const roles = new WeakMap<FirstTestDatabase, ReturnType<typeof plainRole>>();
function roleOf(db: FirstTestDatabase): ReturnType<typeof plainRole> {
  const known = roles.get(db) ?? plainRole(db);
  roles.set(db, known);
  return known;
}

const request = (changes: Partial<RestoreRequest>): RestoreRequest =>
  restoreRequest({ owners: false, ...changes });

for (const major of majorsInTurn(2)) {
  test(`a subscription that a plain role is not shown is a warning of the backup, on ${major}`, async (t) => {
    const db = await testDatabase(t, { major });
    await db.client.query(smallShop);
    await withSubscription(db);
    const { target } = await roleOf(db);
    const manifest = await takeBackup(target, memoryStore());
    assert.equal(manifest.totals.rows, 550);
    assert.equal(manifest.warnings.length, 1);
    assert.match(manifest.warnings[0]!.message, said);
    assert.equal(manifest.warnings[0]!.code, 'SUBSCRIPTION_NOT_READ');
    assert.equal(manifest.warnings[0]!.object, 'SUBSCRIPTION feed');
    // A superuser sees all of it.
    assert.deepEqual((await takeBackup(db.target, memoryStore())).warnings, []);
  });
}

test('the plan of a restore repeats the warnings that matter to it, and no others', async (t) => {
  const db = await testDatabase(t);
  await db.client.query(smallShop);
  const manifest: Manifest = {
    ...(await takeBackup(db.target, memoryStore())),
    warnings: [
      { code: 'A', object: null, message: 'of the database', table: null },
      { code: 'B', object: 'x', message: 'of orders', table: { schema: 'public', name: 'orders' } },
    ],
  };
  const warnings = async (changes: Partial<RestoreRequest>): Promise<string[]> =>
    (await planRestore(db.target, manifest, request(changes))).warnings;
  const [ofDatabase, ofOrders] = ['of the database', 'of orders'].map(
    (text) => `When the backup was taken: ${text}`,
  ) as [string, string];
  assert.deepEqual(await warnings({}), [ofDatabase, ofOrders]);
  assert.deepEqual(await warnings({ tables: ['orders'] }), [ofOrders]);
  assert.deepEqual(await warnings({ tables: ['customers'] }), []);
  // A new database gets the whole schema.
  const target = { mode: 'new-database', database: db.freeName() } as const;
  assert.ok((await warnings({ target, tables: ['customers'] })).includes(ofDatabase));
});

test('a backup with warnings is completed, and says so wherever it shows', async (t) => {
  const { db, another, api } = await testSystem(t, { sql: smallShop });
  await withSubscription(db);
  const { role, target } = await roleOf(db);
  await db.client.query(`grant all on all tables in schema public to "${role}"`);
  const plain = another({ database: target as Required<typeof target> }).api;
  const { id, status, warningCount } = await plain.createBackup({ wait: true });
  assert.deepEqual([status, warningCount], ['completed', 1]);

  const detail = await api.getBackup(id);
  assert.match(detail.contents!.warnings[0]!.message, said);
  const { backups } = await api.listBackups();
  assert.equal(backups[0]!.warningCount, 1);
  const ready = await api.status();
  assert.ok(ready.initialized);
  assert.deepEqual(
    ready.health.warnings.map(({ code }) => code),
    ['BACKUP_WARNINGS', 'ONLY_IN_DATABASE'],
  );

  const url = `postgres://${role}:plain@${target.host}:${target.port}/${db.name}`;
  const show = await holdfast(['show', String(id)], { url });
  assert.match(show.stdout, said);
  const taken = await holdfast(['backup'], { url });
  assert.equal(taken.code, 0, taken.stderr);
  assert.match(taken.stdout, /completed/);
  assert.match(taken.stdout, said);
  const again = await holdfast(['backup', '--json'], { url });
  assert.match(again.json<{ warnings: { message: string }[] }>().warnings[0]!.message, said);
  assert.match((await holdfast(['status'], { url })).stdout, /has every row, and a warning/);
});

for (const major of majorsInTurn(2)) {
  test(`options of user mappings that a plain role is not shown, by name, on ${major}`, async (t) => {
    const db = await testDatabase(t, { major });
    const { role, target } = await roleOf(db);
    await db.client.query(`
      create foreign data wrapper elsewhere;
      create server theirs foreign data wrapper elsewhere;
      create server ours foreign data wrapper elsewhere; alter server ours owner to "${role}";
      create server open foreign data wrapper elsewhere; grant usage on foreign server open to "${role}";
      create user mapping for postgres server theirs options (password 'hidden');
      create user mapping for public server theirs options (password 'hidden');
      create user mapping for "${role}" server theirs options (password 'hidden');
      create user mapping for public server ours options (password 'shown');
      create user mapping for postgres server ours options (password 'hidden');
      create user mapping for "${role}" server open options (password 'shown');
      create user mapping for postgres server open options (password 'hidden');
      grant pg_read_all_data to "${role}"`);
    const { warnings, schema } = await takeBackup(target, memoryStore());
    assert.deepEqual(
      warnings.map(({ code, object }) => [code, object]),
      [
        ['USER_MAPPING_OPTIONS_NOT_READ', 'USER MAPPING postgres SERVER open'],
        ['USER_MAPPING_OPTIONS_NOT_READ', 'USER MAPPING postgres SERVER ours'],
        ['USER_MAPPING_OPTIONS_NOT_READ', 'USER MAPPING postgres SERVER theirs'],
        ['USER_MAPPING_OPTIONS_NOT_READ', 'USER MAPPING public SERVER theirs'],
        ['USER_MAPPING_OPTIONS_NOT_READ', `USER MAPPING ${role} SERVER theirs`],
      ].toSorted((a, b) => (a[1]! < b[1]! ? -1 : 1)),
    );
    // Exactly those that it warns about have come without options.
    const bare = schema.entries.filter(
      ({ kind, sql }) => kind === 'USER MAPPING' && !sql.includes('password'),
    );
    assert.equal(bare.length, warnings.length);
    assert.deepEqual((await takeBackup(db.target, memoryStore())).warnings, []);
  });
}

test('doctor says beforehand what a backup will not have', async (t) => {
  const db = await testDatabase(t);
  await withSubscription(db);
  const { role, target } = await roleOf(db);
  const url = `postgres://${role}:plain@${target.host}:${target.port}/${db.name}`;
  const { stdout } = await holdfast(['doctor'], { url });
  assert.match(stdout, /reading definitions: .*not shown all of 1 definition.*SUBSCRIPTION feed/);
});

test('every code of a warning is explained', async () => {
  const operations = await readFile(new URL('../../docs/OPERATIONS.md', import.meta.url), 'utf8');
  const explained = [...operations.matchAll(/^\| `([A-Z_]+)` \| (?!`)/gm)].map(([, code]) => code!);
  const codes = explained.filter((code) => (backupWarningCodes as readonly string[]).includes(code));
  assert.deepEqual(codes.toSorted(), [...backupWarningCodes].toSorted());
});

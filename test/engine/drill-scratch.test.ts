import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import type { HoldfastError } from '../../src/base/errors.ts';
import type { CertificateStatement } from '../../src/contract/certificate.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { startTestServer } from '../support/server-start.ts';
import { testDatabase } from '../support/database.ts';
import { privateServer, serverTarget } from '../support/servers.ts';
import { smallDisk, withoutSmallDisk } from '../support/small-disk.ts';
import { runDrill, shownProblems, type DrillChanges } from './drills.ts';
import { takeBackup } from './runs.ts';

/* A good backup is never failed for what the scratch server lacks, and never passed for it. */

const notes = `create table notes (id int primary key, note text not null);
  insert into notes select i, 'note ' || i from generate_series(1, 1000) i;`;

interface Source {
  drill: (changes?: DrillChanges, change?: (manifest: Manifest) => void) => Promise<CertificateStatement>;
  db: Awaited<ReturnType<typeof testDatabase>>;
}
type Manifest = Awaited<ReturnType<typeof takeBackup>>;

async function source(t: TestContext, sql: string): Promise<Source> {
  const db = await testDatabase(t);
  await db.client.query(sql);
  const store = memoryStore();
  const manifest = await takeBackup(db.target, store);
  return {
    db,
    drill: (changes, change) => runDrill(store, manifest, { ...changes, ...(change ? { change } : {}) }),
  };
}

function assertInconclusive(found: CertificateStatement, code: string, message: RegExp): void {
  assert.equal(found.verdict, 'inconclusive', shownProblems(found));
  assert.equal(found.cause?.code, code, shownProblems(found));
  assert.match(found.cause.message, message);
}

test('roles, the superuser of the source among them, are made on a server of our own, and none can log in', async (t) => {
  const db = await testDatabase(t);
  const [reader, odd] = [`reader_${process.pid}`, `odd "${process.pid}`];
  const quoted = `"${odd.replaceAll('"', '""')}"`;
  await db.client
    .query(`create role ${reader}; create role ${quoted}; ${notes} create schema odd authorization ${quoted};
    create table odd.things (id int primary key); insert into odd.things values (1), (2);
    alter table odd.things owner to ${quoted}; grant select on notes, odd.things to ${reader};
    alter default privileges for role ${quoted} grant select on tables to ${reader}`);
  db.afterwards(`drop owned by ${reader}, ${quoted}; drop role ${reader}, ${quoted}`);
  const { rows } = await db.client.query<{ owner: string }>(
    `select tableowner as owner from pg_tables where tablename = 'notes'`,
  );
  assert.equal(rows[0]!.owner, 'postgres');
  const store = memoryStore();
  const found = await runDrill(store, await takeBackup(db.target, store), {
    checks: [
      {
        name: 'no login',
        sql: `select not rolcanlogin and not rolsuper from pg_roles where rolname = 'postgres'`,
      },
      {
        name: 'we are none',
        sql: `select not rolsuper and not rolcreaterole from pg_roles where rolname = current_user`,
      },
    ],
  });
  assert.equal(found.verdict, 'passed', shownProblems(found));
});

test('a role that another server lacks is not the fault of the backup, nor is an extension', async (t) => {
  const other = await privateServer(t);
  const role = `lacking_${process.pid}`;
  const withRole = await source(t, `${notes} create role ${role}; alter table notes owner to ${role}`);
  withRole.db.afterwards(`drop role ${role}`);
  const url = { kind: 'url', server: other.target() } as const;
  assertInconclusive(await withRole.drill({ target: url }), 'ROLES_MISSING', new RegExp(role));
  // What is left of it: nothing.
  const client = await other.client();
  const { rows } = await client.query(`select datname from pg_database where datname like 'holdfast%'`);
  assert.deepEqual(rows, []);

  const withExtension = await source(t, `${notes} create extension holdfast_sink`);
  assertInconclusive(
    await withExtension.drill(),
    'EXTENSIONS_MISSING',
    /holdfast_sink: the server does not offer it/,
  );
});

test('what only a superuser may make: extensions are made, event triggers and publications left out and named', async (t) => {
  const { drill } = await source(
    t,
    `${notes} create schema stats; create extension pg_stat_statements with schema stats; create extension file_fdw; create extension citext;
     comment on extension file_fdw is 'files';
     create table words (word citext primary key); insert into words values ('Word');
     create function told() returns event_trigger language plpgsql as 'begin end';
     create event trigger tell on ddl_command_end execute function told(); comment on event trigger tell is 'tells';
     create publication everything for all tables; create publication chosen for table notes;`,
  );
  const found = await drill();
  assert.equal(found.verdict, 'passed', shownProblems(found));
  assert.match(found.remarks.join(), /EVENT TRIGGER tell: only a superuser/);
  assert.match(found.remarks.join(), /PUBLICATION everything: only a superuser/);
  assert.doesNotMatch(found.remarks.join(), /chosen/);
});

test('a locale that the scratch server lacks', async (t) => {
  const { drill } = await source(t, notes);
  const elsewhere = (manifest: Manifest): void => {
    Object.assign(manifest.source, {
      collate: 'xx_YY.utf8',
      ctype: 'xx_YY.utf8',
      localeProvider: 'c',
      locale: null,
    });
  };
  const found = await drill({}, elsewhere);
  assert.equal(found.verdict, 'passed', shownProblems(found));
  assert.match(found.remarks.join(), /does not have the locale xx_YY.utf8/);
});

test('what rows violate counts against the backup only on a server like the source', async (t) => {
  const { drill } = await source(
    t,
    `${notes} create extension citext; create table parts (note int, kind text);
     insert into parts values (2000, 'a'); alter table parts add foreign key (note) references notes not valid;
     update pg_constraint set convalidated = true where conname = 'parts_note_fkey'`,
  );
  const alike = await drill();
  assert.equal(alike.verdict, 'failed', shownProblems(alike));
  assert.equal(alike.cause?.code, 'CONSTRAINT_VIOLATED');
  // The server quotes the row; a certificate is for others than the rows are.
  assert.doesNotMatch(JSON.stringify(alike), /Key \(|2000/);
  const unlike: Record<string, (manifest: Manifest) => void> = {
    'another locale': ({ source: of }) =>
      void Object.assign(of, { collate: 'xx_YY.utf8', localeProvider: 'c' }),
    'another major version': ({ source: of }) => void (of.serverVersionNum = 170_000),
    'another version of an extension': ({ extensions }) =>
      void (extensions.find(({ name }) => name === 'citext')!.version = '0.9'),
    'a setting that it does not take': ({ source: of }) =>
      void Object.assign(of.evaluation!, { TimeZone: 'Mars/Phobos' }),
  };
  for (const [what, change] of Object.entries(unlike)) {
    const found = await drill({}, change);
    assert.equal(found.verdict, 'inconclusive', `${what}: ${shownProblems(found)}`);
    assert.equal(found.cause?.code, 'CONSTRAINT_VIOLATED', what);
  }
});

test('a slow check, and a drill that takes too long', async (t) => {
  const { drill } = await source(t, notes);
  const slow = await drill({
    checks: [{ name: 'slow', sql: 'select pg_sleep(60) is not null', timeoutSeconds: 1 }],
  });
  assertInconclusive(slow, 'DRILL_INCONCLUSIVE', /slow: .*statement timeout/);
  assertInconclusive(await drill({ timeoutMs: 1 }), 'DRILL_INCONCLUSIVE', /ended after/);
});

test('a scratch server that is killed', async (t) => {
  const other = await privateServer(t);
  const { drill } = await source(t, notes);
  const target = { kind: 'url', server: other.target() } as const;
  const found = await drill({ target, onRestored: () => other.restart('immediate') });
  assert.equal(found.verdict, 'inconclusive', shownProblems(found));
  assert.deepEqual(await scratchDatabases(other), []);
});

test('a full disk', { skip: withoutSmallDisk }, async (t) => {
  const { drill } = await source(t, notes);
  const { folder } = await smallDisk(t);
  assertInconclusive(
    await drill({ target: { kind: 'embedded', folder } }),
    'DRILL_INCONCLUSIVE',
    /no room for the scratch database: .* free/,
  );
  assert.deepEqual(await fs.readdir(folder), []);
  // Another server tells how much room it has only when it has none.
  const { folder: larger } = await smallDisk(t, '90m');
  const server = await startTestServer(18, {
    parent: larger,
    settings: { max_wal_size: '32MB', min_wal_size: '32MB' },
  });
  const much = await source(
    t,
    `create table much as select i, repeat(md5(i::text), 8) as word from generate_series(1, 200000) i`,
  );
  try {
    const found = await much.drill({ target: { kind: 'url', server: serverTarget(server) } });
    assertInconclusive(found, 'DISK_FULL', /No space left on device/);
  } finally {
    // Before the disk goes.
    await server.stop('immediate');
  }
});

test('the source is never the target', async (t) => {
  const { db, drill } = await source(t, notes);
  const refused = (error: HoldfastError): boolean => error.code === 'DRILL_TARGET_REFUSED';
  await assert.rejects(drill({ target: { kind: 'url', server: db.target } }), refused);
  const unknown = (manifest: Manifest): void => void (manifest.source.systemIdentifier = '');
  await assert.rejects(drill({}, unknown), refused);
  const { rows } = await db.client.query(
    `select datname from pg_database where datname like 'holdfast_drill%'`,
  );
  assert.deepEqual(rows, []);
});

test('a scratch database on the server of the source, for one who asked for it; the next drill drops what a killed one left', async (t) => {
  const { db, drill } = await source(t, notes);
  const target = { kind: 'same-server', server: db.target } as const;
  const name = 'holdfast_drill_0123456789abcdef';
  await db.client.query(`create database ${name}`);
  await db.client.query(`create database holdfast_drill_fedcba9876543210`);
  t.after(() => db.client.query(`drop database holdfast_drill_fedcba9876543210`));
  await db.client.query(
    `comment on database ${name} is 'Holdfast: scratch database of a drill or a question. It is dropped when that ends, or later.'`,
  );
  const found = await drill({ target });
  assert.equal(found.verdict, 'passed', shownProblems(found));
  const { rows } = await db.client.query<{ datname: string }>(
    `select datname from pg_database where datname like 'holdfast_drill%'`,
  );
  // Not by its look alone.
  assert.deepEqual(rows, [{ datname: 'holdfast_drill_fedcba9876543210' }]);
});

test('another major version than the source', async (t) => {
  const { drill } = await source(t, notes);
  const older = (manifest: Manifest): void => void (manifest.source.serverVersionNum = 150_000);
  const found = await drill({}, older);
  assert.equal(found.verdict, 'passed', shownProblems(found));
  assert.match(found.remarks.join(), /not what it says/);
});

test('the folder of a killed drill is removed by the next one', async (t) => {
  const { drill } = await source(t, notes);
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'holdfast-test-'));
  t.after(() => fs.rm(folder, { recursive: true, force: true }));
  await fs.chmod(folder, 0o755);
  const here = createHash('sha256').update(os.hostname()).digest('hex').slice(0, 8);
  // No process has this high a number.
  const left = ['99999999-' + here, `${process.pid}-${here}`, '99999999-elsewhere'].map(
    (of) => `holdfast-drill-${of}-abc`,
  );
  for (const name of left) await fs.mkdir(path.join(folder, name, 'data'), { recursive: true });
  assert.equal((await drill({ target: { kind: 'embedded', folder } })).verdict, 'passed');
  assert.deepEqual((await fs.readdir(folder)).toSorted(), left.slice(1).toSorted());
});

async function scratchDatabases(server: Awaited<ReturnType<typeof privateServer>>): Promise<unknown[]> {
  const client = await server.client();
  const { rows } = await client.query(`select datname from pg_database where datname like 'holdfast%'`);
  return rows;
}

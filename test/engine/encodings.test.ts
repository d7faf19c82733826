import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { exportSql } from '../../src/engine/read/download.ts';
import type { Manifest } from '../../src/format/manifest.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { temporaryFolder } from '../cli/holdfast.ts';
import { openClient } from '../support/connect.ts';
import { testDatabase, type FirstTestDatabase, type TestDatabase } from '../support/database.ts';
import { serverTarget, majorsInTurn } from '../support/servers.ts';
import { fails, manifestsIn } from './outcomes.ts';
import { planRestore, restoreRequest, runRestore, takeBackup } from './runs.ts';

/** Another database of the server, of that encoding. */
async function databaseOf(db: FirstTestDatabase, encoding: string): Promise<TestDatabase> {
  const name = db.freeName();
  const client = await openClient(serverTarget(db.server));
  await client.query(`create database "${name}" encoding '${encoding}' locale 'C' template template0`);
  await client.end();
  return db.adopt(name);
}

/** Rows of every byte that a text can hold, in a table of one range and in one of several; with UTF-8 beside it. */
const everyByte = `
  create table bytes (id int primary key, v text);
  insert into bytes select i, convert_from(decode(lpad(to_hex(i), 2, '0') || '41' || lpad(to_hex(i), 2, '0'), 'hex'), 'SQL_ASCII')
    from generate_series(1, 255) i;
  create table large (v text, pad text);
  insert into large select convert_from('\\xe4f6fc', 'SQL_ASCII') || i, repeat('\\', 1900) from generate_series(1, 4000) i;
  create table only_text (v text);
  insert into only_text select v from bytes;
  comment on table bytes is 'ä ö ü ☃';
  create table "schnee☃" (ä text default 'ö');
  insert into "schnee☃" values ('☃');
  create index on bytes (v);
  select lo_from_bytea(4711, '\\xe4f600ff');`;

const contents = `
  select (select json_agg(encode(convert_to(v, 'SQL_ASCII'), 'hex') order by id) from bytes)::text
    || (select md5(string_agg(encode(convert_to(v || pad, 'SQL_ASCII'), 'hex'), ' ' order by v)) from large)
    || (select count(*) from only_text)
    || (select encode(convert_to(ä, 'SQL_ASCII'), 'hex') from "schnee☃")
    || encode(convert_to(obj_description('bytes'::regclass), 'SQL_ASCII'), 'hex')
    || (select encode(lo_get(oid), 'hex') from pg_largeobject_metadata) as line`;

async function contentsOf({ client }: TestDatabase): Promise<string> {
  return (await client.query(contents)).rows[0].line;
}

async function restoredByPsql(t: TestContext, to: TestDatabase, script: Buffer): Promise<void> {
  const file = path.join(await temporaryFolder(t), 'backup.sql');
  await writeFile(file, script);
  // An older psql does not know \restrict, and is told that it may leave it out.
  const lines = script.toString('latin1').split('\n');
  const plain = lines.filter((line) => !/^\\(un)?restrict /.test(line)).join('\n');
  await writeFile(file, Buffer.from(plain, 'latin1'));
  await promisify(execFile)(
    'psql',
    ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', to.connectionString, '-f', file],
    {
      env: { ...process.env, PGOPTIONS: '', PGCLIENTENCODING: 'LATIN1' },
    },
  );
}

for (const major of majorsInTurn(1)) {
  test(`rows of a SQL_ASCII database are kept byte by byte, every way back, on ${major}`, async (t) => {
    const db = await testDatabase(t, { major });
    const source = await databaseOf(db, 'SQL_ASCII');
    await source.client.query(everyByte);
    const before = await contentsOf(source);
    const store = memoryStore();
    const manifest = await takeBackup(source.target, store);
    assert.equal(manifest.source.encoding, 'SQL_ASCII');
    assert.equal(manifest.settings['client_encoding'], 'SQL_ASCII');
    assert.ok(manifest.tables.find(({ name }) => name === 'large')!.ranges.length > 1);

    const target = { mode: 'new-database', database: db.freeName() } as const;
    await runRestore(source.target, store, manifest, { target });
    assert.equal(await contentsOf(await db.adopt(target.database)), before);

    await source.client
      .query(`delete from bytes where id % 2 = 0; update large set v = 'x'; drop table "schnee☃";
      truncate only_text; select lo_unlink(4711)`);
    const plan = await planRestore(source.target, manifest, restoreRequest());
    const counted = plan.tables.map(({ table, rowsNow }) => [table, rowsNow]);
    assert.deepEqual(Object.fromEntries(counted), {
      'public.bytes': 128,
      'public.large': 4_000,
      'public.only_text': 0,
      'public.schnee☃': null,
    });
    await runRestore(source.target, store, manifest, { target: { mode: 'in-place' } });
    assert.equal(await contentsOf(source), before);

    const byPsql = await databaseOf(db, 'SQL_ASCII');
    await restoredByPsql(t, byPsql, await buffer(exportSql(store, manifest, 'sql')));
    assert.equal(await contentsOf(byPsql), before);

    // No other encoding takes any bytes, and what looks like text might mean something else.
    await db.client.query('create table bytes (id int primary key, v text)');
    const tables = ['bytes'];
    const [misfit] = (await planRestore(db.target, manifest, restoreRequest({ tables }))).refusals;
    assert.equal(misfit!.code, 'ENCODING_NOT_SUPPORTED');
    await fails(
      runRestore(db.target, store, manifest, { target: { mode: 'in-place' }, tables }),
      'ENCODING_NOT_SUPPORTED',
      /SQL_ASCII.*this one is UTF8/,
    );
  });

  test(`names and definitions that are no UTF-8 are refused by name before anything is read, on ${major}`, async (t) => {
    const db = await testDatabase(t, { major });
    const source = await databaseOf(db, 'SQL_ASCII');
    // As bytes, by a client of that encoding.
    await source.client.query(`create table fine (i int);
      do $$ begin
        execute convert_from('\\x637265617465207461626c65202263616665e92220286920696e7429', 'SQL_ASCII');
        execute 'comment on table fine is ''' || convert_from('\\xe4', 'SQL_ASCII') || '''';
      end $$`);
    const store = memoryStore();
    const error = await fails(
      takeBackup(source.target, store),
      'ENCODING_NOT_SUPPORTED',
      /COMMENT public\.TABLE fine/,
    );
    assert.match(error.message, /TABLE public\.cafe\\xe9/);
    assert.equal(await manifestsIn(store), 0);
    // Also where only tables are asked for that are fine themselves: the schema is always whole.
    await fails(takeBackup(source.target, store, { tables: ['fine'] }), 'ENCODING_NOT_SUPPORTED');
  });

  test(`other encodings than UTF-8 come back as text, and what has no conversion is refused, on ${major}`, async (t) => {
    const db = await testDatabase(t, { major });
    for (const [encoding, sample] of [
      ['LATIN1', 'äöü'],
      ['EUC_JP', '日本語'],
    ] as const) {
      const source = await databaseOf(db, encoding);
      await source.client.query(
        `create table "${sample}" (v text); insert into "${sample}" values ('${sample}')`,
      );
      const store = memoryStore();
      const manifest: Manifest = await takeBackup(source.target, store);
      assert.equal(manifest.settings['client_encoding'], 'UTF8');
      const target = { mode: 'new-database', database: db.freeName() } as const;
      await runRestore(source.target, store, manifest, { target });
      const { client } = await db.adopt(target.database);
      assert.equal((await client.query(`select v from "${sample}"`)).rows[0].v, sample);
      assert.equal((await client.query('show server_encoding')).rows[0].server_encoding, encoding);
    }
    const mule = db.freeName();
    await db.client.query(`create database "${mule}" encoding 'MULE_INTERNAL' locale 'C' template template0`);
    await fails(
      takeBackup({ ...db.target, database: mule }, memoryStore()),
      'ENCODING_NOT_SUPPORTED',
      /MULE_INTERNAL/,
    );
  });
}

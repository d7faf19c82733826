import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import test, { type TestContext } from 'node:test';
import { openClient } from '../../src/postgres/connection.ts';
import { dumpArguments } from '../../src/postgres/pg-dump/arguments.ts';
import { dumpSchema } from '../../src/postgres/pg-dump/pg-dump.ts';
import { nativeMajor } from '../../src/postgres/pg-dump/native.ts';
import { runBundledDump } from '../../src/postgres/pg-dump/wasm.ts';
import { entrySql } from '../../src/engine/entries/sql.ts';
import { publicSchemaDefaults } from '../../src/format/sql-script.ts';
import { schemaScript } from '../support/compare.ts';
import { testDatabase } from '../support/database.ts';
import { majors } from '../support/majors.ts';
import { createKitchenSink } from '../kitchen-sink/kitchen-sink.ts';

const everything = { excludeTables: [], excludeSchemas: [] };

/** A program that stands in for pg_dump. `script` may use `args` and `directory`. */
async function program(t: TestContext, script: string): Promise<{ binary: string; directory: string }> {
  const directory = await fs.mkdtemp(path.join(tmpdir(), 'holdfast-test-'));
  t.after(() => fs.rm(directory, { recursive: true, force: true }));
  const binary = path.join(directory, 'pg_dump');
  const head = `#!${process.execPath}\nconst args = process.argv.slice(2), directory = __dirname;\n`;
  await fs.writeFile(binary, head + script, { mode: 0o755 });
  return { binary, directory };
}

const version =
  "if (args[0] === '--version') { console.log('pg_dump (PostgreSQL) 99.1 (Stand-in)'); return; }\n";

/** Logs in at the socket it is told, asks the server its version and writes the archive it finds. */
const honest = `${version}
const fs = require('node:fs'), socket = require('node:net').connect(process.env.PGHOST + '/.s.PGSQL.' + process.env.PGPORT);
const int = (value) => { const bytes = Buffer.alloc(4); bytes.writeInt32BE(value); return bytes; };
const asked = Buffer.from('select version()\\0'), parameters = Buffer.from('user\\0x\\0\\0');
let stage = 0, heard = Buffer.alloc(0);
socket.write(Buffer.concat([int(8), int(80877103)]));
socket.on('data', (bytes) => {
  heard = Buffer.concat([heard, bytes]);
  if (stage === 0 && heard.toString() === 'N') {
    stage = 1;
    socket.write(Buffer.concat([int(8 + parameters.length), int(196608), parameters]));
  } else if (stage === 1 && heard.includes('ZI') === false && heard.subarray(-6, -5).toString() === 'Z') {
    stage = 2;
    socket.write('Q');
    socket.write(Buffer.concat([int(4 + asked.length), asked]));
  } else if (stage === 2 && heard.includes('PostgreSQL 18.') && heard.subarray(-6, -5).toString() === 'Z') {
    stage = 3;
    fs.writeFileSync(directory + '/seen.json', JSON.stringify({ args, env: process.env, mode: fs.statSync(process.env.PGHOST).mode & 0o777 }));
    socket.write(Buffer.concat([Buffer.from('X'), int(4)]));
    console.error('pg_dump: warning: something is odd');
    fs.createReadStream(directory + '/archive').pipe(process.stdout);
  }
});`;

test('an installed pg_dump is used over our own connection, and told no secrets', async (t) => {
  const { client, target } = await testDatabase(t);
  await client.query('create table a (a int)');
  const { binary, directory } = await program(t, honest);
  const lent = await openClient(target);
  const args = dumpArguments({ ...everything, lockTimeoutMs: 30_000 }, 18);
  const { archive } = await runBundledDump({ client: lent, inTransaction: false }, args);
  await fs.writeFile(path.join(directory, 'archive'), archive);
  await lent.end();

  const bundled = await dumpSchema(target, everything);
  const native = await dumpSchema(target, { ...everything, nativeBinary: binary });
  assert.match(native.dumper, /^pg_dump 18\.\d+ \(native\)$/);
  assert.deepEqual({ ...native, dumper: bundled.dumper, messages: [] }, bundled);
  assert.deepEqual(native.messages, ['something is odd']);

  const seen = JSON.parse(await fs.readFile(path.join(directory, 'seen.json'), 'utf8'));
  assert.deepEqual(seen.args, args);
  assert.equal(seen.mode, 0o700);
  assert.ok(!('PGPASSWORD' in seen.env));
  assert.ok(typeof target.password === 'string' && !Object.values(seen.env).includes(target.password));
  await assert.rejects(fs.stat(seen.env.PGHOST), { code: 'ENOENT' });
});

test('what an installed pg_dump complains about is passed on', async (t) => {
  const { target } = await testDatabase(t);
  const complaint = [
    'pg_dump: last built-in OID is 16383',
    'pg_dump: error: failed to get data for sequence "x"; user may lack SELECT privilege on the sequence',
    'and more',
    'pg_dump: detail: Query was: SELECT',
  ];
  const { binary } = await program(
    t,
    `${version} console.error(${JSON.stringify(complaint.join('\n'))}); process.exit(1);`,
  );
  await assert.rejects(dumpSchema(target, { ...everything, nativeBinary: binary }), {
    code: 'INSUFFICIENT_PRIVILEGE',
    message:
      'pg_dump could not read the schema: failed to get data for sequence "x"; user may lack SELECT privilege on the sequence\nand more',
  });
  const silent = await program(
    t,
    `${version} process.kill(process.pid, 'SIGTERM'); setTimeout(() => {}, 10000);`,
  );
  await assert.rejects(dumpSchema(target, { ...everything, nativeBinary: silent.binary }), {
    code: 'BACKUP_FAILED',
    message: /SIGTERM/,
  });
  const nonsense = await program(t, `${version} console.log('PGDMP nonsense');`);
  await assert.rejects(dumpSchema(target, { ...everything, nativeBinary: nonsense.binary }), {
    code: /SERVER_NOT_SUPPORTED|BACKUP_FAILED/,
  });
});

test('an installed pg_dump ends when the dump is cancelled', async (t) => {
  const { client, target } = await testDatabase(t);
  const { binary, directory } = await program(
    t,
    `${version} require('node:fs').writeFileSync(directory + '/pid', String(process.pid)); setInterval(() => {}, 1000);`,
  );
  const abort = new AbortController();
  const dump = dumpSchema(target, { ...everything, nativeBinary: binary, signal: abort.signal });
  const failed = assert.rejects(dump, { code: 'CANCELLED' });
  const read = (): Promise<string> => fs.readFile(path.join(directory, 'pid'), 'utf8').catch(() => '');
  let pid = '';
  while ((pid = await read()) === '') await sleep(20);
  abort.abort();
  await failed;
  const isRunning = (): boolean => {
    try {
      return process.kill(Number(pid), 0);
    } catch {
      return false;
    }
  };
  const connections = async (): Promise<number | undefined> => {
    const { rows } = await client.query<{ n: number }>(
      "select count(*)::int as n from pg_stat_activity where datname = current_database() and application_name = 'holdfast pg_dump'",
    );
    return rows[0]?.n;
  };
  for (let attempt = 0; isRunning() || (await connections()) !== 0; attempt++) {
    assert.ok(attempt < 250, 'the program or its connection is still there');
    await sleep(20);
  }
});

test('a pg_dump that is too old or not there is not used', async (t) => {
  const { target } = await testDatabase(t);
  const { binary } = await program(t, "console.log('pg_dump (PostgreSQL) 13.1');");
  await assert.rejects(dumpSchema(target, { ...everything, nativeBinary: binary }), {
    code: 'SERVER_NOT_SUPPORTED',
    message: /PostgreSQL 18 .* is version 13/,
  });
  await assert.rejects(dumpSchema(target, { ...everything, nativeBinary: '/nonexistent/pg_dump' }), {
    code: 'SERVER_NOT_SUPPORTED',
    message: /cannot be run/,
  });
});

test('what a real installed pg_dump reads makes the same schema', async (t) => {
  const installed = await nativeMajor('pg_dump');
  if (process.env['CI'] === 'true') assert.ok(installed, 'CI must have pg_dump');
  // One that is older than its server refuses to work.
  const major = majors.findLast((each) => each <= (installed ?? 0));
  if (!major)
    return t.skip('there is no pg_dump of 14 or later on PATH; install a PostgreSQL client to run this');
  const db = await testDatabase(t, { major });
  await createKitchenSink(db.client, major);
  const { entries } = await dumpSchema(db.target, { ...everything, nativeBinary: 'pg_dump' });
  const copy = await db.createDatabase();
  // As a restore does: the owner of schema public, and what everybody may do there, are the backup's.
  const sql = [publicSchemaDefaults, ...entries.map((entry) => entrySql(entry, true))].join('\n');
  await copy.client.query(`set check_function_bodies = off; set search_path = ''; ${sql}`);
  assert.equal(await schemaScript(copy.target), await schemaScript(db.target));
});

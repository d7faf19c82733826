import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { withoutRestrictKey } from '../support/psql.ts';
import { testDatabase } from '../support/database.ts';
import { holdfast, launch, temporaryFolder } from './holdfast.ts';

const psql = spawnSync('psql', ['--version']).status === 0;
const zstd = spawnSync('zstd', ['--version']).status === 0;

test('a download is whole or not there, and the formats hold the same', async (t) => {
  const cwd = await temporaryFolder(t);
  const { client, connectionString: url } = await testDatabase(t);
  await client.query(
    `create table numbers as select i, md5(i::text) as hash from generate_series(1, 30000) i`,
  );
  await holdfast(['init'], { url });
  await holdfast(['backup'], { url });

  const first = await holdfast(['download', '1', '--json'], { url, cwd });
  assert.equal(first.code, 0, first.stdout);
  const { file, bytes } = first.json<{ file: string; bytes: number }>();
  assert.match(file, /\.sql\.zst$/);
  const stat = await fs.stat(path.join(cwd, file));
  assert.equal(stat.size, bytes);
  assert.equal(stat.mode & 0o077, 0, 'for its owner only');
  assert.deepEqual(await fs.readdir(cwd), [file]);

  const second = await holdfast(['download', '1'], { url, cwd });
  assert.equal(second.code, 2);
  assert.match(second.stderr, /--force/);
  assert.equal((await holdfast(['download', '1', '--force'], { url, cwd })).code, 0);

  assert.equal((await holdfast(['download', '1', '-o', 'named.sql.gz'], { url, cwd })).code, 0);
  assert.equal((await holdfast(['download', '1', '-o', 'named.sql'], { url, cwd })).code, 0);
  const sql = await fs.readFile(path.join(cwd, 'named.sql'), 'utf8');
  const same = (other: string): void => assert.equal(withoutRestrictKey(other), withoutRestrictKey(sql));
  same(gunzipSync(await fs.readFile(path.join(cwd, 'named.sql.gz'))).toString());
  assert.match(sql, /CREATE TABLE public\.numbers/);
  assert.match(sql, /^1\tc4ca4238a0b923820dcc509a6f75849b$/m);
  assert.ok(!sql.includes('system_backups'));
  if (zstd) {
    const unpacked = spawnSync('zstd', ['-dc', path.join(cwd, file)], { maxBuffer: 1 << 28 });
    same(unpacked.stdout.toString());
  }

  const piped = await holdfast(['download', '1', '-f', 'sql', '-o', '-'], { url, cwd });
  assert.equal(piped.code, 0);
  same(piped.stdout);
  assert.equal(piped.stderr, '');

  await fs.writeFile(path.join(cwd, 'broken.sql.partial'), 'left behind');
  const inTheWay = await holdfast(['download', '1', '-o', 'broken.sql'], { url, cwd });
  assert.equal(inTheWay.code, 2);
  assert.equal(await fs.readFile(path.join(cwd, 'broken.sql.partial'), 'utf8'), 'left behind');
  const nowhere = await holdfast(['download', '1', '-o', 'no/such/folder.sql', '--json'], { url, cwd });
  assert.equal(nowhere.code, 2);
  assert.equal((await holdfast(['download', '1', '-o', '-', '--json'], { url, cwd })).code, 2);
});

test('psql alone restores what was downloaded', { skip: !psql && 'no psql here' }, async (t) => {
  const cwd = await temporaryFolder(t);
  const { client, connectionString: url, createDatabase } = await testDatabase(t);
  await client.query(`
    create table parent (id int primary key, note text);
    create table child (id serial primary key, parent int references parent);
    insert into parent select i, E'tab\\there \\\\ and \\n newline ' || i from generate_series(1, 1000) i;
    insert into child (parent) select i from generate_series(1, 1000) i`);
  await holdfast(['init'], { url });
  await holdfast(['backup'], { url });
  await holdfast(['download', '1', '-o', 'it.sql'], { url, cwd });
  const empty = await createDatabase();
  const run = spawnSync(
    'psql',
    ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', empty.connectionString, '-f', path.join(cwd, 'it.sql')],
    { encoding: 'utf8' },
  );
  assert.equal(run.status, 0, run.stderr);
  const contents = `select md5(string_agg(p::text || c::text, ',' order by p.id)) as sum from parent p join child c on c.parent = p.id`;
  assert.deepEqual((await empty.client.query(contents)).rows, (await client.query(contents)).rows);
});

test('a reader that leaves early ends a download, without a stack trace and not as a success', async (t) => {
  const { client, connectionString: url } = await testDatabase(t);
  await client.query(
    `create table numbers as select i, md5(i::text) as hash from generate_series(1, 100000) i`,
  );
  await holdfast(['init'], { url });
  await holdfast(['backup'], { url });
  const running = launch(['download', '1', '-f', 'sql', '-o', '-'], { url });
  running.child.stdout?.once('data', () => running.child.stdout?.destroy());
  const { code, stderr } = await running.ended;
  assert.equal(code, 130);
  assert.match(stderr, /closed it before the end/);
  assert.ok(!/at .*\.ts:/.test(stderr), stderr);

  const list = launch(['list'], { url });
  list.child.stdout?.destroy();
  assert.equal((await list.ended).code, 0);
});

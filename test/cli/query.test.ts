import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { isAlive } from '../../src/postgres/embedded/process.ts';
import { smallShop, testSystem } from '../api/system.ts';
import { privateServer } from '../support/servers.ts';
import { holdfast, launch, temporaryFolder, until } from './holdfast.ts';

test('a question on the command line: a table, JSON, CSV, and a refusal', async (t) => {
  const { api, db } = await testSystem(t, { sql: smallShop });
  const { id } = await api.createBackup({ wait: true });
  const url = db.connectionString;
  const sql = `select name, null as nothing, 'a "b", c' as text, '' as empty from customers where id = 7`;
  const shown = await holdfast(['query', String(id), sql], { url });
  assert.equal(shown.code, 0, shown.stderr);
  assert.match(
    shown.stdout,
    /name +nothing +text +empty\n.*customer 7 +a "b", c *\n\n1 row\nread: 1 table, 1 of 1 chunk, \d+ B\n$/s,
  );
  const csv = await holdfast(['query', String(id), sql, '--csv'], { url });
  assert.equal(csv.stdout, 'name,nothing,text,empty\ncustomer 7,,"a ""b"", c",""\n');
  const json = await holdfast(['query', String(id), 'table orders', '--limit', '2', '--json'], { url });
  const { rows, more } = json.json<{ rows: string[][]; more: boolean }>();
  assert.deepEqual([rows.length, more], [2, true]);
  const refused = await holdfast(['query', String(id), 'drop table orders'], { url });
  assert.equal(refused.code, 2, refused.stderr);
  assert.match(refused.stderr, /syntax error/);
});

test('after kill -9 nothing of a scratch database stays', async (t) => {
  const { api, db } = await testSystem(t, { sql: smallShop });
  const { id } = await api.createBackup({ wait: true });
  const url = db.connectionString;
  const sleep = ['query', String(id), 'select pg_sleep(300), count(*) from orders', '--timeout', '600'];

  await t.test('on another server', async (inner) => {
    const scratch = await privateServer(inner);
    const client = await scratch.client();
    const { host, port, user, password } = scratch.server;
    const env = { HOLDFAST_DRILL_URL: `postgres://${user}:${password}@${host}:${port}/postgres` };
    const count = async (sql: string): Promise<number> => (await client.query(sql)).rows.length;
    const running = launch(sleep, { url, env });
    const sleeping = `select from pg_stat_activity where wait_event = 'PgSleep'`;
    await until('it sleeps', async () => (await count(sleeping)) === 1);
    running.child.kill('SIGKILL');
    await running.ended;
    // The server looks whether the one who asked is there.
    await until('the statement is ended', async () => (await count(sleeping)) === 0);
    const left = `select datname from pg_database where datname ~ '^holdfast_' union all select rolname from pg_roles where rolname ~ '^holdfast_'`;
    assert.equal(await count(left), 4);
    const next = await holdfast(['query', String(id), 'select count(*) from orders', '--csv'], { url, env });
    assert.deepEqual([next.code, next.stdout], [0, 'count\n500\n'], next.stderr);
    assert.equal(await count(left), 0);
  });

  await t.test('on a server of its own', async (inner) => {
    const folder = await temporaryFolder(inner);
    await fs.chmod(folder, 0o711);
    const env = { TMPDIR: folder };
    const scratches = async (): Promise<string[]> =>
      (await fs.readdir(folder)).filter((name) => name.startsWith('holdfast-drill-'));
    const running = launch(sleep, { url, env });
    let pid = 0;
    await until('its server runs', async () => {
      const [name] = await scratches();
      if (name === undefined) return false;
      const text = await fs
        .readFile(path.join(folder, name, 'data', 'postmaster.pid'), 'utf8')
        .catch(() => '');
      pid = text.split('\n')[7]?.trim() === 'ready' ? Number(text.split('\n')[0]) : 0;
      return pid > 0;
    });
    running.child.kill('SIGKILL');
    await running.ended;
    await until('the server has ended', () => !isAlive(pid));
    const next = await holdfast(['query', String(id), 'select count(*) from orders', '--csv'], { url, env });
    assert.deepEqual([next.code, next.stdout], [0, 'count\n500\n'], next.stderr);
    assert.deepEqual(await scratches(), []);
  });
});

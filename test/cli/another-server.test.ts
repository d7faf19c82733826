import assert from 'node:assert/strict';
import { test } from 'node:test';
import { smallShop, testSystem } from '../api/system.ts';
import { privateServer } from '../support/servers.ts';
import { holdfast } from './holdfast.ts';

const password = 'Plant3d/Secret@w0rd';

test('holdfast restore --to: onto another server, with the password of PGPASSWORD or of the address', async (t) => {
  const { api, db } = await testSystem(t, { sql: smallShop });
  const other = await privateServer(t);
  const client = await other.client();
  await client.query(`create role mover createdb login password '${password}'`);
  await client.query(`create role clerk; grant clerk to mover`);
  const { id } = await api.createBackup({ wait: true });
  const { host, port } = other.server;
  const address = `postgres://mover@${host}:${port}`;
  const said: string[] = [];
  const run = async (args: string[], env: Record<string, string> = {}) => {
    const outcome = await holdfast(['restore', String(id), ...args], { url: db.connectionString, env });
    said.push(outcome.stdout, outcome.stderr);
    return outcome;
  };
  const owner = db.server.user;
  const mapped = ['--map-role', `${owner}=clerk`];

  const plan = await run(['--to', `${address}/shop`, '--dry-run', ...mapped], { PGPASSWORD: password });
  assert.equal(plan.code, 0, plan.stdout + plan.stderr);
  assert.match(plan.stdout, new RegExp(`new database shop on ${host}:${port}`));
  const restored = await run(['--to', `${address}/shop`, '--json', ...mapped], { PGPASSWORD: password });
  assert.equal(restored.code, 0, restored.stdout + restored.stderr);
  const { restore } = restored.json<{ restore: { target: unknown; ownership: unknown } }>();
  assert.deepEqual(restore.target, { mode: 'new-database', database: 'shop', server: `${host}:${port}` });
  assert.deepEqual(restore.ownership, { map: { [owner]: 'clerk' } });
  const shop = await other.client('shop');
  const { rows } = await shop.query(
    `select count(*)::int as orders, (select pg_get_userbyid(relowner) from pg_class where oid = 'orders'::regclass) as owner from orders`,
  );
  assert.deepEqual(rows, [{ orders: 500, owner: 'clerk' }]);

  const withPassword = `postgres://mover:${encodeURIComponent(password)}@${host}:${port}/second`;
  const second = await run(['--to-url', withPassword, '--no-owners']);
  assert.equal(second.code, 0, second.stdout + second.stderr);
  assert.match(second.stdout + second.stderr, /Restore 2 of backup 1 completed/);
  const taken = await run(['--to', `${address}/shop`, '--no-owners', '--json'], { PGPASSWORD: password });
  assert.deepEqual([taken.code, taken.json()['code']], [4, 'DATABASE_EXISTS']);
  for (const wrong of [
    ['--to', `${address}/third`, '--to-database', 'third'],
    ['--to', 'third'],
    ['--to', `${address}/third`, '--no-owners', ...mapped],
    ['--map-role', 'nothing'],
    [...mapped],
  ]) {
    const refused = await run([...wrong, '--json', '--yes'], { PGPASSWORD: password });
    assert.equal(refused.code, 2, `${wrong.join(' ')}: ${refused.stdout}${refused.stderr}`);
  }
  const left = await client.query(`select datname from pg_database where datname ~ 'unfinished|third'`);
  assert.deepEqual(left.rows, []);
  for (const text of said) assert.ok(!/Plant3d|w0rd/.test(text), text);
});

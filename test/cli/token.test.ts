import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBackupSystem } from '../../src/index.ts';
import { testDatabase } from '../support/database.ts';
import { holdfast } from './holdfast.ts';

test('a token is made for a deploy script, listed without itself, and revoked', async (t) => {
  const { connectionString } = await testDatabase(t);
  const system = createBackupSystem({
    database: connectionString,
    auth: { token: 'test-token-0123456789' },
  });
  t.after(() => system.stop());
  await system.api.init();
  const env = { DATABASE_URL: connectionString };
  const made = await holdfast(['token', 'create', 'deploy', '--scopes', 'point', '--expires', '90d'], {
    env,
  });
  assert.equal(made.code, 0, made.stderr);
  const [token] = /hf_[\w-]{43}/.exec(made.stdout)!;
  assert.match(made.stdout, /not shown again/);
  const list = await holdfast(['token', 'list'], { env });
  assert.match(list.stdout, /Token 1 deploy: point; until/);
  assert.match(list.stdout, /never used/);
  assert.ok(!list.stdout.includes(token));
  const call = (): Promise<Response> =>
    system.fetch(
      new Request('http://backup.test/api/admin/point?wait=true', {
        method: 'POST',
        headers: { Authorization: `Bearer ${token}` },
      }),
    );
  assert.equal((await call()).status, 201);
  const json = await holdfast(['token', 'revoke', '1', '--json'], { env });
  assert.equal(JSON.parse(json.stdout).deleted.name, 'deploy');
  assert.equal((await call()).status, 401);
  const wrong = await holdfast(['token', 'create', 'x', '--scopes', 'root'], { env });
  assert.equal(wrong.code, 2, wrong.stderr);
  assert.match(wrong.stderr, /"root" is none of read, point/);
  const gone = await holdfast(['token', 'revoke', '1'], { env });
  assert.match(gone.stderr, /There is no token 1/);
});

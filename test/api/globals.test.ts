import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLogger } from '../../src/base/logger.ts';
import { createBackupSystem } from '../../src/index.ts';
import { holdfast } from '../cli/holdfast.ts';
import { privateServer } from '../support/servers.ts';
import { caller, token } from './system.ts';

const base = '/api/admin';

test('roles come back over HTTP, by the command line and after a second actor has approved it', async (t) => {
  const { server, client: connect } = await privateServer(t);
  const { host, port, user, password } = server;
  const url = `postgres://${user}:${password}@${host}:${port}/postgres`;
  const options = { database: url, auth: { token }, logger: silentLogger };
  const system = createBackupSystem(options);
  t.after(() => system.stop());
  const { api } = system;
  const client = await connect();
  const roles = async (): Promise<string[]> =>
    (
      await client.query(
        `select rolname from pg_roles where rolname !~ '^pg_' and rolname <> 'postgres' order by 1`,
      )
    ).rows.map(({ rolname }) => rolname);
  await client.query(
    `create role app login; create role boss superuser; alter role app set "app.secret_key" = 'hush'`,
  );
  await api.init();
  const call = caller(system);
  const taken = await call('POST', `${base}/backup?wait=true`, { body: { type: 'globals' } });
  assert.equal(taken.status, 201, taken.text);
  const { id, warningCount } = taken.body.backup;
  assert.equal(warningCount, 1, 'a setting that is a secret');
  const sql = await call('GET', `${base}/backup/${id}?download=true&format=sql`);
  assert.match(sql.headers.get('content-disposition')!, /holdfast-globals-/);
  assert.match(sql.text, /^ALTER ROLE "boss" WITH SUPERUSER/m);
  assert.doesNotMatch(sql.text, /PASSWORD|hush/);
  await client.query('drop role app; drop role boss');

  const there = await call('POST', `${base}/backup/${id}/globals/plan`, { body: {} });
  assert.deepEqual(
    there.body.plan.create.map(({ what }: { what: string }) => what),
    ['role app', 'role boss'],
  );
  assert.deepEqual(there.body.plan.confirm, ['SUPERUSER of role boss']);
  const full = await api.createBackup({ wait: true });
  const wrong = await call('POST', `${base}/backup/${full.id}/globals`, { body: {} });
  assert.deepEqual([wrong.status, wrong.body.code], [409, 'BACKUP_WITHOUT_GLOBALS']);
  const reader = system.apiAs({ actor: 'eve@example.com', scopes: ['backup'] });
  await assert.rejects(reader.restoreGlobals(id), { code: 'FORBIDDEN' });

  const made = await call('POST', `${base}/backup/${id}/globals`, { body: {} });
  assert.equal(made.status, 200, made.text);
  assert.deepEqual(await roles(), ['app', 'boss']);
  for (const statement of made.body.report.undo) await client.query(statement);
  assert.deepEqual(await roles(), []);

  const cli = await holdfast(['globals', String(id), '--confirm', 'SUPERUSER of role boss', '--yes'], {
    url,
  });
  assert.equal(cli.code, 0, cli.stderr);
  assert.match(cli.stdout, /\+ SUPERUSER of role boss/);
  assert.equal(
    (await client.query(`select rolsuper from pg_roles where rolname = 'boss'`)).rows[0].rolsuper,
    true,
  );
  await client.query('drop role app; drop role boss');

  const guarded = createBackupSystem({ ...options, fourEyes: { operations: ['restore'] } });
  t.after(() => guarded.stop());
  await guarded.api.init();
  const [ada, ben] = ['ada', 'ben'].map((name) =>
    guarded.apiAs({ actor: `${name}@example.com`, scopes: ['admin'] }),
  );
  const waits = await ada!
    .restoreGlobals(id)
    .catch((error: unknown) => error as { code: string; details: { approval: number } });
  assert.ok('code' in waits && waits.code === 'APPROVAL_REQUIRED');
  assert.deepEqual(await roles(), []);
  await ben!.decideApproval(waits.details.approval, { decision: 'approve' });
  await ada!.restoreGlobals(id);
  assert.deepEqual(await roles(), ['app', 'boss']);
  // More than was approved is another call.
  await assert.rejects(ada!.restoreGlobals(id, { confirm: ['SUPERUSER of role boss'] }), {
    code: 'APPROVAL_REQUIRED',
  });
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBackupSystem, silentLogger } from '../../src/index.ts';
import type { Scope } from '../../src/contract/scopes.ts';
import * as routes from '../../src/contract/routes/all.ts';
import type { Route } from '../../src/contract/route.ts';
import { holdfast } from '../cli/holdfast.ts';
import { testDatabase } from '../support/database.ts';
import { caller, token, type CallOptions, type Reply } from './system.ts';

const base = '/api/admin';
const withoutToken = { Authorization: 'none' };

test('a token for some of several databases opens these and nothing of the others', async (t) => {
  const shop = await testDatabase(t);
  const crm = await shop.createDatabase();
  for (const { client } of [shop, crm]) {
    await client.query(
      'create table notes (id int primary key, body text); insert into notes values (1, $$x$$)',
    );
  }
  const system = createBackupSystem({
    databases: { shop: shop.connectionString, crm: crm.connectionString },
    enrol: { exclude: '*' },
    auth: {
      token,
      authorize: (request) =>
        request.headers.get('x-user') === 'eve' && {
          actor: 'eve@example.com',
          scopes: [(request.headers.get('x-scope') as Scope | null) ?? 'read'],
          databases: ['crm'],
        },
    },
    logger: silentLogger,
  });
  t.after(() => system.stop());
  const { api: crmApi } = await system.database('crm');
  await Promise.all([system.api.init(), crmApi.init()]);
  const [ofShop, ofCrm] = [
    await system.api.createBackup({ wait: true }),
    await crmApi.createBackup({ wait: true, description: 'of crm' }),
  ];
  const call = caller(system);
  const created = await call('POST', `${base}/tokens`, {
    body: { name: 'crm team', scopes: ['backup', 'restore'], databases: ['crm', 'crm'] },
  });
  assert.deepEqual([created.status, created.body.created.databases], [201, ['crm']], created.text);
  const limited = (method: string, path: string, options: CallOptions = {}): Promise<Reply> =>
    call(method, base + path, {
      ...options,
      headers: { ...options.headers, Authorization: `Bearer ${created.body.token}` },
    });

  await t.test('what it may not be', async () => {
    for (const body of [
      { name: 'x', scopes: ['admin'], databases: ['crm'] },
      { name: 'x', scopes: ['read', 'admin'], databases: ['crm'] },
      { name: 'x', scopes: ['read'], databases: ['crm', 'nothing'] },
      { name: 'x', scopes: ['read'], databases: [] },
    ]) {
      const refused = await call('POST', `${base}/tokens`, { body });
      assert.deepEqual([refused.status, refused.body.code], [400, 'INVALID_REQUEST'], refused.text);
    }
    // Nor in the table, whoever writes it.
    await assert.rejects(
      shop.client.query(`update system_backup_tokens set scopes = '{admin}' where databases is not null`),
      /check constraint/,
    );
  });

  await t.test('every call about another database is refused, and none names it', async () => {
    const all: readonly Route[] = Object.values(routes);
    assert.ok(all.length > 80);
    for (const { method, path, scope } of all) {
      if (scope === 'open') continue;
      const at = path.replaceAll('{id}', String(ofShop.id)).replaceAll(/\{\w+\}/g, 'default');
      for (const query of ['?database=shop', '?database=nothing', '?database=crm&database=shop']) {
        const refused = await limited(method, at + query, method === 'GET' ? {} : { body: {} });
        assert.deepEqual(
          [refused.status, refused.body.code],
          [403, 'FORBIDDEN'],
          `${method} ${at}${query}: ${refused.text}`,
        );
      }
    }
    const { message } = (await limited('GET', '/backup?database=shop')).body;
    assert.equal(message, 'The caller may make calls about "crm", and not about "shop".');
  });

  await t.test('a call that names none is about the first of its own', async () => {
    for (const path of ['/backup', '/backup?database=crm']) {
      const { backups } = (await limited('GET', path)).body;
      assert.deepEqual(
        backups.map(({ description }: { description: string }) => description),
        ['of crm'],
      );
    }
    assert.equal((await limited('GET', `/backup/${ofCrm.id}`)).body.backup.description, 'of crm');
    const rows = await limited('POST', `/backup/${ofCrm.id}/rows`, { body: { table: 'notes' } });
    assert.equal(rows.status, 200, rows.text);
    const { databases, unprotected, unseen } = (await limited('GET', '/databases')).body;
    assert.deepEqual(
      [databases.map(({ name }: { name: string }) => name), unprotected, unseen],
      [['crm'], [], []],
    );
    const metrics = (await limited('GET', '/metrics')).text;
    assert.match(metrics, /database="crm"/);
    assert.doesNotMatch(metrics, /database="shop"|databases_unprotected/);
  });

  await t.test('what is of the whole server is not for it', async () => {
    const globals = await crmApi.createBackup({ type: 'globals', wait: true });
    for (const [method, path, body] of [
      ['POST', '/backup', { type: 'globals' }],
      ['POST', `/backup/${globals.id}/globals/plan`, {}],
      ['POST', `/backup/${globals.id}/globals`, { confirm: ['SUPERUSER of role x'] }],
      ['GET', `/backup/${globals.id}?download=true&format=sql`, undefined],
      ['POST', `/backup/${globals.id}/download`, { format: 'sql' }],
      ['GET', `/backup/${globals.id}/schema`, undefined],
      ['POST', `/backup/${globals.id}/schema`, {}],
    ] as const) {
      const refused = await limited(method, path, body === undefined ? {} : { body });
      assert.deepEqual(
        [refused.status, refused.body.code],
        [403, 'FORBIDDEN'],
        `${method} ${path}: ${refused.text}`,
      );
      assert.match(refused.body.message, /of the whole server/);
    }
    assert.equal((await limited('GET', `/backup/${ofCrm.id}/schema`)).status, 200);
  });

  await t.test('its session on the page is for the same', async () => {
    const signedIn = await call('POST', `${base}/session`, {
      headers: withoutToken,
      body: { token: created.body.token },
    });
    assert.equal(signedIn.status, 200, signedIn.text);
    const cookie = signedIn.headers
      .getSetCookie()
      .map((each) => each.split(';')[0])
      .join('; ');
    const withCookie = (path: string): Promise<Reply> =>
      call('GET', base + path, { headers: { ...withoutToken, Cookie: cookie } });
    assert.equal((await withCookie('/backup?database=shop')).status, 403);
    assert.equal((await withCookie('/backup')).body.backups.at(-1).description, 'of crm');
  });

  await t.test('the application names such callers too, and no admin of some', async () => {
    const eve = (path: string, scope = 'read'): Promise<Reply> =>
      call('GET', base + path, { headers: { ...withoutToken, 'x-user': 'eve', 'x-scope': scope } });
    assert.equal((await eve('/backup')).body.backups.length, 2);
    assert.equal((await eve('/backup?database=shop')).status, 403);
    assert.equal((await eve('/backup', 'admin')).status, 401);
  });

  await t.test('the command line makes one, and lists which it is for', async () => {
    const folder = {
      env: { HOLDFAST_DATABASES: `shop=${shop.connectionString} crm=${crm.connectionString}` },
    };
    const made = await holdfast(['token', 'create', 'cli', '--scopes', 'read', '--only', 'crm'], folder);
    assert.equal(made.code, 0, made.stderr);
    assert.match(made.stdout, /Token \d+ cli: read for crm; does not expire/);
    const listed = await holdfast(['token', 'list'], folder);
    assert.match(listed.stdout, /crm team: backup, restore for crm/);
  });

  await t.test('of a database that is no longer there it opens nothing, and hears of no other', async () => {
    const later = createBackupSystem({
      databases: { shop: shop.connectionString, other: crm.connectionString },
      enrol: { exclude: '*' },
      auth: { token },
      logger: silentLogger,
    });
    t.after(() => later.stop());
    const refused = await caller(later)('GET', `${base}/backup`, {
      headers: { Authorization: `Bearer ${created.body.token}` },
    });
    assert.deepEqual([refused.status, refused.body.code], [404, 'DATABASE_NOT_FOUND']);
    assert.doesNotMatch(refused.text, /shop|other/);
  });
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { endpoints } from '../../src/api/operations.ts';
import { describeApi } from '../../src/api/operations/openapi.ts';
import { ownTableNames } from '../../src/catalog/own-tables.ts';
import { toNodeHandler } from '../../src/integrations/node.ts';
import type { BackupSystem } from '../../src/index.ts';
import { origin, reply, testSystem, token, type TestSystem } from './system.ts';

const base = '/api/admin';
const admin = { Authorization: `Bearer ${token}` };
const json = { ...admin, 'Content-Type': 'application/json' };
/** Where a body that was lost would mean something else than what was sent. */
const lossy: [path: string, body: object][] = [
  ['/backup', { type: 'partial', tables: ['orders'] }],
  ['/backup/cleanup', { dryRun: true }],
  ['/backup/1/pin', { pinned: false }],
  ['/backup/schedule', { enabled: false }],
  ['/restore', { backupId: 1 }],
  ['/init-backup-tables', {}],
];

test('a body that was read before is not taken for an empty one', async (t) => {
  const { system, api } = await testSystem(t);
  for (const [path, body] of lossy) {
    const post = { method: 'POST', headers: json, body: JSON.stringify(body) };
    const read = new Request(origin + base + path, post);
    await read.text();
    // What a framework makes that hands on the headers of a request whose body it has read.
    const emptied = new Request(origin + base + path, {
      method: 'POST',
      headers: { ...json, 'Content-Length': String(post.body.length) },
    });
    const chunked = new Request(origin + base + path, {
      method: 'POST',
      headers: { ...json, 'Transfer-Encoding': 'chunked' },
    });
    for (const request of [read, emptied, chunked]) {
      const answer = await reply(await system.fetch(request));
      assert.equal(answer.status, 500, `${path} ${answer.text}`);
      assert.equal(answer.body.code, 'BODY_ALREADY_READ');
      assert.match(answer.body.hint, /removeAllContentTypeParsers.*app\.use\(\).*cloneRawRequest/s);
    }
  }
  assert.equal((await api.listBackups()).total, 0);
  assert.equal((await api.listCleanups()).total, 0);
});

/** Serves a system behind a framework that does something to each request first. */
async function behind(
  t: TestContext,
  system: BackupSystem,
  before: (incoming: IncomingMessage & { body?: unknown }) => Promise<void>,
): Promise<(path: string, body?: string, headers?: Record<string, string>) => Promise<Response>> {
  const handler = toNodeHandler(system);
  const server = createServer((incoming, outgoing) => {
    void before(incoming).then(() => handler(incoming, outgoing));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  t.after(() => server.closeAllConnections());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${base}`;
  return (path, body, headers = json) =>
    fetch(url + path, { method: 'POST', headers, ...(body === undefined ? {} : { body }) });
}

test('under node:http, what a parser has left is used, and a parser that has left nothing is named', async (t) => {
  const { system, api } = await testSystem(t);
  const sent = JSON.stringify({ dryRun: true });
  const parsers: Record<string, (bytes: Buffer) => unknown> = {
    json: (bytes) => (bytes.length === 0 ? {} : (JSON.parse(bytes.toString()) as unknown)),
    text: (bytes) => bytes.toString(),
    raw: (bytes) => bytes,
  };
  for (const [name, parse] of Object.entries(parsers)) {
    const post = await behind(t, system, async (incoming) => {
      incoming.body = parse(await buffer(incoming));
    });
    const cleanup = await post('/backup/cleanup', sent);
    assert.equal(cleanup.status, 200, `${name}: ${await cleanup.clone().text()}`);
    // An empty object that stands for no body is no body.
    assert.equal((await post('/backup/cleanup')).status, 400, name);
    assert.equal((await post('/backup/schedule')).status, 200, name);
  }
  const lost = await behind(t, system, async (incoming) => void (await buffer(incoming)));
  for (const [path, body] of lossy) {
    const answer = await lost(path, JSON.stringify(body));
    assert.equal(answer.status, 500, path);
    assert.equal(((await answer.json()) as { code: string }).code, 'BODY_ALREADY_READ');
  }
  // Nothing was sent, so nothing is lost.
  assert.equal((await lost('/init-backup-tables', undefined, admin)).status, 200);
  // A piece of it is not it.
  const begun = await behind(t, system, async (incoming) => {
    await once(incoming, 'readable');
    incoming.read(1);
  });
  assert.equal((await begun('/backup', '{"type":"partial","tables":["orders"]}')).status, 500);
  assert.equal((await api.listBackups()).total, 0);
  assert.equal((await api.listCleanups()).total, 0);
});

test('a cleanup needs a body, if only an empty object', async (t) => {
  const { call, api } = await testSystem(t);
  const absent = await call('POST', `${base}/backup/cleanup`);
  assert.equal(absent.status, 400);
  assert.match(absent.body.message, /needs a body; send \{\}/);
  assert.equal((await api.listCleanups()).total, 0);
  assert.equal((await call('POST', `${base}/backup/cleanup?wait=true`, { body: {} })).status, 201);
});

/** Every row of our own tables. */
async function ownRows({ db }: TestSystem): Promise<Record<string, string>> {
  const rows: Record<string, string> = {};
  for (const name of ownTableNames) {
    const { rows: found } = await db.client.query(
      `select coalesce(pg_catalog.json_agg(t order by t::text)::text, '') as all from public.${name} t`,
    );
    rows[name] = found[0].all;
  }
  return rows;
}

test('every call refuses an unknown field of its body before it does anything', async (t) => {
  const system = await testSystem(t);
  const { call, api } = system;
  const { id } = await api.createBackup({ wait: true });
  await api.pinBackup(id);
  await api.updateSchedule({ maxBackups: 3 }, 'nightly');
  const before = await ownRows(system);
  const posts = endpoints.map(({ route }) => route).filter(({ method }) => method === 'POST');
  assert.ok(posts.length > 15 && posts.filter(({ body }) => body).length >= 11);
  for (const { path, body: schema } of posts) {
    const address = base + path.replace('{id}', String(id)).replace('{name}', 'nightly');
    // Alone, and beside every field that the call does take.
    const taken = Object.fromEntries(Object.keys(schema?.shape ?? {}).map((field) => [field, null]));
    for (const body of [{ pined: false }, { ...taken, pined: false }]) {
      const answer = await call('POST', address, { body });
      assert.equal(answer.status, 400, `${path} ${answer.text}`);
      const named = answer.body.details.problems.map((problem: { field: string }) => problem.field);
      assert.ok(named.includes('pined'), path);
    }
  }
  assert.deepEqual(await ownRows(system), before);
  assert.equal((await api.getBackup(id)).pinned, true);
});

test('the description of an API is made once', async () => {
  const config = { basePath: '/a' };
  const made = async (): Promise<string> =>
    (await describeApi.handle({ config, served: [describeApi.route], version: '1.2.3' } as never)).text();
  const first = await made();
  config.basePath = '/b';
  assert.equal(await made(), first);
  assert.match(first, /"url":"\/a"/);
});

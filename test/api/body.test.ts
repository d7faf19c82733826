import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { openApi } from '../../src/api/endpoints/openapi.ts';
import { toNodeHandler } from '../../src/integrations/node.ts';
import type { BackupSystem } from '../../src/index.ts';
import { origin, reply, testSystem, token } from './system.ts';

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
      assert.match(answer.body.hint, /removeAllContentTypeParsers.*bodyParser: false.*express\.json/s);
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

test('a clean-up wants a body, if an empty object', async (t) => {
  const { call, api } = await testSystem(t);
  const absent = await call('POST', `${base}/backup/cleanup`);
  assert.equal(absent.status, 400);
  assert.match(absent.body.message, /wants a body; send \{\}/);
  assert.equal((await api.listCleanups()).total, 0);
  assert.equal((await call('POST', `${base}/backup/cleanup?wait=true`, { body: {} })).status, 201);
});

test('every call checks its body before it does anything', async (t) => {
  const { call, api } = await testSystem(t);
  const { id } = await api.createBackup({ wait: true });
  await api.pinBackup(id);
  const { paths } = (await call('GET', `${base}/openapi.json`)).body as { paths: Record<string, object> };
  const posts = Object.keys(paths).filter((path) => 'post' in paths[path]!);
  assert.ok(posts.length > 15);
  for (const path of posts) {
    const address = base + path.replace('{id}', String(id)).replace('{name}', 'default');
    const answer = await call('POST', address, { body: { pined: false } });
    assert.equal(answer.status, 400, `${path} ${answer.text}`);
    const named = answer.body.details.problems.map((problem: { field: string }) => problem.field);
    assert.ok(named.includes('pined'), path);
  }
  assert.equal((await api.getBackup(id)).pinned, true);
  assert.equal((await api.listBackups()).total, 1);
  assert.equal((await api.listVerifications()).total, 0);
  assert.equal((await api.listCleanups()).total, 0);
});

test('the description of the API is made once', async () => {
  const endpoint = openApi([], '1.2.3');
  const made = async (basePath: string): Promise<string> =>
    (await endpoint.handle({ config: { basePath } } as never)).text();
  assert.equal(await made('/a'), await made('/b'));
});

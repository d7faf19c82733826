import assert from 'node:assert/strict';
import { createServer, request as nodeRequest, type IncomingMessage, type RequestListener } from 'node:http';
import http2 from 'node:http2';
import { connect, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { listen, toNodeHandler } from '../../src/integrations/node.ts';
import { chunksOf } from '../runs/manifests.ts';
import { smallShop, testSystem, token, type SystemSetup } from './system.ts';

const base = '/api/admin';
const admin = { Authorization: `Bearer ${token}` };
const json = { ...admin, 'Content-Type': 'application/json' };

async function served(t: TestContext, setup: SystemSetup = {}) {
  const made = await testSystem(t, setup);
  const server = await listen(made.system, { port: 0, host: '127.0.0.1' });
  t.after(() => server.closeAllConnections());
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  return { ...made, server, port, url: `http://127.0.0.1:${port}${base}` };
}

/** Sends bytes as they are and collects what comes back until the connection ends. */
async function raw(port: number, sent: string): Promise<{ received: string; reset: boolean }> {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  let reset = false;
  socket.on('data', (bytes) => (received += bytes.toString('latin1')));
  socket.on('error', () => (reset = true));
  socket.write(sent);
  await once(socket, 'close').catch(() => {});
  return { received, reset };
}

test('the whole round over HTTP: init, backup, destroy, restore, download', async (t) => {
  const { url, db } = await served(t, { initialize: false, sql: smallShop });
  const post = (path: string, body?: unknown): Promise<Response> =>
    fetch(url + path, {
      method: 'POST',
      headers: body === undefined ? admin : json,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  assert.equal((await fetch(`${url}/backup`, { headers: admin })).status, 503);
  assert.equal((await post('/init-backup-tables')).status, 200);
  const created = await post('/backup?wait=true', { type: 'full', description: 'über HTTP' });
  assert.equal(created.status, 201);
  const { backup } = (await created.json()) as { backup: { id: number; description: string } };
  assert.equal(backup.description, 'über HTTP');
  await db.client.query('drop table orders');
  const restored = await post('/restore?wait=true', { backupId: backup.id });
  assert.equal(restored.status, 201, await restored.clone().text());
  const { rows } = await db.client.query('select count(*)::int from orders');
  assert.equal(rows[0].count, 500);
  const download = await fetch(`${url}/backup?id=${backup.id}&download=true&format=sql`, { headers: admin });
  assert.ok((await download.text()).includes('\n500\t1\t750.00\n'));
  assert.equal((await fetch(`${url}/backup`)).status, 401);
});

test('a body that is too large is refused while it is being sent, with and without Content-Length', async (t) => {
  const { url, port } = await served(t, { maxBodyBytes: 2_000 });
  const large = JSON.stringify({ description: 'x'.repeat(500_000) });
  const known = await fetch(`${url}/backup`, { method: 'POST', headers: json, body: large });
  assert.equal(known.status, 413);

  const chunked = nodeRequest({ port, method: 'POST', path: `${base}/backup`, headers: json });
  const answered = once(chunked, 'response') as Promise<[IncomingMessage]>;
  for (let sent = 0; sent < 50; sent++) chunked.write('x'.repeat(10_000));
  chunked.end();
  const [answer] = await answered;
  assert.equal(answer.statusCode, 413);
  assert.equal(JSON.parse(await text(answer)).code, 'BODY_TOO_LARGE');
});

test('a body nobody reads does not disturb the next request on the connection', async (t) => {
  const { port } = await served(t);
  const body = 'x'.repeat(300_000);
  const { received } = await raw(
    port,
    `POST ${base}/backup HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}` +
      `GET ${base}/backup HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nConnection: close\r\n\r\n`,
  );
  assert.deepEqual(received.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 401', 'HTTP/1.1 200']);
});

test('odd requests get an answer', async (t) => {
  const { port } = await served(t);
  const send = async (line: string, headers = ''): Promise<string> => {
    const { received } = await raw(
      port,
      `${line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n`,
    );
    return received.slice(9, 12);
  };
  const auth = `Authorization: Bearer ${token}\r\n`;
  assert.equal(await send('GET /'), '401');
  assert.equal(await send('GET /', auth), '404');
  assert.equal(await send(`GET //evil.test${base}/backup`, auth), '404');
  assert.equal(await send(`GET http://evil.test${base}/backup`, auth), '404');
  assert.equal(await send(`GET ${base}/backup?id=%ff`, auth), '400');
  assert.equal(await send(`GET ${base}/backup/%ff`, auth), '400');
  assert.equal(await send(`TRACE ${base}/backup`, auth), '400');
  assert.equal(await send('OPTIONS *', auth), '404');
  const { received } = await raw(
    port,
    `GET ${base}/backup HTTP/1.1\r\nHost: [bad host\r\nConnection: close\r\n${auth}\r\n`,
  );
  assert.match(received, /^HTTP\/1\.1 (200|400)/);
});

test('a client that goes away ends its download', async (t) => {
  const { url, port, api, db } = await served(t, {
    // Incompressible, and more than the buffers between server and client hold.
    sql: `create table big as select n, string_agg(md5(n::text || m), '') as noise
            from generate_series(1, 300) n, generate_series(1, 3000) m group by n`,
  });
  const { id } = await api.createBackup({ wait: true });
  const download = nodeRequest({
    port,
    path: `${base}/backup?id=${id}&download=true&format=sql`,
    headers: admin,
  });
  download.end();
  const [answer] = (await once(download, 'response')) as [IncomingMessage];
  await once(answer, 'readable');
  const busy = await fetch(`${url}/backup/${id}`, { method: 'DELETE', headers: admin });
  assert.equal(busy.status, 409);
  answer.destroy();
  const deadline = Date.now() + 10_000;
  let status = 409;
  while (status === 409 && Date.now() < deadline) {
    await pause(50);
    status = (await fetch(`${url}/backup/${id}`, { method: 'DELETE', headers: admin })).status;
  }
  assert.equal(status, 200);
  const { rows } = await db.client.query(
    `select count(*)::int from pg_stat_activity where application_name = 'holdfast lock' and datname = current_database()`,
  );
  assert.equal(rows[0].count, 0);
});

/** A backup whose chunks have the length they should have, and other bytes. */
async function damaged(t: TestContext): Promise<Awaited<ReturnType<typeof served>> & { path: string }> {
  const made = await served(t, { sql: smallShop });
  const { id } = await made.api.createBackup({ wait: true });
  await made.db.client.query(
    `update system_backup_chunks set data = jsonb_set(data, '{data}', to_jsonb(translate(data->>'data', 'ABCDEFGH', 'BCDEFGHA')))
      where encode(id, 'hex') = any($1)`,
    [await chunksOf(made, id, 'orders')],
  );
  return { ...made, path: `${base}/backup?id=${id}&download=true&format=sql.zst` };
}

test('a download that fails on the way never looks complete', async (t) => {
  const { port, path } = await damaged(t);
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: admin });
  assert.equal(response.status, 200);
  await assert.rejects(response.arrayBuffer());
});

test('nor does one to a client of HTTP/1.0', async (t) => {
  const { port, path } = await damaged(t);
  // Without chunks the end of the connection is the end of the body, so it has to be a reset.
  const old = await raw(port, `GET ${path} HTTP/1.0\r\nAuthorization: Bearer ${token}\r\n\r\n`);
  assert.ok(old.reset, 'the connection ended as if all was well');
});

test('it mounts under a path behind a body parser, as in Express', async (t) => {
  const { system } = await testSystem(t);
  const handler = toNodeHandler(system);
  // What express.json() and app.use('/api', …) do to a request.
  const application: RequestListener = (incoming, outgoing) => {
    void (async () => {
      const body = await text(incoming);
      const seen = incoming as IncomingMessage & { body?: unknown; originalUrl?: string };
      seen.body = body === '' ? undefined : JSON.parse(body);
      seen.originalUrl = seen.url!;
      seen.url = seen.url!.replace(/^\/api/, '');
      await handler(seen, outgoing);
    })();
  };
  const server = createServer(application);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  t.after(() => server.closeAllConnections());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${base}`;
  const set = await fetch(`${url}/backup/schedule`, {
    method: 'POST',
    headers: json,
    body: JSON.stringify({ retentionDays: 9 }),
  });
  assert.equal(set.status, 200, await set.clone().text());
  const init = await fetch(`${url}/init-backup-tables`, { method: 'POST', headers: admin });
  assert.equal(init.status, 200);
  const read = (await (await fetch(`${url}/backup/schedule`, { headers: admin })).json()) as {
    schedule: { retentionDays: number };
  };
  assert.equal(read.schedule.retentionDays, 9);
});

test('it answers over HTTP/2 as well', async (t) => {
  const { system } = await testSystem(t, { sql: smallShop });
  const handler = toNodeHandler(system);
  const server = http2
    .createServer((request, response) => void handler(request, response))
    .listen(0, '127.0.0.1');
  await once(server, 'listening');
  const session = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  t.after(() => {
    session.close();
    server.close();
  });
  const call = async (method: string, path: string, body?: string) => {
    const stream = session.request({
      ':method': method,
      ':path': base + path,
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    });
    stream.end(body);
    const [head] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders & { ':status': number }];
    return { status: head[':status'], body: JSON.parse(await text(stream)) };
  };
  // A body without a length: if it were lost, this would be a backup of everything.
  const made = await call('POST', '/backup?wait=true', '{"type":"partial","tables":["orders"]}');
  assert.equal(made.status, 201);
  assert.deepEqual(made.body.backup.tables, ['orders']);
  assert.equal((await call('POST', '/init-backup-tables')).status, 200);
  assert.equal((await call('GET', '/backup')).body.total, 1);
});

test('what the application has set on an answer stays, and one that it has given is not given again', async (t) => {
  const { system } = await testSystem(t);
  const handler = toNodeHandler(system);
  const server = createServer((request, response) => {
    response.setHeader('Set-Cookie', 'theme=dark');
    response.setHeader('X-Frame-Options', 'SAMEORIGIN');
    if (request.url?.endsWith('late')) response.writeHead(504).end('too late');
    void handler(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  t.after(() => server.closeAllConnections());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${base}`;
  const body = JSON.stringify({ token });
  const signedIn = await fetch(`${url}/session`, { method: 'POST', headers: json, body });
  assert.match(signedIn.headers.getSetCookie().join('\n'), /^theme=dark\nholdfast_session=/);
  assert.equal((await fetch(`${url}/ui`)).headers.get('x-frame-options'), 'DENY');
  const late = await fetch(`${url}/backup?late`, { headers: admin });
  assert.deepEqual([late.status, await late.text()], [504, 'too late']);
  assert.equal((await fetch(`${url}/backup`, { headers: admin })).status, 200);
});

test('a slash at the end makes no difference, and a wrong mount is told where it answers', async (t) => {
  const { url, call } = await served(t);
  for (const path of ['/backup/', '/backup/status/', '/backup/schedule/']) {
    assert.equal((await fetch(url + path, { headers: admin })).status, 200, path);
  }
  const signIn = { method: 'POST', headers: json, body: JSON.stringify({ token }) };
  assert.equal((await fetch(`${url}/session/`, signIn)).status, 200);
  const elsewhere = await call('GET', '/internal/ops/backup/status');
  assert.equal(elsewhere.status, 404);
  assert.match(elsewhere.body.hint, /answers under \/api\/admin here/);
  assert.deepEqual(elsewhere.body.details, { basePath: base });
  const beside = await call('GET', `${base}/no-such-thing`);
  assert.doesNotMatch(beside.body.hint ?? '', /mounted/);
});

test('no middleware may compress a stream', async (t) => {
  const { url, api } = await served(t, { sql: smallShop });
  const { id } = await api.createBackup({ wait: true });
  for (const path of ['/events', `/backup?id=${id}&download=true`]) {
    const gone = new AbortController();
    const { headers } = await fetch(url + path, { headers: admin, signal: gone.signal });
    assert.equal(headers.get('cache-control'), 'no-store, no-transform');
    gone.abort();
  }
});

/**
 * What a mount must show, whatever the framework: one list of steps, in their order, for an application of `examples/`
 * that has just started on a database with the table `ballast`. The test and scripts/examples.ts both drive it.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import type { ConnectionTarget } from '../../src/postgres/connection.ts';
import { chunksOf } from '../runs/manifests.ts';
import { until } from '../support/until.ts';
import { residentBytes } from './process-tree.ts';

export interface MountedApplication {
  /** `http://127.0.0.1:3000` */
  origin: string;
  port: number;
  token: string;
  /** The process that serves, or one above it. */
  pid: number;
  /** Of the same database, as superuser. */
  client: pg.Client;
  target: ConnectionTarget;
  /** How far the memory of the server may grow during a download; for one that is far larger. */
  memoryBoundBytes?: number;
  /** The backup that the steps make and look at. */
  backupId: number;
  /** What was measured, for the report. */
  figures: Figures;
}

export interface Figures {
  downloadBytes?: number;
  /** How far the memory of the server, and of what started it, grew above what it was before the download. */
  memoryGrowthBytes?: number;
  /** Of the server alone, during the download. */
  memoryPeakBytes?: number;
  firstEventMs?: number;
}

export interface Step {
  name: string;
  run: (app: MountedApplication) => Promise<void>;
}

export const base = '/api/admin';
const mebibyte = 1024 * 1024;
const lastLine = '-- End of the Holdfast backup: a file without this line is incomplete\n';

interface CallOptions extends Omit<RequestInit, 'body'> {
  headers?: Record<string, string>;
  body?: unknown;
}

/** With the token; a body is sent as JSON, and a change without one says so too, as the page and the client do. */
async function call(
  { origin, token }: Pick<MountedApplication, 'origin' | 'token'>,
  method: string,
  path: string,
  { body, headers, ...options }: CallOptions = {},
): Promise<Response> {
  return await fetch(origin + path, {
    method,
    headers: {
      Authorization: `Bearer ${token}`,
      ...(method === 'POST' ? { 'Content-Type': 'application/json' } : {}),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    ...options,
  });
}

// oxlint-disable-next-line typescript/no-explicit-any
async function answered(response: Response, status: number): Promise<any> {
  const text = await response.text();
  assert.equal(response.status, status, `${response.url}: ${text.slice(0, 2_000)}`);
  return text === '' ? undefined : JSON.parse(text);
}

function downloadPath({ backupId }: MountedApplication, format: string): string {
  return `${base}/backup?id=${backupId}&download=true&format=${format}`;
}

/** A download on a connection of its own, which a test can leave or slow down. */
async function openDownload(app: MountedApplication, path: string): Promise<IncomingMessage> {
  const request = http.request({
    host: '127.0.0.1',
    port: app.port,
    path,
    agent: false,
    headers: { Authorization: `Bearer ${app.token}`, 'Accept-Encoding': 'gzip, br' },
  });
  request.end();
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  assert.equal(answer.statusCode, 200);
  return answer;
}

/** Sends bytes as they are, and collects what comes back until the connection ends. */
async function raw(port: number, sent: string): Promise<{ head: string; body: Buffer; reset: boolean }> {
  const socket = connect(port, '127.0.0.1');
  const pieces: Buffer[] = [];
  let reset = false;
  socket.on('data', (bytes) => pieces.push(bytes));
  socket.on('error', () => (reset = true));
  socket.write(sent);
  await once(socket, 'close').catch(() => {});
  const received = Buffer.concat(pieces);
  const end = received.indexOf('\r\n\r\n');
  return { head: received.subarray(0, end).toString('latin1'), body: received.subarray(end + 4), reset };
}

async function heldByDownloads(app: MountedApplication): Promise<number> {
  const { rows } = await app.client.query<{ count: number }>(
    `select count(*)::int from pg_stat_activity where application_name = 'holdfast lock' and datname = current_database()`,
  );
  return rows[0]!.count;
}

async function noneIsHeld(app: MountedApplication): Promise<void> {
  await until(async () => (await heldByDownloads(app)) === 0, 10_000);
}

/** Server-sent events as they arrive. */
async function openEvents(app: MountedApplication) {
  const gone = new AbortController();
  const asked = performance.now();
  const response = await call(app, 'GET', `${base}/events`, { signal: gone.signal });
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/);
  assert.equal(response.headers.get('content-encoding'), null, 'the framework compresses the events');
  let text = '';
  let firstMs: number | undefined;
  const reading = (async () => {
    for await (const piece of response.body!) {
      firstMs ??= performance.now() - asked;
      text += Buffer.from(piece).toString();
    }
  })().catch(() => {});
  return {
    text: () => text,
    firstMs: () => firstMs,
    ended: reading,
    async leave() {
      gone.abort();
      await reading;
    },
  };
}

/** How long it is, and how it ends. */
async function readAll(answer: AsyncIterable<Uint8Array>): Promise<{ bytes: number; lastLine: string }> {
  let bytes = 0;
  let end = Buffer.alloc(0);
  for await (const piece of answer) {
    bytes += piece.byteLength;
    end = Buffer.concat([end, piece]).subarray(-lastLine.length);
  }
  return { bytes, lastLine: end.toString() };
}

export const steps: Step[] = [
  {
    name: "the application's own pages and its own 404",
    async run(app) {
      assert.deepEqual(await answered(await call(app, 'GET', '/notes'), 200), []);
      const note = await answered(await call(app, 'POST', '/notes', { body: { text: 'buy milk' } }), 201);
      assert.equal(note.text, 'buy milk');
      for (const path of ['/nothing-here', '/api/administrators']) {
        const missing = await call(app, 'GET', path);
        assert.equal(missing.status, 404, path);
        assert.doesNotMatch(await missing.text(), /NOT_FOUND|UNAUTHORIZED/, 'Holdfast has answered');
      }
    },
  },
  {
    name: 'no call without a token',
    async run(app) {
      for (const path of ['/backup', '/backup/status', '/no-such-thing']) {
        const { code } = await answered(await fetch(app.origin + base + path), 401);
        assert.equal(code, 'UNAUTHORIZED');
      }
    },
  },
  {
    name: 'init',
    async run(app) {
      const before = await answered(await call(app, 'GET', `${base}/backup`), 503);
      assert.equal(before.initialization_url, `${base}/init-backup-tables`);
      const made = await answered(await call(app, 'POST', `${base}/init-backup-tables`), 200);
      assert.equal(made.initialized, true);
      const status = await answered(await call(app, 'GET', `${base}/backup/status`), 200);
      assert.deepEqual([status.initialized, status.message], [true, 'Backup system is ready']);
    },
  },
  {
    name: 'a body arrives as it was sent',
    async run(app) {
      await answered(await call(app, 'POST', `${base}/backup/schedule`, { body: { retentionDays: 9 } }), 200);
      const { schedule } = await answered(await call(app, 'GET', `${base}/backup/schedule`), 200);
      assert.equal(schedule.retentionDays, 9);
      // Without Content-Length, in two pieces.
      const pieces = ReadableStream.from([Buffer.from('{"retention'), Buffer.from('Days":11}')]);
      const chunked = await fetch(`${app.origin}${base}/backup/schedule`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${app.token}`, 'Content-Type': 'application/json' },
        body: pieces,
        duplex: 'half',
      });
      assert.equal((await answered(chunked, 200)).schedule.retentionDays, 11);
      // Of what is sent nothing is ignored: a backup of everything would be the answer to a body that got lost.
      const unknown = await call(app, 'POST', `${base}/backup`, { body: { tabels: ['notes'] } });
      assert.equal((await answered(unknown, 400)).code, 'INVALID_REQUEST');
      const broken = await call(app, 'POST', `${base}/backup`, { body: '{"type":' });
      assert.equal(broken.status, 400);
      await broken.body?.cancel();
    },
  },
  {
    name: 'a backup with wait, and its events as they happen',
    async run(app) {
      const events = await openEvents(app);
      // The first words come before anything has happened.
      await until(async () => events.firstMs() !== undefined, 5_000);
      app.figures.firstEventMs = events.firstMs()!;
      let waiting = true;
      const asked = call(app, 'POST', `${base}/backup?wait=true`, {
        body: { type: 'full', description: 'über den Rahmen' },
      }).finally(() => (waiting = false));
      await until(async () => events.text().includes('event: backup.') || !waiting, 60_000);
      const early = waiting;
      const { backup } = await answered(await asked, 201);
      assert.ok(early, 'no event came before the backup had ended');
      assert.equal(backup.status, 'completed');
      app.backupId = backup.id;
      assert.equal(backup.description, 'über den Rahmen');
      await until(async () => events.text().includes('event: backup.completed'), 3_000);
      await events.leave();
    },
  },
  {
    name: 'a download in flat memory, at the pace of its reader',
    async run(app) {
      const path = downloadPath(app, 'sql');
      // What is loaded and compiled for the first download is not counted.
      const began = performance.now();
      const first = await readAll(await openDownload(app, path));
      const tookMs = performance.now() - began;
      assert.ok(first.bytes > 30 * mebibyte, `${first.bytes} bytes`);
      assert.equal(first.lastLine, lastLine);
      await noneIsHeld(app);
      const before = residentBytes(app.pid).all;
      let peak = before;
      let ofServer = 0;
      const watching = setInterval(() => {
        const { all, largest } = residentBytes(app.pid);
        peak = Math.max(peak, all);
        ofServer = Math.max(ofServer, largest);
      }, 20);
      try {
        const answer = await openDownload(app, path);
        assert.equal(answer.headers['content-encoding'], undefined);
        assert.match(answer.headers['content-disposition'] ?? '', /^attachment; filename="holdfast-/);
        // A framework that does not wait for its reader has by then read everything, and the download has ended.
        await pause(2 * tookMs);
        assert.ok((await heldByDownloads(app)) > 0, 'everything is read before the client has asked for it');
        const second = await readAll(answer);
        assert.deepEqual(second, first);
      } finally {
        clearInterval(watching);
      }
      app.figures.downloadBytes = first.bytes;
      app.figures.memoryGrowthBytes = peak - before;
      app.figures.memoryPeakBytes = ofServer;
      const grown = `${Math.round((peak - before) / mebibyte)} MiB for ${Math.round(first.bytes / mebibyte)} MiB`;
      assert.ok(peak - before < (app.memoryBoundBytes ?? Infinity), `the server grew by ${grown}`);
    },
  },
  {
    name: 'a client that leaves ends its download',
    async run(app) {
      await noneIsHeld(app);
      const answer = await openDownload(app, downloadPath(app, 'sql'));
      await once(answer, 'readable');
      assert.ok((await heldByDownloads(app)) > 0);
      answer.destroy();
      await noneIsHeld(app);
    },
  },
  {
    name: 'HEAD',
    async run(app) {
      const status = await call(app, 'HEAD', `${base}/backup/status`);
      assert.equal(status.status, 200);
      assert.equal(await status.text(), '');
      const download = await call(app, 'HEAD', downloadPath(app, 'sql.gz'));
      assert.equal(download.status, 200);
      assert.match(download.headers.get('content-disposition') ?? '', /\.sql\.gz"$/);
      await noneIsHeld(app);
      assert.equal((await call(app, 'HEAD', `${base}/events`)).status, 200);
    },
  },
  {
    name: 'a client of HTTP/1.0, as a proxy may be',
    async run(app) {
      const path = downloadPath(app, 'sql');
      const headers = `Host: 127.0.0.1:${app.port}\r\nAuthorization: Bearer ${app.token}\r\n`;
      const status = await raw(app.port, `GET ${base}/backup/status HTTP/1.0\r\n${headers}\r\n`);
      assert.match(status.head, /^HTTP\/1\.[01] 200/);
      assert.doesNotMatch(status.head, /^transfer-encoding/im);
      assert.equal(JSON.parse(status.body.toString()).initialized, true);
      const old = await raw(app.port, `GET ${path} HTTP/1.0\r\n${headers}\r\n`);
      assert.doesNotMatch(old.head, /^transfer-encoding/im);
      const whole = await readAll((await call(app, 'GET', path)).body!);
      assert.deepEqual([old.reset, old.body.length], [false, whole.bytes]);
      assert.ok(old.body.subarray(-lastLine.length).equals(Buffer.from(lastLine)));
      await noneIsHeld(app);
    },
  },
  {
    name: 'a restore in place',
    async run(app) {
      await app.client.query(`update notes set text = 'gone'; insert into notes (text) values ('more')`);
      const restored = await call(app, 'POST', `${base}/restore?wait=true`, {
        body: { backupId: app.backupId, restoreType: 'partial', tables: ['notes'] },
      });
      assert.equal((await answered(restored, 201)).restore.status, 'completed');
      const notes = await answered(await call(app, 'GET', '/notes'), 200);
      assert.deepEqual(notes, [{ id: 1, text: 'buy milk' }]);
    },
  },
  {
    name: 'the page, with what it loads',
    async run(app) {
      for (const path of ['/ui', '/ui/', '/ui/backups/1']) {
        const shell = await fetch(app.origin + base + path);
        assert.equal(shell.status, 200, path);
        assert.match(shell.headers.get('content-security-policy') ?? '', /'nonce-/);
        const html = await shell.text();
        const folder = new URL(/<base href="([^"]*)"/.exec(html)?.[1] ?? assert.fail('no base'), shell.url);
        assert.equal(folder.href, `${app.origin}${base}/ui/`);
        const names = [...html.matchAll(/(?:src|href)="(\.\/[^"]+)"/g)].map(([, name]) => name!);
        const loaded = names.filter((name) => !name.endsWith('/'));
        assert.ok(
          loaded.some((name) => name.endsWith('.js')) && loaded.some((name) => name.endsWith('.css')),
        );
        for (const name of loaded) {
          const plain = await fetch(new URL(name, folder), { headers: { 'Accept-Encoding': 'identity' } });
          const packed = await fetch(new URL(name, folder), { headers: { 'Accept-Encoding': 'br' } });
          assert.deepEqual([plain.status, packed.status], [200, 200], name);
          assert.equal(packed.headers.get('content-type'), plain.headers.get('content-type'));
          assert.equal(await packed.text(), await plain.text());
          const known = await fetch(new URL(name, folder), {
            headers: { 'Accept-Encoding': 'br', 'If-None-Match': packed.headers.get('etag')! },
          });
          assert.equal(known.status, 304, name);
        }
      }
    },
  },
  {
    name: 'signing in to the page, behind a proxy too',
    async run({ origin, token }) {
      const signIn = (headers: Record<string, string>): Promise<Response> =>
        fetch(`${origin}${base}/session`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json', ...headers },
          body: JSON.stringify({ token }),
        });
      const own = await signIn({ Origin: origin });
      const { csrfToken } = await answered(own, 200);
      const [cookie = '', ...more] = own.headers.getSetCookie();
      assert.deepEqual(more, []);
      assert.match(cookie, /^holdfast_session=\S+; HttpOnly; SameSite=Strict/);
      assert.doesNotMatch(cookie, /Path=/i, 'the browser would not take the folder of the address');
      const signedIn = { Cookie: cookie.split(';')[0]!, 'Content-Type': 'application/json' };
      const status = await fetch(`${origin}${base}/backup/status`, { headers: signedIn });
      assert.equal((await answered(status, 200)).initialized, true);
      const change = (headers: Record<string, string>): Promise<Response> =>
        fetch(`${origin}${base}/backup/schedule`, {
          method: 'POST',
          headers: { ...signedIn, 'X-Holdfast-CSRF': csrfToken, ...headers },
          body: '{"retentionDays":12}',
        });
      await answered(await change({ Origin: origin }), 200);
      assert.equal((await answered(await change({ Origin: 'http://evil.test' }), 403)).code, 'FORBIDDEN');
      const forwarded = await signIn({ Origin: origin, 'X-Forwarded-Proto': 'https' });
      assert.match(forwarded.headers.getSetCookie()[0] ?? '', /; Secure/);
      await answered(await signIn({ Origin: 'https://evil.test', 'X-Forwarded-Host': 'evil.test' }), 403);
    },
  },
  {
    name: 'a slash at the end of an address',
    async run(app) {
      const status = await answered(await call(app, 'GET', `${base}/backup/status/`), 200);
      assert.equal(status.initialized, true);
    },
  },
  {
    name: 'a download that fails on the way never looks complete',
    async run(app) {
      const chunks = await chunksOf({ db: app }, app.backupId, 'ballast');
      await app.client.query(
        `update system_backup_chunks set data = jsonb_set(data, '{data}', to_jsonb(translate(data->>'data', 'ABCDEFGH', 'BCDEFGHA')))
          where encode(id, 'hex') = any($1)`,
        // The last one, so that the download is under way by then.
        [chunks.slice(-1)],
      );
      await assert.rejects(async () => {
        const response = await call(app, 'GET', downloadPath(app, 'sql'));
        await readAll(response.body!);
      });
      await answered(await call(app, 'GET', `${base}/backup/status`), 200);
      await noneIsHeld(app);
    },
  },
];

/** The last step: the application ends although the page listens. */
export async function endsWhenAsked(app: MountedApplication, end: () => Promise<void>): Promise<void> {
  const events = await openEvents(app);
  await until(async () => events.firstMs() !== undefined, 5_000);
  await end();
  await events.ended;
}

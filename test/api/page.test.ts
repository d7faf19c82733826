import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { buildPageIfStale } from '../../scripts/web.ts';
import { sentAsItIs } from '../../src/api/page/sent-as-it-is.ts';
import type { BackupSystem } from '../../src/index.ts';
import { origin, testSystem, token } from './system.ts';

before(buildPageIfStale);

/** In all, for what a browser loads before the first screen is there. */
const firstScreenBytes = 260 * 1024;

async function get(system: BackupSystem, path: string, headers: Record<string, string> = {}) {
  const request = new Request(origin + path, { headers });
  const response = await system.fetch(Object.assign(request, { [sentAsItIs]: true }));
  const bytes = Buffer.from(await response.arrayBuffer());
  return { status: response.status, headers: response.headers, bytes, text: bytes.toString() };
}

test('the shell is for everybody, holds no data and lets in nothing foreign', async (t) => {
  const { system } = await testSystem(t, { initialize: false });
  const shell = await get(system, '/api/admin/ui/');
  assert.equal(shell.status, 200);
  assert.equal(shell.headers.get('content-type'), 'text/html; charset=utf-8');
  assert.equal(shell.headers.get('cache-control'), 'no-cache');
  const policy = shell.headers.get('content-security-policy')!;
  for (const part of [
    `default-src 'none'`,
    `script-src 'self'`,
    `frame-ancestors 'none'`,
    `base-uri 'self'`,
  ]) {
    assert.ok(policy.split('; ').includes(part), part);
  }
  assert.doesNotMatch(policy, /unsafe|http|\*/);
  assert.equal(shell.headers.get('x-frame-options'), 'DENY');
  assert.equal(shell.headers.get('referrer-policy'), 'no-referrer');
  const nonce = /'nonce-([^']+)'/.exec(policy)![1]!;
  assert.ok(shell.text.includes(`nonce="${nonce}"`));
  assert.doesNotMatch(shell.text, /HOLDFAST_NONCE|https?:\/\/|<script(?![^>]*src=)/);
  const again = await get(system, '/api/admin/ui/');
  assert.ok(!again.text.includes(nonce), 'a nonce is used once');
});

test('the way to it, and the screens below it, whatever the base path', async (t) => {
  const { system, another } = await testSystem(t, { initialize: false });
  const ways: [BackupSystem, string, string][] = [
    [system, '/api/admin/ui/', './'],
    // Without a redirect: a framework that takes the slash off, as Next.js does, would send it back for ever.
    [system, '/api/admin/ui', './ui/'],
    [another({ basePath: '/' }), '/ui', './ui/'],
    [system, '/api/admin/ui/backups', './'],
    [system, '/api/admin/ui/backups/12', '../'],
    [system, '/api/admin/ui/restore/7/x/', '../../../'],
    [another({ basePath: '/' }), '/ui/backups/12', '../'],
    [another({ basePath: '/a/b' }), '/a/b/ui/schedule', './'],
  ];
  for (const [each, path, base] of ways) {
    const shell = await get(each, path);
    assert.equal(shell.status, 200, path);
    assert.ok(shell.text.includes(`<base href="${base}" />`), path);
  }
});

test('files have their type, an ETag, and are kept for ever when their name says what is in them', async (t) => {
  const { system } = await testSystem(t, { initialize: false });
  const { text } = await get(system, '/api/admin/ui/');
  const script = /src="\.\/(assets\/[^"]+\.js)"/.exec(text)![1]!;
  const plain = await get(system, `/api/admin/ui/${script}`);
  assert.equal(plain.status, 200);
  assert.equal(plain.headers.get('content-type'), 'text/javascript; charset=utf-8');
  assert.equal(plain.headers.get('cache-control'), 'public, max-age=31536000, immutable');
  assert.equal(plain.headers.get('content-encoding'), null);
  const br = await get(system, `/api/admin/ui/${script}`, { 'Accept-Encoding': 'gzip, deflate, br' });
  assert.equal(br.headers.get('content-encoding'), 'br');
  assert.equal(br.headers.get('vary'), 'Accept-Encoding');
  assert.deepEqual(brotliDecompressSync(br.bytes), plain.bytes);
  const gzip = await get(system, `/api/admin/ui/${script}`, { 'Accept-Encoding': 'br;q=0, gzip' });
  assert.equal(gzip.headers.get('content-encoding'), 'gzip');
  assert.deepEqual(gunzipSync(gzip.bytes), plain.bytes);
  // A framework that makes its own answer of ours may lose what says that it is compressed.
  const passedOn = await system.fetch(
    new Request(`${origin}/api/admin/ui/${script}`, { headers: { 'Accept-Encoding': 'br' } }),
  );
  assert.equal(passedOn.headers.get('content-encoding'), null);
  assert.deepEqual(Buffer.from(await passedOn.arrayBuffer()), plain.bytes);
  const known = await get(system, `/api/admin/ui/${script}`, {
    'Accept-Encoding': 'br',
    'If-None-Match': `W/"x", ${br.headers.get('etag')}`,
  });
  assert.equal(known.status, 304);
  assert.equal(known.bytes.length, 0);
  const icon = await get(system, '/api/admin/ui/favicon.svg');
  assert.equal(icon.headers.get('content-type'), 'image/svg+xml');
  assert.equal(icon.headers.get('cache-control'), 'no-cache');
});

test('nothing but the files of the page is served', async (t) => {
  const { system } = await testSystem(t, { initialize: false });
  for (const path of [
    'assets/none.js',
    'assets/../../../package.json',
    'assets/%2e%2e/%2e%2e/package.json',
    '..%2f..%2fpackage.json',
    '%2e%2e/backup',
    'index.html.bak',
    'assets/',
    'assets',
  ]) {
    const answer = await get(system, `/api/admin/ui/${path}`);
    assert.doesNotMatch(answer.text, /"name": "holdfast"/, path);
    if (path !== 'assets') assert.notEqual(answer.status, 200, path);
  }
  const posted = await system.fetch(new Request(`${origin}/api/admin/ui/`, { method: 'POST', body: 'x' }));
  assert.equal(posted.status, 405);
  assert.equal(posted.headers.get('allow'), 'GET, HEAD');
  const head = await system.fetch(new Request(`${origin}/api/admin/ui/`, { method: 'HEAD' }));
  assert.equal(head.status, 200);
  assert.equal(await head.text(), '');
  // What is beside the page needs an admin as ever.
  assert.equal((await get(system, '/api/admin/uix')).status, 401);
  const signedIn = await get(system, '/api/admin/uix', { Authorization: `Bearer ${token}` });
  assert.equal(signedIn.status, 404);
});

test('the first screen is small', async (t) => {
  const { system } = await testSystem(t, { initialize: false });
  const shell = await get(system, '/api/admin/ui/');
  const named = [...shell.text.matchAll(/(?:src|href)="\.\/([^"]+\.(?:js|css|svg))"/g)].map(
    (found) => found[1]!,
  );
  const entry = named.find((name) => /^assets\/index-.*\.js$/.test(name))!;
  const code = (await get(system, `/api/admin/ui/${entry}`)).text;
  for (const screen of ['overview-page', 'setup-page']) {
    // The chart comes when the screen is there.
    let total = shell.bytes.length;
    for (const name of new Set([...named, ...filesOf(screen, code)])) {
      const file = await get(system, `/api/admin/ui/${name}`, { 'Accept-Encoding': 'gzip' });
      assert.equal(file.status, 200, name);
      total += file.bytes.length;
    }
    t.diagnostic(`${screen}: ${Math.round(total / 1024)} KiB gzipped`);
    assert.ok(total <= firstScreenBytes, `${screen}: ${total} bytes`);
  }
});

/** What the bundler loads for a screen: it keeps the list of all files, and for each screen which of them. */
function filesOf(screen: string, code: string): string[] {
  const list = /m\.f=(\[[^\]]*\])/.exec(code)?.[1];
  const numbers = new RegExp(`${screen}-[\\w-]+\\.js[^)]*\\),__vite__mapDeps\\((\\[[\\d,]*\\])\\)`).exec(
    code,
  )?.[1];
  assert.ok(list && numbers, screen);
  const files = JSON.parse(list) as string[];
  return (JSON.parse(numbers) as number[]).map((number) => files[number]!.replace('./', 'assets/'));
}

/** The same in a system at work: none of the secrets is in anything that it says, sends or stores. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { createKeySet } from '../../src/format/sealing/key-set.ts';
import type { Options } from '../../src/index.ts';
import { origin, reply, smallShop, testSystem } from '../api/system.ts';
import { holdfast } from '../cli/holdfast.ts';
import { openReceiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';
import { key, listening, planted, secrets, type Said } from './planted.ts';
import { catalogText, filesIn, folder, placesOf } from './sealed-system.ts';

const base = '/api/admin';
/** Headers that callers and proxies put secrets into. */
const headers = {
  Cookie: `session=${planted}; holdfast_session=${planted}`,
  'Proxy-Authorization': `Basic ${planted}`,
  'X-Api-Key': planted,
  'X-Holdfast-Csrf': planted,
  'X-Forwarded-For': planted,
  'X-Request-Id': planted,
  'User-Agent': planted,
  Referer: `${origin}/?token=${planted}`,
  Prefer: planted,
  'Last-Event-Id': planted,
};

test('a small life with secrets everywhere: none is in an answer, log, metric, event, message, manifest, row or command', async (t) => {
  const said: Said = [];
  const directory = await folder(t);
  const { writerKey, recoveryKey } = await createKeySet();
  const { nameKey, signingKey } = JSON.parse(writerKey) as { nameKey: string; signingKey: string };
  const token = `${planted}-as-a-token`;
  const options = {
    auth: { token },
    logger: listening(said),
    idlePollSeconds: 3_600,
    stores: {
      main: { address: `file://${directory}`, writerKey },
      away: {
        address: 's3://bucket/?endpoint=http://127.0.0.1:1',
        credentials: { accessKeyId: planted, secretAccessKey: planted, sessionToken: planted },
      },
    },
    store: 'main',
  } satisfies Partial<Options>;
  const { another, db } = await testSystem(t, { sql: smallShop });
  const password = new URL(db.connectionString).password;
  const url = `${db.connectionString}${db.connectionString.includes('?') ? '&' : '?'}sslpassword=${planted}`;
  const system = another({ ...options, database: url });
  const { api } = system;
  t.after(api.on('*', (event) => void said.push(['event', JSON.stringify(event)])));
  const call = async (method: string, path: string, body?: unknown, given: Record<string, string> = {}) => {
    const response = await system.fetch(
      new Request(`${origin}${base}${path}`, {
        method,
        headers: {
          ...headers,
          Authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...given,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
    const answer = await reply(response);
    said.push([`${method} ${path}`, `${JSON.stringify([...answer.headers])} ${answer.text}`]);
    return answer;
  };
  await api.init();
  await system.start();
  const receiver = await openReceiver(t);
  const channelSecret = `whsec_${key}`;
  const openUrl = receiver.url.replace('//', `//user:${planted}@`);
  for (const [name, given] of [
    ['good', { url: `${openUrl}/${planted}?key=${planted}`, secret: channelSecret }],
    ['dead', { url: `http://user:${planted}@127.0.0.1:1/${planted}?key=${planted}#${planted}` }],
  ] as const) {
    assert.equal(
      (
        await call('POST', '/channels', {
          name,
          ...given,
          topics: ['restore.done', 'backup.failed', 'backup.late'],
        })
      ).status,
      201,
    );
  }
  const backup = await call('POST', '/backup?wait=60', { type: 'full' });
  assert.equal(backup.body.backup.status, 'completed', backup.text);
  const { id } = backup.body.backup as { id: number };
  const failed = await call('POST', '/backup?wait=60', { type: 'full', store: 'away' });
  assert.ok(failed.status >= 400 || failed.body.backup.status !== 'completed', failed.text);
  const restored = await call('POST', '/restore?wait=60', {
    backupId: id,
    restoreType: 'partial',
    tables: ['orders'],
    identity: recoveryKey,
  });
  assert.equal(restored.body.restore?.status, 'completed', restored.text);
  await call('POST', '/restore?wait=60', { backupId: id, identity: key });
  await call('POST', '/restore?wait=60', {
    backupId: id,
    identity: recoveryKey,
    targetUrl: `postgres://user:${planted}@127.0.0.1:1/place?sslpassword=${planted}`,
  });
  // Callers that are refused, and what is not understood.
  await call('GET', '/backup', undefined, { Authorization: `Bearer ${planted}` });
  await call('GET', '/backup', undefined, { Authorization: `Basic ${planted}` });
  await call('POST', '/session', { token: planted });
  await call('POST', '/session', { token: `${token} ` });
  await call('GET', `/backup?limit=${planted}&token=${planted}`);
  await call('POST', '/backup', { password: planted, type: planted });
  await call('POST', `/restore`, { backupId: id, identity: [planted], targetUrl: { password: planted } });
  await until(async () => {
    const channels = await api.listChannels();
    return channels.every(({ lastSentAt, failingSince }) => lastSentAt !== null || failingSince !== null);
  });
  await receiver.next();
  for (const { id: channel } of await api.listChannels()) await call('POST', `/channels/${channel}/test`);
  for (const store of ['main', 'away']) await call('POST', `/stores/${store}/test`);
  for (const path of [
    '/backup/status',
    '/backup',
    `/backup/${id}`,
    '/restore',
    '/stores',
    '/channels',
    '/audit',
    '/tokens',
    '/metrics',
    '/openapi.json',
    '/backup/schedule',
    '/backup/cleanup',
    '/healthz',
    '/readyz',
  ]) {
    assert.ok((await call('GET', path)).status < 400, path);
  }
  await call('POST', `/backup/${id}/schema`, { identity: recoveryKey });
  said.push(['messages', receiver.received.map(({ body }) => body).join('\n')]);
  said.push(['the system', inspect(system, { depth: 8 })]);

  // Commands, with each variable that can hold a secret.
  const env = {
    HOLDFAST_STORE: `main=file://${directory}`,
    HOLDFAST_WRITER_KEY: writerKey,
    HOLDFAST_COPY_TO: 'away=s3://bucket/?endpoint=http://127.0.0.1:1',
    HOLDFAST_TOKEN: token,
    HOLDFAST_DRILL_URL: `postgres://user:${planted}@127.0.0.1:1/place?sslpassword=${planted}`,
    HOLDFAST_IDENTITY: recoveryKey,
    AWS_ACCESS_KEY_ID: planted,
    AWS_SECRET_ACCESS_KEY: planted,
    AZURE_STORAGE_KEY: planted,
    HOLDFAST_SFTP_PASSWORD: planted,
    HOLDFAST_LOG_LEVEL: 'debug',
  };
  for (const args of [['doctor', '--json'], ['status']]) {
    const { stdout, stderr } = await holdfast(args, { url, env });
    assert.ok(stdout.length > 0, args.join(' ') + stderr);
    said.push([args.join(' '), stdout + stderr]);
  }

  const places = new Set([
    ...secrets,
    password,
    writerKey,
    nameKey,
    signingKey,
    /AGE-SECRET-KEY-\S+/.exec(recoveryKey)![0],
  ]);
  assert.ok([...places].every((each) => each.length >= 12));
  // Where a channel is reached is kept as it is, in its own table alone.
  await db.client.query(`update system_backup_channels set url = '', secret = ''`);
  said.push(['the catalog', await catalogText(db.client)]);
  said.push(
    ...[...(await filesIn(directory))].map(([name, content]): [string, string] => [
      name,
      content.toString('latin1'),
    ]),
  );
  assert.deepEqual([...new Set(placesOf([...places], said))], []);
});

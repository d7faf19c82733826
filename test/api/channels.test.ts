import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Logger } from '../../src/index.ts';
import { createClient } from '../../src/client/client.ts';
import { holdfast } from '../cli/holdfast.ts';
import { openReceiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';
import { origin, smallShop, testSystem, token } from './system.ts';

const base = '/api/admin';

test('channels over HTTP and by the client: added, listed, changed, tested and removed; what is wrong is said without the address', async (t) => {
  const { call, api, system } = await testSystem(t);
  const receiver = await openReceiver(t);
  const fetchOf = (input: string | URL | Request, init?: RequestInit) =>
    system.fetch(new Request(input, init));
  const client = createClient({ baseUrl: origin + base, token, fetch: fetchOf });
  const added = await client.createChannel({ name: 'on-call', url: `${receiver.url}/hook` });
  assert.match(added.secret!, /^whsec_/);
  assert.deepEqual([added.kind, added.address, added.waiting], ['webhook', `${receiver.url}/…`, 0]);
  assert.ok(added.topics.includes('restore.done') && !added.topics.includes('remarks'));
  const { body } = await call('GET', `${base}/channels`);
  assert.deepEqual(
    body.channels.map(({ name }: { name: string }) => name),
    ['on-call'],
  );

  for (const [sent, status, code] of [
    [{ name: 'on-call', url: 'https://planted.example.com/' }, 409, 'CHANNEL_EXISTS'],
    [{ name: 'x', url: 'planted' }, 400, 'INVALID_REQUEST'],
    [{ name: 'x', url: 'smtp://planted@host/' }, 400, 'INVALID_REQUEST'],
    [{ name: 'x', url: 'https://x.example.com/', secret: 'planted' }, 400, 'INVALID_REQUEST'],
    [{ name: 'x', url: 'https://hc-ping.com/planted', topics: ['finding'] }, 400, 'INVALID_REQUEST'],
    [{ name: 'X Y', url: 'https://planted.example.com/' }, 400, 'INVALID_REQUEST'],
  ] as const) {
    const reply = await call('POST', `${base}/channels`, { body: sent });
    assert.deepEqual([reply.status, reply.body.code], [status, code], JSON.stringify(sent));
    assert.ok(!reply.text.includes('planted'), reply.text);
  }
  const other = await call('POST', `${base}/channels/${added.id}`, {
    body: { url: 'smtp://h/?from=a@b.c&to=d@e.f' },
  });
  assert.equal(other.status, 400, 'another kind');
  const changed = await client.changeChannel(added.id, {
    topics: ['finding'],
    repeatHours: 0,
    enabled: false,
  });
  assert.deepEqual([changed.topics, changed.repeatHours, changed.enabled], [['finding'], 0, false]);

  const { name, test: good } = await client.testChannel(added.id);
  assert.deepEqual([name, good.delivered, good.problem, good.status], ['on-call', true, null, 204]);
  receiver.answer = (_, response) => response.writeHead(500).end('planted words of the receiver');
  const bad = await call('POST', `${base}/channels/${added.id}/test`);
  assert.deepEqual([bad.status, bad.body.test.problem, bad.body.test.status], [200, 'REFUSED', 500]);
  assert.match(bad.body.test.message, /did not take the message \(it answered 500\)/);
  assert.ok(!bad.text.includes('planted'));

  assert.equal((await client.deleteChannel(added.id)).name, 'on-call');
  const gone = await call('POST', `${base}/channels/${added.id}/test`);
  assert.deepEqual([gone.status, gone.body.code], [404, 'CHANNEL_NOT_FOUND']);
  for (let i = 0; i < 20; i++)
    await api.createChannel({ name: `c${i}`, url: 'https://x.example.com/', enabled: false });
  await assert.rejects(api.createChannel({ name: 'more', url: 'https://x.example.com/' }), {
    code: 'TOO_MANY_CHANNELS',
  });
});

test('no secret of a channel is in an answer, a log, a message, an event, a metric or a row of another table', async (t) => {
  const logged: string[] = [];
  const logger: Logger = {
    log: (level, message, fields) => void logged.push(JSON.stringify([level, message, fields])),
  };
  const { api, call, db, system } = await testSystem(t, { sql: smallShop, logger, idlePollSeconds: 3_600 });
  const receiver = await openReceiver(t);
  const open = receiver.url.replace('http://', 'http://planteduser:plantedpassword@');
  const secret = `whsec_${Buffer.from('plantedsecretplantedsecret').toString('base64')}`;
  const secrets = [
    'planteduser',
    'plantedpassword',
    'plantedpath',
    'plantedquery',
    'plantedfragment',
    secret.slice(6),
  ];
  await api.createChannel({ name: 'one', url: `${open}/plantedpath?k=plantedquery#plantedfragment`, secret });
  const dead = 'http://planteduser:plantedpassword@127.0.0.1:1';
  const urls: Record<string, string> = {
    two: `${dead}/plantedpath?chat_id=1`,
    three: `${dead.replace('http', 'smtp')}/?from=a@example.com&to=ops@example.com&k=plantedquery`,
    four: 'https://planteduser:plantedpassword@169.254.169.254/plantedpath',
    five: `${open}/plantedpath`,
  };
  for (const [name, url] of Object.entries(urls)) {
    await api.createChannel({ name, url, ...(name === 'five' ? { kind: 'slack' as const } : {}) });
  }
  receiver.answer = ({ path }, response) => response.writeHead(path.includes('?') ? 204 : 500).end('x');
  await system.start();
  await receiver.next();
  await until(
    async () => (await api.listChannels()).filter(({ failingSince }) => failingSince !== null).length === 4,
  );
  await api.createBackup({ wait: true });

  const said: [string, string][] = [['log', logged.join('\n')]];
  for (const at of ['channels', 'backup/status', 'metrics', 'backup', 'openapi.json', 'tokens', 'stores']) {
    said.push([at, (await call('GET', `${base}/${at}`)).text]);
  }
  for (const { id } of await api.listChannels()) {
    said.push(['test', (await call('POST', `${base}/channels/${id}/test`)).text]);
    said.push(['change', (await call('POST', `${base}/channels/${id}`, { body: { repeatHours: 2 } })).text]);
  }
  said.push(['messages', receiver.received.map(({ body }) => body).join('\n')]);
  const { rows: tables } = await db.client.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'public' and tablename <> 'system_backup_channels'`,
  );
  for (const { name } of tables) {
    const { rows } = await db.client.query<{ text: string | null }>(
      `select string_agg(x::text, '\n') as text from "${name}" x`,
    );
    said.push([name, rows[0]!.text ?? '']);
  }
  for (const args of [
    ['channel', 'list'],
    ['channel', 'list', '--json'],
    ['channel', 'test', 'four'],
    ['status'],
    ['channel', 'remove', 'four'],
  ]) {
    const { stdout, stderr } = await holdfast(args, {
      url: db.connectionString,
      env: { HOLDFAST_LOG_LEVEL: 'debug' },
    });
    assert.ok((stdout + stderr).length > 0, args.join(' '));
    said.push([args.join(' '), stdout + stderr]);
  }
  const leaks = said.flatMap(([where, text]) =>
    secrets.filter((each) => text.includes(each)).map((each) => `${where}: ${each}`),
  );
  assert.deepEqual(leaks, []);
  assert.ok(
    said.find(([where]) => where === 'log')![1].includes('did not take a message'),
    'failures are logged',
  );
});

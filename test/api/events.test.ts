import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { BackupSystem, SystemEvent } from '../../src/index.ts';
import { until } from '../support/until.ts';
import { failingBackup, origin, smallShop, testSystem, token } from './system.ts';

const base = '/api/admin';

interface Message {
  id?: string;
  event: string;
  data: SystemEvent;
}

/** Reads messages as a browser would. */
async function openStream(
  t: TestContext,
  system: BackupSystem,
  headers: Record<string, string> = {},
  query = '',
): Promise<{ messages: Message[]; close: () => void; response: Response }> {
  const gone = new AbortController();
  t.after(() => gone.abort());
  const response = await system.fetch(
    new Request(`${origin}${base}/events${query}`, {
      headers: { Authorization: `Bearer ${token}`, ...headers },
      signal: gone.signal,
    }),
  );
  const messages: Message[] = [];
  void (async () => {
    let text = '';
    for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
      text += piece;
      const blocks = text.split('\n\n');
      text = blocks.pop()!;
      for (const block of blocks) {
        const fields = new Map(
          block.split('\n').map((line) => {
            const at = line.indexOf(': ');
            return [line.slice(0, at), line.slice(at + 2)];
          }),
        );
        const data = fields.get('data');
        if (data === undefined) continue;
        const id = fields.get('id');
        messages.push({ event: fields.get('event')!, data: JSON.parse(data), ...(id ? { id } : {}) });
      }
    }
  })().catch(() => {});
  return { messages, close: () => gone.abort(), response };
}

const types = (messages: readonly { event: string }[]): string[] =>
  messages.map(({ event }) => event).filter((event) => event !== 'progress');

test('what happens to a run is told as it happens, with progress, whichever process it is in', async (t) => {
  const { api, another, system } = await testSystem(t, { sql: smallShop });
  const { messages, response } = await openStream(t, system);
  assert.match(response.headers.get('content-type')!, /^text\/event-stream/);
  const elsewhere = another();
  const { id } = await elsewhere.api.createBackup({ wait: true });
  await elsewhere.api.restore({ backupId: id, wait: true });
  await until(async () => types(messages).includes('restore.completed'));
  assert.deepEqual(types(messages), [
    'backup.started',
    'backup.completed',
    'restore.started',
    // The safety backup.
    'backup.completed',
    'restore.completed',
  ]);
  for (const { event, data, id: eventId } of messages) {
    assert.equal(data.type, event);
    if ('eventId' in data) assert.equal(String(data.eventId), eventId);
  }
  const progress = messages.flatMap(({ data }) => (data.type === 'progress' ? [data] : []));
  assert.ok(progress.some((each) => each.status === 'running' && each.kind === 'restore'));
  await assert.rejects(api.getBackup(99));
});

test('a stream that broke goes on where it was, and says nothing twice', async (t) => {
  const { api, system } = await testSystem(t, { sql: smallShop });
  const first = await openStream(t, system);
  await api.createBackup({ wait: true });
  await until(async () => types(first.messages).length === 2);
  first.close();
  const last = first.messages.findLast(({ id }) => id !== undefined)!.id!;
  await api.createBackup({ wait: true });
  const second = await openStream(t, system, { 'Last-Event-ID': last });
  await api.createBackup({ wait: true });
  await until(async () => types(second.messages).length >= 4);
  assert.deepEqual(types(second.messages), [
    'backup.started',
    'backup.completed',
    'backup.started',
    'backup.completed',
  ]);
  const ids = second.messages.flatMap(({ id }) => (id === undefined ? [] : [Number(id)]));
  assert.equal(new Set(ids).size, ids.length);
  assert.ok(Math.min(...ids) > Number(last));
  const all = await openStream(t, system, {}, '?after=0');
  await until(async () => types(all.messages).length === 6);
});

test('a failure is told with its reason, a cancelled run as cancelled, a lost one as interrupted', async (t) => {
  const { api, another, db } = await testSystem(t, { sql: smallShop });
  const heard: SystemEvent[] = [];
  const stop = api.on('*', (event) => heard.push(event));
  const ofType = (type: SystemEvent['type']) => heard.find((event) => event.type === type);
  await db.client.query('begin; lock table orders in access exclusive mode');
  const blocked = await api.createBackup();
  const queued = await api.createBackup();
  await api.cancelBackup(queued.id);
  await api.cancelBackup(blocked.id);
  await db.client.query('rollback');
  const cancelled = await until(async () => {
    const found = heard.filter((event) => event.type === 'backup.cancelled');
    return found.length === 2 && found;
  });
  assert.deepEqual(
    (cancelled as { id: number }[]).map(({ id }) => id).toSorted((a, b) => a - b),
    [blocked.id, queued.id],
  );
  await failingBackup({ db, another }, 'orders');
  const failed = await until(async () => ofType('backup.failed'));
  assert.match((failed as { message: string }).message, /lock/);
  await db.client.query(
    `insert into system_backups (uuid, type, status, store, first_epoch, fence)
      values (gen_random_uuid(), 'full', 'running', 'database', 1, 1)`,
  );
  await api.listBackups();
  await until(async () => ofType('backup.interrupted'));
  stop();
  const count = heard.length;
  await api.createBackup({ wait: true });
  assert.equal(heard.length, count);
});

test('a listener that throws disturbs nobody', async (t) => {
  const { api } = await testSystem(t, { sql: smallShop });
  const heard: number[] = [];
  api.on('backup.completed', () => {
    throw new Error('mine');
  });
  api.on('backup.completed', ({ id }) => heard.push(id!));
  const { id } = await api.createBackup({ wait: true });
  await until(async () => heard.length > 0);
  assert.deepEqual(heard, [id]);
});

test('events need an admin and the tables, and end with the system', async (t) => {
  const { system, call } = await testSystem(t, { sql: smallShop, initialize: false });
  assert.equal((await call('GET', `${base}/events`)).status, 503);
  const anonymous = await system.fetch(new Request(`${origin}${base}/events`));
  assert.equal(anonymous.status, 401);
  await system.api.init();
  assert.equal((await call('GET', `${base}/events?after=x`)).status, 400);
  const { response } = await openStream(t, system);
  const ended = response.body!.locked;
  assert.ok(ended);
  const events = await system.api.events();
  const over = events.next();
  await system.stop();
  assert.deepEqual(await over, { value: undefined, done: true });
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { test, type TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { downloadFormats } from '../../src/contract/backup.ts';
import { listen } from '../../src/integrations/node.ts';
import { until } from '../support/until.ts';
import { testSystem, token, type SystemSetup } from './system.ts';

const base = '/api/admin';
const admin = { Authorization: `Bearer ${token}` };
const MiB = 1024 * 1024;
/** Incompressible, and more than the buffers between server and client hold. */
const noise = (MiBs: number): string => `
  create table big as select n, (select string_agg(encode(sha512((n || '.' || m)::text::bytea), 'hex'), '') from generate_series(1, 256) m) as noise
    from generate_series(1, ${MiBs * 32}) n`;

async function served(t: TestContext, setup: SystemSetup) {
  const made = await testSystem(t, setup);
  const server = await listen(made.system, { port: 0, host: '127.0.0.1' });
  t.after(() => server.closeAllConnections());
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  /** Begins a download and reads nothing of it but its beginning. */
  const begin = async (id: number, format = 'sql'): Promise<IncomingMessage> => {
    const path = `${base}/backup?id=${id}&download=true&format=${format}`;
    const call = request({ port, path, headers: admin, agent: false });
    call.on('error', () => {});
    call.end();
    const [answer] = (await once(call, 'response')) as [IncomingMessage];
    answer.on('error', () => {});
    if (answer.statusCode === 200) await once(answer, 'readable');
    return answer;
  };
  const connections = async (name: string): Promise<number> => {
    const { rows } = await made.db.client.query(
      `select count(*)::int from pg_stat_activity where application_name like $1 and datname = current_database()`,
      [name],
    );
    return rows[0].count;
  };
  return { ...made, begin, connections };
}

/** What is in use when nothing moves any more: then all that is held back is held. */
async function settledMemory(): Promise<number> {
  let last = 0;
  for (let still = 0; still < 10;) {
    await pause(100);
    const now = process.memoryUsage.rss();
    still = Math.abs(now - last) < MiB ? still + 1 : 0;
    last = now;
  }
  return last;
}

test('many slow readers take few connections and little memory, and one more is told to wait', async (t) => {
  const places = 24;
  const ofEach = places / downloadFormats.length;
  const { api, begin, connections } = await served(t, { sql: noise(64), maxDownloads: places });
  const { id } = await api.createBackup({ wait: true });
  await until(async () => (await connections('holdfast lock')) === 0);
  const readers: IncomingMessage[] = [];
  for (const format of downloadFormats) {
    const before = process.memoryUsage.rss();
    for (let n = 0; n < ofEach; n++) readers.push(await begin(id, format));
    const each = ((await settledMemory()) - before) / ofEach / MiB;
    t.diagnostic(`${each.toFixed(1)} MiB a reader of ${format}`);
    assert.ok(each < 20, `${each.toFixed(1)} MiB a reader of ${format}`);
  }
  for (const reader of readers) assert.equal(reader.statusCode, 200);

  const refused = await begin(id);
  assert.equal(refused.statusCode, 429);
  assert.match(refused.headers['retry-after'] ?? '', /^\d+$/);
  const answer = JSON.parse(await text(refused)) as { code: string; details: object };
  assert.equal(answer.code, 'TOO_MANY_DOWNLOADS');
  await assert.rejects(api.downloadBackup(id), { code: 'TOO_MANY_DOWNLOADS' });

  assert.equal(await connections('holdfast lock'), 1);
  assert.ok((await connections('holdfast%')) <= 12, `${await connections('holdfast%')} connections`);
  await assert.rejects(api.deleteBackup(id), { code: 'BACKUP_IN_USE' });

  // Each leaves a place and, the last of them, the lock.
  for (const reader of readers.slice(1)) reader.destroy();
  await until(async () => {
    const next = await begin(id);
    next.destroy();
    return next.statusCode === 200;
  });
  await assert.rejects(api.deleteBackup(id), { code: 'BACKUP_IN_USE' });
  readers[0]!.destroy();
  await until(async () => (await connections('holdfast lock')) === 0);
  assert.equal((await api.deleteBackup(id)).success, true);
});

test('a reader that takes nothing is let go, and never with a clean end', async (t) => {
  const { api, begin, connections } = await served(t, {
    sql: noise(32),
    downloadIdleMs: 1_000,
    maxDownloads: 1,
  });
  const { id } = await api.createBackup({ wait: true });
  const reader = await begin(id);
  await until(async () => (await connections('holdfast lock')) === 0);
  await assert.rejects(text(reader), 'a download that was broken off looks whole');
  assert.equal((await api.deleteBackup(id)).success, true);
});

test('a lost lock ends the downloads that counted on it, and no others', async (t) => {
  const { api, begin, connections, db } = await served(t, { sql: noise(32) });
  const { id } = await api.createBackup({ wait: true });
  await until(async () => (await connections('holdfast lock')) === 0);
  const [first, second] = [await begin(id), await begin(id, 'sql.zst')];
  await db.client.query(`
    select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'holdfast lock' and datname = current_database()`);
  await assert.rejects(text(first));
  await assert.rejects(text(second));
  const { stream } = await api.downloadBackup(id, 'sql');
  assert.equal(await connections('holdfast lock'), 1);
  assert.match(await text(stream), /^-- End of the Holdfast backup/m);
});

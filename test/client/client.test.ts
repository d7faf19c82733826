import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import type { SystemEvent } from '../../src/api/contract.ts';
import { endpoints } from '../../src/api/operations.ts';
import { ApiError, createClient, type Client, type ClientOptions } from '../../src/client/client.ts';
import { createBackupSystem, silentLogger, type BackupSystem } from '../../src/index.ts';
import { origin, smallShop, testSystem, token, type SystemSetup } from '../api/system.ts';
import { until } from '../support/until.ts';

const baseUrl = `${origin}/api/admin`;

/** `fetch` without a network: straight into the system, with a browser's cookies if there is a jar. */
function fetchOf(system: BackupSystem, jar?: { cookie: string }, log?: string[]): typeof fetch {
  return async (input, init) => {
    const request = new Request(input as string, init);
    request.signal.throwIfAborted();
    if (jar && jar.cookie !== '') request.headers.set('Cookie', jar.cookie);
    log?.push(`${request.method} ${new URL(request.url).pathname}`);
    const response = await system.fetch(request);
    const [cookie] = response.headers.getSetCookie();
    if (jar && cookie !== undefined) jar.cookie = cookie.split(';')[0]!;
    return response;
  };
}

async function connected(
  t: TestContext,
  setup: SystemSetup = {},
  options: Partial<ClientOptions> = {},
): Promise<{ client: Client; system: BackupSystem }> {
  const { system } = await testSystem(t, setup);
  return { client: createClient({ baseUrl, token, fetch: fetchOf(system), ...options }), system };
}

async function failure(call: Promise<unknown>): Promise<ApiError> {
  const error = await call.then(
    () => assert.fail('it did not fail'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof ApiError, String(error));
  return error;
}

test('what the client does is what the API does', async (t) => {
  const { client } = await connected(t, { sql: smallShop });
  assert.equal((await client.session()).by, 'token');
  assert.equal((await client.status()).initialized, true);
  assert.deepEqual(
    (await client.listTables()).map(({ table }) => table),
    ['public.customers', 'public.orders'],
  );
  const { id } = await client.createBackup({ description: 'from the client' });
  await until(async () => (await client.getBackup(id)).status === 'completed');
  assert.equal((await client.pinBackup(id)).pinned, true);
  const list = await client.listBackups({ q: 'client', pinned: true, limit: 5 });
  assert.deepEqual(
    list.backups.map((backup) => backup.id),
    [id],
  );
  assert.match(await client.getBackupSchema(id), /CREATE TABLE public\.orders/);
  await client.checkDownload(id, 'sql.gz');
  assert.equal(client.downloadUrl(id, 'sql'), `${baseUrl}/backup/${id}?download=true&format=sql`);

  const schedule = await client.updateSchedule({ enabled: true, frequency: 'hourly', time: '00:10' });
  assert.equal(schedule.nextRunAt?.slice(14, 16), '10');
  assert.equal((await client.getSchedule()).frequency, 'hourly');
  assert.equal((await client.previewSchedule(3)).runs.length, 3);
  const { runs } = await client.previewUnsaved({ time: '00:20' }, 2);
  assert.deepEqual(
    runs.map(({ at }) => at.slice(14, 16)),
    ['20', '20'],
  );
  const named = await client.updateSchedule({ type: 'partial', tables: ['orders'] }, { schedule: 'orders' });
  assert.equal(named.name, 'orders');
  assert.equal((await client.listSchedules()).length, 2);
  await client.previewRetention({ keepDaily: 3 }, { schedule: 'orders' });
  await client.deleteSchedule('orders');
  assert.equal((await client.previewRetention({ maxBackups: 1 })).decisions.length, 1);
  assert.equal((await client.cleanUp({ dryRun: true })).dryRun, true);
  assert.equal((await client.listCleanups()).total, 0);

  const plan = await client.planRestore({ backupId: id });
  assert.equal(plan.tables.length, 2);
  const restore = await client.restore({ backupId: id, restoreType: 'partial', tables: ['orders'] });
  await until(async () => (await client.getRestore(restore.id)).status === 'completed');
  assert.equal((await client.listRestores({ status: 'completed' })).total, 1);
  const verification = await client.verifyBackup(id);
  await until(async () => {
    const { status } = await client.getVerification(verification.id);
    return status === 'completed';
  });
  assert.equal((await client.listVerifications()).total, 1);
  assert.equal((await client.cancelBackup(id)).status, 'completed');
  assert.equal((await client.deleteBackup(id)).success, true);
});

test('it has a method for every endpoint', async () => {
  const calls: string[] = [];
  const client = createClient({
    baseUrl,
    fetch: async (input, init) => {
      calls.push(`${init?.method} ${new URL(input as string).pathname.slice('/api/admin'.length)}`);
      return Response.json({});
    },
  });
  const body = { backupId: 1 };
  const { url: _, downloadUrl: __, events, ...methods } = client;
  // Whatever they take, one of these has it.
  const tried: unknown[][] = [
    ['1', body],
    [{ identity: '1' }],
    ['1', { identity: '1' }],
    [body, { schedule: '1' }],
    [{ schedule: '1' }],
    [3, { schedule: '1' }],
    [body, 3, { schedule: '1' }],
  ];
  for (const method of Object.values(methods)) {
    for (const values of tried) {
      await (method as (...given: unknown[]) => Promise<unknown>)(...values).catch(() => {});
    }
  }
  const ending = new AbortController();
  const following = events({ onEvent() {} }, ending.signal);
  ending.abort();
  await following;
  const called = new Set(calls);
  const missing = endpoints
    .map(({ route: { method, path } }) => `${method} ${path.replace(/\{\w+\}/, '1')}`)
    // The same by another address; and what describes the API.
    .filter(
      (address) =>
        ![
          'DELETE /backup',
          'GET /openapi.json',
          // For Prometheus and load balancers, which have clients of their own.
          'GET /metrics',
          'GET /healthz',
          'GET /readyz',
          'GET /backup/retention/preview',
          'GET /backup/1/rows',
          'GET /backup/1/diff',
          'GET /rows/history',
        ].includes(address),
    )
    .filter((address) => !called.has(address));
  assert.deepEqual(missing, []);
});

test('a failed call says why, as the API says it', async (t) => {
  const { client } = await connected(t, { initialize: false });
  const fresh = await failure(client.listBackups());
  assert.equal(fresh.code, 'NOT_INITIALIZED');
  assert.equal(fresh.status, 503);
  await client.init();
  const missing = await failure(client.getBackup(4711));
  assert.deepEqual(
    [missing.code, missing.status, missing.title, missing.details],
    ['BACKUP_NOT_FOUND', 404, 'Backup not found', { id: 4711 }],
  );
  assert.match(missing.hint ?? '', /List the backups/);

  const other = createClient({
    baseUrl,
    fetch: async () => new Response('<h1>Bad gateway</h1>', { status: 502 }),
  });
  const unexpected = await failure(other.status());
  assert.deepEqual([unexpected.code, unexpected.status], ['UNEXPECTED_ANSWER', 502]);
  const off = createClient({ baseUrl, fetch: () => Promise.reject(new TypeError('fetch failed')) });
  const unreachable = await failure(off.status());
  assert.deepEqual([unreachable.code, unreachable.status], ['UNREACHABLE', 0]);
});

test('a call that is given up rejects with the reason for that', async (t) => {
  const { client } = await connected(t);
  const reason = new Error('somebody looked away');
  await assert.rejects(client.status({ signal: AbortSignal.abort(reason) }), reason);
});

test('a session needs no token, sends its CSRF token, and follows a sign-in in another tab', async (t) => {
  const { system } = await testSystem(t);
  const jar = { cookie: '' };
  const log: string[] = [];
  const tab = createClient({ baseUrl, fetch: fetchOf(system, jar, log) });
  assert.equal((await tab.session()).signedIn, false);
  assert.equal((await failure(tab.signIn('not-the-token-0123'))).code, 'UNAUTHORIZED');
  await tab.signIn(token);
  assert.equal((await tab.createBackup()).type, 'full');

  const otherTab = createClient({ baseUrl, fetch: fetchOf(system, jar) });
  await otherTab.signIn(token);
  log.length = 0;
  await tab.updateSchedule({ time: '03:00' });
  assert.deepEqual(log, [
    'POST /api/admin/backup/schedule',
    'GET /api/admin/session',
    'POST /api/admin/backup/schedule',
  ]);
  await otherTab.signOut();
  assert.equal((await failure(tab.listBackups())).code, 'UNAUTHORIZED');
  assert.equal((await failure(tab.createBackup())).code, 'UNAUTHORIZED');
});

test('events are told as they happen, and go on after a broken connection', async (t) => {
  const { client, system } = await connected(t, { sql: smallShop });
  const ending = new AbortController();
  t.after(() => ending.abort());
  const seen: SystemEvent[] = [];
  const states: boolean[] = [];
  let breakNext = true;
  const flaky = createClient({
    baseUrl,
    token,
    fetch: async (input, init) => {
      const response = await fetchOf(system)(input, init);
      if (!(input as string).includes('/events') || !breakNext) return response;
      breakNext = false;
      // Its connection ends after the first event.
      const reader = response.body!.getReader();
      const stream = new ReadableStream<Uint8Array>({
        async pull(controller) {
          const { value } = await reader.read();
          controller.enqueue(value!);
          if (new TextDecoder().decode(value).includes('event: backup.')) {
            await reader.cancel();
            controller.close();
          }
        },
      });
      return new Response(stream, response);
    },
  });
  const following = flaky.events(
    { onEvent: (event) => seen.push(event), onConnection: (now) => states.push(now) },
    ending.signal,
  );
  await until(async () => states[0] === true);
  const { id } = await client.createBackup();
  const typesOf = (): string[] =>
    seen.flatMap((event) => (event.type !== 'progress' && event.id === id ? [event.type] : []));
  await until(async () => typesOf().includes('backup.completed'));
  assert.deepEqual(typesOf(), ['backup.started', 'backup.completed']);
  assert.deepEqual(states.slice(0, 3), [true, false, true]);
  ending.abort();
  await following;
  assert.equal(states.at(-1), false);
});

test('following events ends with its signal, also where the body that is read does not', async () => {
  const ending = new AbortController();
  const states: boolean[] = [];
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({ cancel: () => void (cancelled = true) });
  const client = createClient({
    baseUrl,
    fetch: async () => new Response(body, { headers: { 'Content-Type': 'text/event-stream' } }),
  });
  const following = client.events(
    { onEvent: () => assert.fail(), onConnection: (now) => states.push(now) },
    ending.signal,
  );
  await until(async () => states[0] === true);
  ending.abort();
  await following;
  assert.ok(cancelled);
  assert.equal(states.at(-1), false);
});

test('where there are no events, following them ends by itself', async () => {
  const states: boolean[] = [];
  const client = createClient({
    baseUrl,
    fetch: async () => Response.json({ error: 'x', code: 'NOT_FOUND', message: 'x' }, { status: 404 }),
  });
  await client.events(
    { onEvent: () => assert.fail(), onConnection: (now) => states.push(now) },
    new AbortController().signal,
  );
  assert.deepEqual(states, [false]);
});

test('a client is about one of several databases', async (t) => {
  const { db, system: first } = await testSystem(t, { sql: smallShop });
  await first.stop();
  const other = await db.createDatabase();
  const system = createBackupSystem({
    databases: { shop: db.connectionString, other: other.connectionString },
    auth: { token },
    logger: silentLogger,
  });
  t.after(() => system.stop());
  const clientOf = (database?: string): Client =>
    createClient({ baseUrl, token, fetch: fetchOf(system), ...(database === undefined ? {} : { database }) });
  const ofOther = clientOf('other');
  const { databases } = await ofOther.listDatabases();
  assert.deepEqual(
    databases.map(({ name, state }) => [name, state]),
    [
      ['shop', 'ready'],
      ['other', 'not-initialized'],
    ],
  );
  await ofOther.init();
  assert.deepEqual(await ofOther.listTables(), []);
  assert.equal((await clientOf().listTables()).length, 2);
  // A token is one of all.
  const made = await ofOther.createToken({ name: 'reader', scopes: ['read'] });
  assert.equal((await clientOf().listTokens()).length, 1);
  // The same where TypeScript makes it.
  await (await system.database('other')).api.createToken({ name: 'another', scopes: ['read'] });
  assert.equal((await clientOf().listTokens()).length, 2);
  const reader = createClient({ baseUrl, token: made.token, fetch: fetchOf(system), database: 'other' });
  assert.equal((await reader.status()).initialized, true);
  assert.equal((await failure(clientOf('nothing').status())).code, 'DATABASE_NOT_FOUND');
  assert.match(ofOther.downloadUrl(3, 'sql'), /[?&]database=other/);
});

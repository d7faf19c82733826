import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { test } from 'node:test';
import { metricDefinitions } from '../../src/api/metrics/definitions.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { createBackupSystem } from '../../src/index.ts';
import { smallShop, testSystem } from './system.ts';

const base = '/api/admin';
const get = (path: string, headers: Record<string, string> = {}): Request =>
  new Request(`http://backup.test${base}${path}`, { headers });

/** `name{a="b"} 1` as a map from what is before the value to the value. */
function samples(text: string): Map<string, number> {
  return new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => {
        const [, name, value] = /^(.*) (\S+)$/.exec(line)!;
        return [name!, Number(value)];
      }),
  );
}

test('the probes need no token and tell nothing but what they are asked', async (t) => {
  const gone = createBackupSystem({
    database: 'postgres://nobody@127.0.0.1:1/none',
    auth: { token: 'test-token-0123456789' },
    logger: silentLogger,
  });
  const alive = await gone.fetch(get('/healthz'));
  assert.deepEqual([alive.status, await alive.json()], [200, { status: 'ok' }]);
  const unreachable = await gone.fetch(get('/readyz'));
  assert.deepEqual([unreachable.status, await unreachable.json()], [503, { ready: false }]);
  const { system, api } = await testSystem(t, { initialize: false });
  const before = await system.fetch(get('/readyz'));
  assert.deepEqual([before.status, await before.json()], [503, { ready: false }]);
  await api.init();
  const after = await system.fetch(get('/readyz'));
  assert.deepEqual([after.status, await after.json()], [200, { ready: true }]);
});

test('however many ask whether it is ready, a silent database gets one connection for them', async (t) => {
  const connections: Socket[] = [];
  const silent = createServer((socket) => void connections.push(socket));
  t.after(() => {
    for (const socket of connections) socket.destroy();
    silent.close();
  });
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const system = createBackupSystem({
    database: `postgres://nobody@127.0.0.1:${(silent.address() as AddressInfo).port}/none`,
    auth: { token: 'test-token-0123456789' },
    logger: silentLogger,
  });
  const answers = await Promise.all(Array.from({ length: 100 }, () => system.fetch(get('/readyz'))));
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [503]);
  assert.equal(connections.length, 1);
});

test('metrics need the scope read, and say what the status says', async (t) => {
  const { system, api, call } = await testSystem(t, { initialize: false, sql: smallShop });
  assert.equal((await system.fetch(get('/metrics'))).status, 401);
  const before = await call('GET', `${base}/metrics`);
  assert.equal(before.status, 200);
  assert.deepEqual([...samples(before.text)], [['holdfast_initialized', 0]]);

  await api.init();
  await api.updateSchedule({ enabled: true, frequency: 'daily', time: '02:00' });
  await api.createBackup({ wait: true });
  const { token } = await api.createToken({ name: 'prometheus', scopes: ['read'] });
  const scraped = await system.fetch(get('/metrics', { Authorization: `Bearer ${token}` }));
  assert.equal(scraped.status, 200);
  assert.match(scraped.headers.get('content-type')!, /^text\/plain; version=0\.0\.4/);
  const text = await scraped.text();
  const found = samples(text);
  const status = await api.status();
  assert.ok(status.initialized);
  const { lastCompleted, backups } = status;
  assert.equal(found.get('holdfast_initialized'), 1);
  assert.equal(found.get('holdfast_backups_completed'), 1);
  assert.equal(found.get('holdfast_store_bytes'), backups.storedBytes);
  assert.equal(
    found.get('holdfast_last_backup_timestamp_seconds'),
    Date.parse(lastCompleted!.finishedAt!) / 1_000,
  );
  assert.equal(found.get('holdfast_last_backup_rows'), lastCompleted!.rowCount);
  assert.equal(found.get('holdfast_runs{kind="backup",state="completed"}'), 1);
  assert.equal(found.get(`holdfast_health_state{state="${status.health.state}"}`), 1);
  const healthStates = [...found].filter(([name]) => name.startsWith('holdfast_health_state'));
  assert.equal(
    healthStates.reduce((sum, [, value]) => sum + value, 0),
    1,
    'it is in one state',
  );
  assert.ok(found.get('holdfast_schedule_next_timestamp_seconds{schedule="default"}')! > Date.now() / 1_000);
  // What has no value has no sample: 0 would say that the database comes back at once.
  assert.equal(found.has('holdfast_recovery_time_seconds'), false);
  assert.equal(found.has('holdfast_recovery_point_target_seconds'), false);
  for (const { name, help } of metricDefinitions) {
    assert.ok(
      text.includes(
        `# HELP holdfast_${name} ${help}\n# TYPE holdfast_${name} ${name.endsWith('_total') ? 'counter' : 'gauge'}\n`,
      ),
      name,
    );
  }
});

test('names follow the conventions of Prometheus: base units, no abbreviations, no counter without _total', () => {
  for (const { name, help } of metricDefinitions) {
    assert.match(name, /^[a-z][a-z_]*[a-z]$/);
    assert.doesNotMatch(name, /_(ms|minutes|hours|days|kb|mb|total(?!$)|count)(_|$)/);
    assert.match(help, /^[A-Z].*\.$/, name);
  }
  assert.equal(new Set(metricDefinitions.map(({ name }) => name)).size, metricDefinitions.length);
});

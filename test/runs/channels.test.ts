import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import type { Notice } from '../../src/contract/notice.ts';
import { failingBackup, smallShop, testSystem } from '../api/system.ts';
import { openReceiver, type Received } from '../support/receiver.ts';
import { until } from '../support/until.ts';

const noticeIn = ({ body }: Received): Notice => (JSON.parse(body) as { data: Notice }).data;
const typeIn = ({ body }: Received): string => (JSON.parse(body) as { type: string }).type;

/** Of the one channel that there is. */
function notificationMetric(text: string, name: string): number | undefined {
  const found = new RegExp(
    `^holdfast_notifications_${name}\\{channel="[^"]+",kind="webhook"\\} (\\S+)$`,
    'm',
  ).exec(text);
  return found ? Number(found[1]) : undefined;
}

test('a webhook is told of a failure, of its end and of a restore: signed, in order, with what to do', async (t) => {
  const made = await testSystem(t, {
    sql: smallShop,
    idlePollSeconds: 3_600,
    auth: { token: 'test-token-0123456789', allowedOrigins: ['https://app.example.com'] },
  });
  const { api, system } = made;
  await system.start();
  await api.updateSchedule({ enabled: true, frequency: 'cron', cron: '0 0 1 1 *' });
  await api.createBackup({ wait: true });
  const receiver = await openReceiver(t);
  const { secret, id } = await api.createChannel({ name: 'on-call', url: `${receiver.url}/hook?key=abc` });
  assert.ok(secret);
  const webhook = new Webhook(secret);

  await failingBackup(made, 'orders');
  const failed = await receiver.next();
  webhook.verify(failed.body, failed.headers as Record<string, string>);
  assert.throws(() => webhook.verify(`${failed.body} `, failed.headers as Record<string, string>));
  assert.equal(typeIn(failed), 'backup.failed.problem');
  const notice = noticeIn(failed);
  assert.match(notice.cause, /The last good backup is from .* the last run failed: /);
  assert.match(notice.lastGoodBackup, /^The last good backup is from \d{4}-/);
  assert.equal(notice.nextStep?.command, 'holdfast backup');
  assert.equal(notice.nextStep?.page, 'https://app.example.com/api/admin/ui/backups');
  // It lasts, so it is not told again.
  await failingBackup(made, 'orders');

  const good = await api.createBackup({ wait: true });
  const over = await receiver.next();
  webhook.verify(over.body, over.headers as Record<string, string>);
  assert.equal(typeIn(over), 'backup.failed.recovery');
  assert.equal(noticeIn(over).key, notice.key);

  const restore = await api.restore({ backupId: good.id, wait: true });
  const done = await receiver.next();
  assert.equal(typeIn(done), 'restore.done');
  assert.equal(noticeIn(done).nextStep?.command, `holdfast undo ${restore.id}`);
  assert.equal(receiver.received.length, 3);
  assert.equal(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size, 3);

  const { test: tested } = await api.testChannel(id);
  assert.deepEqual([tested.delivered, tested.status], [true, 204]);
  const [channel] = await api.listChannels();
  assert.equal(channel!.waiting, 0);
  assert.ok(channel!.lastSentAt);
  const { text } = await api.metrics();
  assert.equal(notificationMetric(text, 'sent_total'), 4);
  assert.equal(notificationMetric(text, 'failed_total'), 0);
  assert.equal(notificationMetric(text, 'waiting'), 0);
  assert.equal(notificationMetric(text, 'oldest_waiting_age_seconds'), undefined);
  assert.equal(notificationMetric(text, 'failing_since_timestamp_seconds'), undefined);
});

test('a message whose process is killed between sending and recording is sent again, with its id', async (t) => {
  const { api, another, db } = await testSystem(t, { idlePollSeconds: 3_600 });
  const receiver = await openReceiver(t);
  await api.createChannel({ name: 'on-call', url: receiver.url });
  // No schedule is enabled: that is told.
  const child = spawn(process.execPath, [
    path.join(import.meta.dirname, 'sending-process.ts'),
    db.connectionString,
  ]);
  t.after(() => child.kill('SIGKILL'));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  receiver.answer = () => child.kill('SIGKILL');
  const first = await receiver.next();
  await ended;
  receiver.answer = (_, response) => response.writeHead(200).end();
  await another().start();
  const again = await receiver.next();
  assert.equal(again.headers['webhook-id'], first.headers['webhook-id']);
  assert.equal(again.body, first.body);
  await until(async () => (await api.listChannels())[0]!.waiting === 0);
  assert.equal(receiver.received.length, 2);
});

test('a dead receiver delays no backup and keeps a bounded number of messages; the oldest are given up, which is said', async (t) => {
  const { api, system, db } = await testSystem(t, { sql: smallShop, idlePollSeconds: 3_600 });
  const receiver = await openReceiver(t);
  // Takes the request, and never answers.
  receiver.answer = () => {};
  const { id } = await api.createChannel({
    name: 'dead',
    url: receiver.url,
    topics: ['backup.late', 'restore.done'],
  });
  await system.start();
  await receiver.next();
  const began = performance.now();
  const { id: backupId } = await api.createBackup({ wait: true });
  assert.ok(performance.now() - began < 8_000, 'the backup did not wait for the receiver');
  await api.restore({ backupId, wait: true });
  await until(async () => (await api.listChannels())[0]!.waiting === 2);
  // As if many more had waited for days.
  await db.client.query(
    `insert into system_backup_outbox (channel_id, message)
       select channel_id, jsonb_set(message, '{title}', to_jsonb('filler ' || n)) from
         (select channel_id, message from system_backup_outbox order by id limit 1) as one, generate_series(1, 150) n`,
  );
  await api.restore({ backupId, wait: true });
  const listed = await until(async () => {
    const [channel] = await api.listChannels();
    return channel!.givenUp > 0 && channel;
  });
  assert.ok(listed.waiting <= 101, `${listed.waiting} wait`);
  const answer = await api.status();
  assert.ok(answer.initialized);
  const warning = answer.health.warnings.find(({ code }) => code === 'CHANNEL_FAILING');
  assert.match(warning?.message ?? '', /were given up/);

  // The rest arrives in order, once it answers.
  receiver.answer = (_, response) => response.writeHead(200).end();
  await until(async () => (await api.listChannels())[0]!.failingSince !== null);
  const { text } = await api.metrics();
  assert.ok(notificationMetric(text, 'failed_total')! > 0);
  assert.ok(notificationMetric(text, 'given_up_total')! > 0);
  assert.ok(notificationMetric(text, 'waiting')! > 90);
  assert.ok(notificationMetric(text, 'oldest_waiting_age_seconds')! > 0);
  assert.ok(notificationMetric(text, 'failing_since_timestamp_seconds')! > 1e9);
  const before = receiver.received.length;
  await api.changeChannel(id, { repeatHours: 1 });
  await until(async () => (await api.listChannels())[0]!.waiting === 0);
  const titles = receiver.received.slice(before).map((each) => noticeIn(each).title);
  const fillers = titles.filter((title) => title.startsWith('filler')).map((title) => Number(title.slice(7)));
  assert.deepEqual(
    fillers,
    fillers.toSorted((a, b) => a - b),
  );
  assert.match(titles.at(-1)!, /^Restore/);
});

test('the dead-man ping comes while all is well, and stops when nothing is', async (t) => {
  const made = await testSystem(t, { sql: smallShop, idlePollSeconds: 3_600 });
  const { api, system, db } = made;
  const receiver = await openReceiver(t);
  await api.createChannel({ name: 'ping', url: `${receiver.url}/uuid`, kind: 'healthchecks' });
  const lookAgain = async (): Promise<void> => {
    const { rows } = await db.client.query<{ at: Date }>(
      'update system_backup_watch set next_look_at = now() returning next_look_at as at',
    );
    await api.createBackup({ tables: ['customers'], type: 'partial', wait: true });
    await until(async () => {
      const { rows: later } = await db.client.query(
        'select from system_backup_watch where next_look_at > $1 and claim is null',
        [rows[0]!.at],
      );
      return later.length > 0;
    });
  };
  await system.start();
  // No schedule, no backup: nothing is well.
  await lookAgain();
  assert.equal(receiver.received.length, 0);
  await api.updateSchedule({ enabled: true, frequency: 'cron', cron: '0 0 1 1 *' });
  await api.createBackup({ wait: true });
  assert.deepEqual(await receiver.next().then(({ method, path: at }) => [method, at]), ['GET', '/uuid']);
  await lookAgain();
  const pings = receiver.received.length;
  assert.ok(pings > 0);
  // A backup that was due is missing.
  await db.client.query(
    `update system_backups set started_at = started_at - interval '3 years', created_at = created_at - interval '3 years',
       finished_at = finished_at - interval '3 years'`,
  );
  await api.updateSchedule({ enabled: true, frequency: 'cron', cron: '0 0 1 1 *' });
  await lookAgain();
  assert.equal(((await api.status()) as { health: { state: string } }).health.state, 'late');
  assert.equal(receiver.received.length, pings);
});

test('the dead-man ping stops when no process runs that would make backups, and comes again with one', async (t) => {
  const { api, system, db, another } = await testSystem(t, { sql: smallShop, idlePollSeconds: 3_600 });
  const receiver = await openReceiver(t);
  await api.createChannel({ name: 'ping', url: `${receiver.url}/uuid`, kind: 'healthchecks' });
  await api.updateSchedule({ enabled: true, frequency: 'cron', cron: '0 0 1 1 *' });
  await api.createBackup({ wait: true });
  await system.start();
  assert.equal((await receiver.next()).path, '/uuid');
  await system.stop();
  const pings = receiver.received.length;
  const lookIsDue = `update system_backup_watch set next_look_at = now(), claim = null, claimed_until = null`;
  await db.client.query(lookIsDue);
  // One that answers calls makes no backup, so it says nothing of them.
  const answering = another({ worker: false });
  await answering.start();
  assert.equal((await answering.api.listBackups()).backups.length, 1);
  await pause(1_500);
  assert.equal(receiver.received.length, pings);
  await another().start();
  assert.equal((await receiver.next()).path, '/uuid');
});

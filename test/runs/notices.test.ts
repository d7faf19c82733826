import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ToldRecord } from '../../src/catalog/outbox.ts';
import type { Notice } from '../../src/contract/notice.ts';
import { topics } from '../../src/contract/topics.ts';
import { problemOfApproval, problemsOf } from '../../src/contract/notice-words.ts';
import { noticesFor, type Moment } from '../../src/runs/notices.ts';

const hours = (count: number): Date => new Date(Date.UTC(2026, 10, 28, count));
const moment = (at: Date): Moment => ({
  catalogId: 'c',
  database: 'shop',
  called: undefined,
  lastGoodBackup: 'The last good backup is from then.',
  page: undefined,
  now: at,
});
const channel = { id: 1, name: 'on-call', topics, repeatHours: 24, recovery: true };
const failed = problemsOf({
  finding: { code: 'RUNS_FAILED', lastGoodAt: null, failures: 1, lastFailure: 'password=hunter2 was wrong' },
  warnings: [],
});
const late = problemsOf({ finding: { code: 'NO_BACKUP_YET' }, warnings: [] });

test('a problem is told once, again after its time, when it changes, and when it is over', () => {
  let known: ToldRecord[] = [];
  const tell = (problems: typeof failed, at: Date, other: Partial<typeof channel> = {}): string[] => {
    const { messages, set, over } = noticesFor({ ...channel, ...other }, problems, known, moment(at));
    known = [
      ...known.filter((each) => !set.some(({ key }) => key === each.key) && !over.includes(each)),
      ...set,
    ];
    return messages.map(({ kind, topic }) => `${kind} ${topic}`);
  };
  assert.deepEqual(tell(failed, hours(0)), ['problem backup.failed']);
  assert.deepEqual(tell(failed, hours(23)), []);
  assert.deepEqual(tell(failed, hours(48), { repeatHours: 0 }), []);
  assert.deepEqual(tell(failed, hours(24)), ['reminder backup.failed']);
  assert.deepEqual(tell(failed, hours(25)), []);
  assert.deepEqual(tell(late, hours(26)), ['problem backup.late']);
  assert.equal(known[0]!.since.getTime(), hours(0).getTime());
  assert.deepEqual(tell([], hours(27)), ['recovery backup.late']);
  assert.deepEqual(tell([], hours(28)), []);
  tell(failed, hours(30));
  assert.deepEqual(tell([], hours(31), { recovery: false }), []);
  assert.deepEqual(tell(failed, hours(32), { topics: ['finding'] }), []);
});

test('a message has the words of the health, without what looks like a secret', () => {
  const [message] = noticesFor(channel, failed, [], moment(hours(0))).messages;
  assert.match(message!.cause, /^There is no good backup; the last run failed: password=\*\*\*/);
  assert.equal(message!.nextStep?.command, 'holdfast backup');
  assert.equal(message!.nextStep?.page, null);
});

test('of several databases a message says which, and its command and its screen are about that one', () => {
  const of = (called: string | undefined): Moment => ({
    ...moment(hours(0)),
    page: 'https://app.example.com/api/admin/ui/',
    called,
  });
  const told = (problems: typeof failed, called?: string) => {
    const [{ database, nextStep }] = noticesFor(channel, problems, [], of(called)).messages as [Notice];
    return [database, nextStep?.command, nextStep?.page];
  };
  const page = 'https://app.example.com/api/admin/ui/';
  assert.deepEqual(told(failed), ['shop', 'holdfast backup', `${page}backups`]);
  assert.deepEqual(told(failed, 'crm'), [
    'crm',
    'holdfast backup --database crm',
    `${page}backups?database=crm`,
  ]);
  assert.deepEqual(told(failed, "Bob's & co"), [
    "Bob's & co",
    String.raw`holdfast backup --database 'Bob'\''s & co'`,
    `${page}backups?database=Bob%27s+%26+co`,
  ]);
  const unprotected = problemsOf({
    finding: { code: 'UP_TO_DATE', lastGoodAt: null },
    warnings: [{ code: 'DATABASES_UNPROTECTED', databases: ['orders'], total: 1 }],
  });
  assert.deepEqual(told(unprotected, 'crm'), ['crm', 'holdfast databases', `${page}databases?database=crm`]);
});

test('of several databases a call that waits is named with the one it is about', () => {
  const waiting = {
    id: 5,
    state: 'pending',
    operation: 'deleteBackup',
    what: { id: 7 },
    scope: 'admin',
    requestedBy: 'ada',
    requestedAt: '2026-11-28T00:00:00.000Z',
    expiresAt: '2026-11-29T00:00:00.000Z',
    decidedBy: null,
  } as const;
  assert.match(problemOfApproval(waiting).step.words, /with POST \/approvals\/5\.$/);
  assert.match(problemOfApproval(waiting, 'a b').step.words, /with POST \/approvals\/5\?database=a%20b\.$/);
});

test('a channel is not told of itself', () => {
  const warning = {
    code: 'CHANNEL_FAILING',
    channel: 'on-call',
    kind: 'webhook',
    since: null,
    waiting: 0,
    givenUp: 3,
    problem: null,
    status: null,
  } as const;
  const problems = problemsOf({ finding: { code: 'UP_TO_DATE', lastGoodAt: null }, warnings: [warning] });
  assert.equal(noticesFor(channel, problems, [], moment(hours(0))).messages.length, 0);
  assert.equal(noticesFor({ ...channel, name: 'other' }, problems, [], moment(hours(0))).messages.length, 1);
});

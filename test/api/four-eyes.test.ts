import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Scope } from '../../src/contract/scopes.ts';
import type { HostCaller } from '../../src/api/config.ts';
import type { BackupSystem } from '../../src/index.ts';
import { askedInWords } from '../../src/contract/approval-words.ts';
import type { Notice } from '../../src/contract/notice.ts';
import { openReceiver } from '../support/receiver.ts';
import { operations } from '../../src/api/operations.ts';
import { isAudited } from '../../src/api/audited.ts';
import { holdfast } from '../cli/holdfast.ts';
import { caller, smallShop, testSystem, token, type TestSystem } from './system.ts';

const base = '/api/admin';
const every = ['restore', 'delete', 'retention', 'stores'] as const;
const needed = { code: 'APPROVAL_REQUIRED' };
const notSecond = { code: 'SECOND_ACTOR_NEEDED' };

interface Company extends TestSystem {
  /** Its rule is set. */
  guarded: BackupSystem;
  as: (actor: string, ...scopes: Scope[]) => BackupSystem['api'];
  ada: BackupSystem['api'];
  ben: BackupSystem['api'];
}

/** Ada and Ben are admins of a shop with a backup; what needs a second actor is set afterwards. */
async function company(
  given: TestSystem,
  operations: readonly (typeof every)[number][] = every,
): Promise<Company> {
  const users: Record<string, HostCaller> = {
    ada: { actor: 'ada@example.com', scopes: ['admin'] },
    ben: { actor: 'ben@example.com', scopes: ['admin'] },
  };
  const guarded = given.another({
    auth: { token, authorize: (request) => users[request.headers.get('x-user') ?? ''] ?? false },
    fourEyes: { operations: [...operations] },
  });
  const as: Company['as'] = (actor, ...scopes) => guarded.apiAs({ actor: `${actor}@example.com`, scopes });
  await guarded.api.init();
  return { ...given, guarded, as, ada: as('ada', 'admin'), ben: as('ben', 'admin') };
}

/** The number of the approval that a refused call waits for. */
async function waitsFor(call: Promise<unknown>): Promise<number> {
  const error = await call.then(
    () => assert.fail('it was done'),
    (failure: unknown) => failure as { code: string; message: string; details: { approval: number } },
  );
  assert.equal(error.code, 'APPROVAL_REQUIRED', error.message);
  return error.details.approval;
}

const approve = { decision: 'approve' } as const;

test('a deletion is done once, after another actor has approved it, and by the one who asked', async (t) => {
  const { ada, ben, as, guarded } = await company(await testSystem(t, { sql: smallShop }));
  const [one, two] = [await ada.createBackup({ wait: true }), await ada.createBackup({ wait: true })];
  const asked = await waitsFor(ada.deleteBackup(one.id));
  assert.equal((await ada.getBackup(one.id)).status, 'completed');
  // To ask again is to ask once.
  assert.equal(await waitsFor(ada.deleteBackup(one.id)), asked);
  const { rule, approvals } = await ben.listApprovals({ state: 'pending' });
  assert.deepEqual(rule, { operations: [...every], hours: 24 });
  assert.deepEqual(
    approvals.map(({ id, kind, operation, what, scope, requestedBy }) => [
      id,
      kind,
      operation,
      what,
      scope,
      requestedBy,
    ]),
    [
      [
        asked,
        'delete',
        'deleteBackup',
        { backup: one.id, despiteFinding: false },
        'admin',
        'ada@example.com',
      ],
    ],
  );
  // Not by herself, by one who may not delete, or by one who has no name.
  await assert.rejects(ada.decideApproval(asked, approve), notSecond);
  await assert.rejects(as('cleo', 'restore').decideApproval(asked, approve), { code: 'FORBIDDEN' });
  await assert.rejects(guarded.api.decideApproval(asked, approve), notSecond);
  assert.equal((await ben.decideApproval(asked, approve)).state, 'approved');
  await assert.rejects(ben.decideApproval(asked, approve), { code: 'APPROVAL_DECIDED' });
  // It is hers, and of that backup.
  await assert.rejects(as('dan', 'admin').deleteBackup(one.id), needed);
  await assert.rejects(ada.deleteBackup(two.id), needed);
  await assert.rejects(ada.deleteBackup(one.id, { despiteFinding: true }), needed);
  await ada.deleteBackup(one.id);
  const done = (await ben.listApprovals()).approvals.find(({ id }) => id === asked);
  assert.deepEqual([done?.state, done?.decidedBy], ['done', 'ben@example.com']);
  // Used up. Where the call fails, it is not.
  const again = await waitsFor(ada.deleteBackup(one.id));
  assert.notEqual(again, asked);
  await ben.decideApproval(again, approve);
  await assert.rejects(ada.deleteBackup(one.id), { code: 'BACKUP_NOT_FOUND' });
  assert.equal((await ben.listApprovals({ state: 'approved' })).approvals[0]?.id, again);
  // What was approved can be taken back.
  await ada.decideApproval(again, { decision: 'refuse' });
  await assert.rejects(ada.deleteBackup(one.id), needed);
  await assert.rejects(ben.decideApproval(7_777, approve), { code: 'APPROVAL_NOT_FOUND' });
});

test('a restore over what there is needs one, by its order or its plan; one beside it does not', async (t) => {
  const { ada, ben, db } = await company(await testSystem(t, { sql: smallShop }), ['restore']);
  const { id } = await ada.createBackup({ wait: true });
  await db.client.query('delete from orders');
  const body = { backupId: id, restoreType: 'partial' as const, tables: ['orders'] };
  const asked = await waitsFor(ada.restore({ ...body, wait: true }));
  const { planId } = await ada.planRestore(body);
  // The plan says the same, and is another one each time.
  assert.equal(await waitsFor(ada.restore({ planId: planId! })), asked);
  assert.equal((await db.client.query('select from orders')).rowCount, 0);
  await ben.decideApproval(asked, approve);
  const restored = await ada.restore({ planId: (await ada.planRestore(body)).planId!, wait: true });
  assert.equal(restored.status, 'completed');
  assert.notEqual((await db.client.query('select from orders')).rowCount, 0);
  await assert.rejects(ada.restore({ ...body, wait: true }), needed);
  await assert.rejects(ada.undoRestore(restored.id), needed);
  await ada.restore({ ...body, target: { mode: 'new-database', database: db.freeName() }, wait: true });
  // Nothing else was asked for.
  await ada.deleteBackup(id);
});

test('keeping less needs one, whichever way; keeping more does not', async (t) => {
  const given = await testSystem(t, { sql: smallShop });
  await given.api.updateSchedule({ enabled: true, retentionDays: 30, maxBackups: null, keepDaily: 7 });
  await given.api.updateSchedule({ enabled: true, retentionDays: 5, maxBackups: null }, 'often');
  const { ada, ben } = await company(given);
  await ada.updateSchedule({ retentionDays: 60, keepDaily: 9, time: '03:00' });
  for (const less of [
    { retentionDays: 59 },
    { maxBackups: 1_000 },
    { keepDaily: 8 },
    { retentionDays: null },
    { timezone: 'Pacific/Auckland' },
    { failedDays: 1 },
    { copyTo: [{ store: 'away', retentionDays: 1 }] },
  ]) {
    await assert.rejects(ada.updateSchedule(less), needed, JSON.stringify(less));
  }
  await assert.rejects(ada.updateSchedule({ retentionDays: 4 }, 'often'), needed);
  await assert.rejects(ada.updateSchedule({ retentionDays: 1, maxBackups: 1 }, 'new'), needed);
  // Its backups would stay for longer then; that of the default one for ever.
  await ada.deleteSchedule('often');
  const asked = await waitsFor(ada.updateSchedule({ retentionDays: 59 }));
  await ben.decideApproval(asked, approve);
  assert.equal((await ada.updateSchedule({ retentionDays: 59 })).retentionDays, 59);
  const { id } = await ada.createBackup({ wait: true });
  await ada.pinBackup(id);
  await assert.rejects(ada.pinBackup(id, false), needed);
});

test('nobody makes a second actor of oneself', async (t) => {
  const given = await testSystem(t, { sql: smallShop });
  const { token: early } = await given.api.createToken({ name: 'early', scopes: ['admin'] });
  const company_ = await company(given);
  const { ada, ben, guarded, db } = company_;
  const call = caller(guarded);
  const from =
    (headers: Record<string, string>) =>
    (id: number, decision = 'approve') =>
      call('POST', `${base}/approvals/${id}`, { body: { decision }, headers });
  const bearer = (secret: string) => from({ Authorization: `Bearer ${secret}` });
  const user = (name: string) => from({ Authorization: '', 'x-user': name });

  const { id } = await ada.createBackup({ wait: true });
  const { token: hers } = await ada.createToken({ name: 'hers', scopes: ['admin'] });
  const asked = await waitsFor(ada.deleteBackup(id));
  assert.equal((await bearer(hers)(asked)).body.code, 'SECOND_ACTOR_NEEDED');
  assert.equal((await bearer(token)(asked)).body.code, 'SECOND_ACTOR_NEEDED', 'the admin token has no name');
  assert.equal((await user('ada')(asked)).body.code, 'SECOND_ACTOR_NEEDED');
  // Nor a token of a token of hers.
  const chained = await call('POST', `${base}/tokens`, {
    body: { name: 'chained', scopes: ['admin'] },
    headers: { Authorization: `Bearer ${hers}` },
  });
  assert.equal((await bearer(chained.body.token)(asked)).body.code, 'SECOND_ACTOR_NEEDED');
  assert.equal((await user('nobody')(asked)).status, 401);
  // What was there before is an actor.
  assert.equal((await bearer(early)(asked)).body.approval.state, 'approved');
  // Two tokens of one maker are one actor, and their maker is too.
  const deletes = (secret: string) =>
    call('DELETE', `${base}/backup/${id}`, { headers: { Authorization: `Bearer ${secret}` } });
  const other = (await deletes(hers)).body;
  assert.equal(other.code, 'APPROVAL_REQUIRED', 'it was approved to Ada');
  assert.equal((await bearer(chained.body.token)(other.details.approval)).body.code, 'SECOND_ACTOR_NEEDED');
  assert.equal((await user('ada')(other.details.approval)).body.code, 'SECOND_ACTOR_NEEDED');
  assert.equal((await user('ben')(other.details.approval, 'refuse')).body.approval.state, 'refused');

  // The command line and another process without the option are held to it.
  const deleted = await holdfast(['delete', String(id), '--yes'], { url: db.connectionString });
  assert.equal(deleted.code, 5, deleted.stdout + deleted.stderr);
  assert.match(deleted.stderr, /second actor/);
  const restored = await holdfast(['restore', String(id), '--yes'], { url: db.connectionString });
  assert.equal(restored.code, 5, restored.stdout + restored.stderr);
  await assert.rejects(given.another().api.deleteBackup(id), needed);
  const listed = await holdfast(['approvals', '--state', 'pending'], { url: db.connectionString });
  assert.match(listed.stdout, /deleteBackup \{"backup":1/);
  assert.match(listed.stdout, /\(command line\)/);
  // A shorter list counts once a process has started with it.
  const loose = given.another({ fourEyes: { operations: ['restore'] }, worker: false });
  await assert.rejects(loose.api.deleteBackup(id), needed);
  await loose.start();
  await loose.api.deleteBackup(id);
  await assert.rejects(ben.undoRestore(1), needed, 'this process still says so itself');
});

test('what was not approved in time has to be asked for again', async (t) => {
  const { ada, ben, db } = await company(await testSystem(t, { sql: smallShop }), ['delete']);
  const { id } = await ada.createBackup({ wait: true });
  const asked = await waitsFor(ada.deleteBackup(id));
  await ben.decideApproval(asked, approve);
  await db.client.query(`update system_backup_approvals set expires_at = now()`);
  const again = await waitsFor(ada.deleteBackup(id));
  assert.notEqual(again, asked);
  assert.equal((await ben.listApprovals({ state: 'expired' })).approvals[0]?.id, asked);
  await db.client.query(`update system_backup_approvals set expires_at = now()`);
  await assert.rejects(ben.decideApproval(again, approve), { code: 'APPROVAL_DECIDED', message: /expired/ });
  // One actor fills no list.
  for (let nth = 1; nth <= 50; nth++) await assert.rejects(ada.deleteBackup(id + nth), needed);
  await assert.rejects(ada.deleteBackup(id + 51), { code: 'TOO_MANY_APPROVALS' });
  await assert.rejects(ben.deleteBackup(id), needed);
});

test('a channel is told who asks for what, until when and how it is approved, and then how it ended', async (t) => {
  const { ada, ben, guarded, db } = await company(
    await testSystem(t, { sql: smallShop, idlePollSeconds: 3_600 }),
  );
  const receiver = await openReceiver(t);
  await ada.createChannel({ name: 'on-call', url: receiver.url, topics: ['approval.needed'] });
  await guarded.start();
  const { id } = await ada.createBackup({ wait: true });
  const told = async (): Promise<Notice & { type: string }> => {
    const { type, data } = JSON.parse((await receiver.next()).body) as { type: string; data: Notice };
    return { ...data, type };
  };
  const rows = { table: 'orders', where: 'id = 7777' };
  const restores = await waitsFor(
    ada.restore({ backupId: id, restoreType: 'rows', rows: { ...rows, onConflict: 'fail' } }),
  );
  const asked = await told();
  assert.equal(asked.type, 'approval.needed.problem');
  assert.equal(
    asked.title,
    `A second actor is needed for restoring rows of orders from backup ${id} over what there is`,
  );
  assert.match(
    asked.cause,
    /^ada@example\.com asked for .* at 2\S+Z\. It waits as number \d+: .* expires at 2\S+Z\.$/,
  );
  assert.match(asked.nextStep!.words, new RegExp(`scope restore .* POST /approvals/${restores}\\.$`));
  assert.ok(!JSON.stringify(asked).includes('7777'), 'no row of the data');
  // To ask again tells nobody again: the deletion is the next message.
  await waitsFor(ada.restore({ backupId: id, restoreType: 'rows', rows: { ...rows, onConflict: 'fail' } }));
  const deletes = await waitsFor(ada.deleteBackup(id));
  assert.match((await told()).title, new RegExp(`for deleting backup ${id}$`));
  await ben.decideApproval(restores, approve);
  const approved = await told();
  assert.deepEqual([approved.type, approved.key], ['approval.needed.recovery', asked.key]);
  assert.match(approved.title, /^Approved: restoring rows/);
  assert.match(approved.cause, /approved by ben@example\.com/);
  await db.client.query(`update system_backup_approvals set expires_at = now() where id = ${deletes}`);
  await db.client.query('update system_backup_watch set next_look_at = now()');
  await ada.createBackup({ wait: true });
  assert.match((await told()).cause, /expired: it was not approved in time/);
});

test('each operation that may need a second actor has words for messages', () => {
  const without = operations.filter(
    ({ name, guard }) => guard && askedInWords({ operation: name, what: {} }) === undefined,
  );
  assert.deepEqual(
    without.map(({ name }) => name),
    [],
  );
});

/**
 * What is in the audit and needs no second actor: it reads, adds, stops or tries something, and takes away nothing that a policy has not given up.
 * A channel and a token that are deleted can be made again; a finding that is settled only lets the policy go on.
 */
const unguarded = [
  'announce',
  'cancelBackup',
  'cancelCheck',
  'cancelCleanup',
  'cancelCopy',
  'cancelDrill',
  'cancelImport',
  'cancelRestore',
  'cancelScrub',
  'cancelVerification',
  'changeChannel',
  'checkStore',
  'cleanUp',
  'copyBackup',
  'createBackup',
  'createChannel',
  'createPoint',
  'createStore',
  'createToken',
  'decideApproval',
  'decideFinding',
  'deleteChannel',
  'deleteToken',
  'diffBackup',
  'downloadBackup',
  'drillBackup',
  'endAnnouncement',
  'findRows',
  'getBackupSchema',
  'importStore',
  'init',
  'keepCertificate',
  'planGlobals',
  'planRestore',
  'planUndo',
  'queryBackup',
  'rowHistory',
  'scrubStore',
  'takeStore',
  'testChannel',
  'testStore',
  'verifyBackup',
];

test('each operation that is in the audit has a guard, or is named here', () => {
  const without = operations
    .filter(({ name, guard }) => isAudited(name, []) && !guard)
    .map(({ name }) => name);
  assert.deepEqual(without.toSorted(), unguarded.toSorted());
});

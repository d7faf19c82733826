import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { auditedFields, isAudited } from '../../src/api/audited.ts';
import type { AuditEntry, BackupSystem } from '../../src/api/contract.ts';
import { operations } from '../../src/api/operations.ts';
import { listen } from '../../src/integrations/node.ts';
import { createBackupSystem } from '../../src/index.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { openClient } from '../support/connect.ts';
import { testDatabase } from '../support/database.ts';
import { testedMajors } from '../support/servers.ts';
import { until } from '../support/until.ts';
import { plainRole } from './role.ts';
import { smallShop, testSystem, token } from './system.ts';

const base = '/api/admin';

/** Written down here once more, so that no operation leaves the audit by accident. */
const audited =
  'announce cancelBackup cancelCheck cancelCleanup cancelCopy cancelDrill cancelImport cancelRestore cancelScrub ' +
  'cancelVerification changeChannel checkStore cleanUp copyBackup createBackup createChannel createPoint createStore createToken decideApproval decideFinding ' +
  'deleteBackup deleteChannel deleteSchedule deleteToken diffBackup downloadBackup drillBackup endAnnouncement findRows forgetStore ' +
  'getBackupSchema importStore init keepCertificate pinBackup planGlobals planRestore planUndo queryBackup restore restoreGlobals rowHistory scrubStore ' +
  'setDocumentAside takeStore testChannel testStore undoRestore updateSchedule verifyBackup';

/** Fields whose values are not written down: secrets, values of rows, statements, free text, and how a call is waited for. */
const leftOut =
  'after description fill id identity key keys map note owners reason renames secret sha256 signal signature sql statement ' +
  'targetUrl tenant timestampZone to url value values wait where';

test('what is written into the audit is what changes, opens or downloads something', () => {
  const names = operations.map(({ name }) => name).filter((name) => isAudited(name, []));
  assert.deepEqual(names.toSorted(), audited.split(' '));
  // What is opened with a key is, whatever the call.
  assert.ok(isAudited('getBackup', [12, { identity: 'AGE-SECRET-KEY-1' }]));
  assert.ok(!isAudited('getBackup', [12, {}]));
});

test('of every field of an argument it is decided whether its value is written down', () => {
  const fields = new Set<string>();
  const collect = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const { properties = {} } = node as { properties?: object };
    for (const name of Object.keys(properties)) fields.add(name);
    for (const inner of Object.values(node)) collect(inner);
  };
  for (const { takes } of operations.filter(({ name }) => isAudited(name, []))) {
    for (const schema of takes) collect(z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' }));
  }
  assert.ok(fields.size > 60);
  const decided = new Set([...auditedFields, ...leftOut.split(' ')]);
  assert.deepEqual(
    [...fields].filter((name) => !decided.has(name)),
    [],
  );
  assert.deepEqual(
    [...auditedFields].filter((name) => leftOut.split(' ').includes(name) || !fields.has(name)),
    [],
  );
});

const columns = (entry: AuditEntry) => [entry.actor, entry.by, entry.operation, entry.outcome?.code ?? null];

async function entries({ api }: Pick<BackupSystem, 'api'>, operation?: string): Promise<AuditEntry[]> {
  return (await api.listAudit({ limit: 200, ...(operation ? { operation } : {}) })).entries;
}

test('each call is there with who it was, from where, what and how it ended, and nothing of rows and secrets', async (t) => {
  const given = await testSystem(t, { sql: smallShop });
  const { api, call, system } = given;
  const backup = await call('POST', `${base}/backup?wait=true`, {
    body: { description: 'planted-description' },
    headers: { 'X-Forwarded-For': '203.0.113.9, 198.51.100.7' },
  });
  const id: number = backup.body.backup.id;
  const [made] = await entries(given, 'createBackup');
  assert.deepEqual(
    { ...made, id: 0, at: '', hash: '', outcome: { ...made!.outcome, at: '' } },
    {
      id: 0,
      at: '',
      hash: '',
      actor: 'admin token',
      by: 'token',
      subject: null,
      tokenId: null,
      session: null,
      address: null,
      forwardedFor: '198.51.100.7',
      operation: 'createBackup',
      parameters: [{ description: '…', type: 'full', tables: [], full: false, passwords: 'none' }],
      outcome: { at: '', status: 200, code: null, run: { kind: 'backup', id } },
    },
  );
  // A token of the API, refused and not; the address of a connection.
  const { token: reader, ...readerRow } = await api.createToken({ name: 'grafana', scopes: ['read'] });
  const server = await listen(system, { port: 0, host: '127.0.0.1' });
  t.after(() => server.close());
  const { port } = server.address() as { port: number };
  const refused = await fetch(`http://127.0.0.1:${port}${base}/backup/${id}`, {
    method: 'DELETE',
    headers: { Authorization: `Bearer ${reader}` },
  });
  assert.equal(refused.status, 403);
  await refused.text();
  const [denied] = await entries(given, 'deleteBackup');
  assert.deepEqual(columns(denied!), [
    `token ${readerRow.id} (grafana)`,
    'token',
    'deleteBackup',
    'FORBIDDEN',
  ]);
  assert.deepEqual(
    [denied!.tokenId, denied!.address, denied!.outcome?.status],
    [readerRow.id, '127.0.0.1', 403],
  );
  // Code of the application, in the name of an actor.
  const ada = system.apiAs({ actor: 'ada@example.com', scopes: ['restore'] });
  await assert.rejects(ada.deleteBackup(id), { code: 'FORBIDDEN' });
  assert.throws(() => system.apiAs({ actor: '', scopes: ['read'] }), { code: 'INVALID_REQUEST' });
  const download = await ada.downloadBackup(id, 'sql');
  await download.stream.cancel();
  await ada.findRows(id, { table: 'customers', key: { id: 48123 } });
  await assert.rejects(
    ada.restore({
      backupId: id,
      target: { mode: 'new-database', database: 'x' },
      targetUrl: 'postgres://u:planted-password@127.0.0.1:1/x',
    }),
  );
  await assert.rejects(
    ada.planRestore({
      backupId: id,
      restoreType: 'rows',
      rows: { table: 'customers', where: "name = 'planted-name'" },
      identity: 'planted-identity',
    }),
  );
  await api.planRestore({
    backupId: id,
    restoreType: 'rows',
    rows: { table: 'customers', where: "name = 'planted-name'" },
  });
  const shown = await entries(given);
  assert.deepEqual(columns(shown.find(({ operation }) => operation === 'downloadBackup')!), [
    'ada@example.com',
    'actor',
    'downloadBackup',
    null,
  ]);
  const rows = shown.find(({ operation }) => operation === 'findRows')!;
  assert.deepEqual(rows.parameters, [id, { table: 'customers', key: '…', limit: 50 }]);
  // Signing in and out.
  const session = await call('POST', `${base}/session`, { body: { token }, headers: { Authorization: '' } });
  const cookie = session.headers.getSetCookie()[0]!.split(';')[0]!;
  await call('DELETE', `${base}/session`, {
    headers: { Authorization: '', Cookie: cookie, 'X-Holdfast-CSRF': session.body.csrfToken },
  });
  const [left, came] = await entries(given);
  assert.deepEqual([came?.operation, left?.operation], ['signIn', 'signOut']);
  assert.ok(came?.session && came.session === left?.session && !cookie.includes(came.session));
  const all = JSON.stringify(await entries(given));
  for (const secret of ['planted', '48123', token, reader.slice(10), cookie.slice(-30)]) {
    assert.ok(!all.includes(secret), `${secret} is in the audit`);
  }
  // Page by page, and by actor and time.
  const first = await api.listAudit({ limit: 2, actor: 'ada@example.com' });
  assert.equal(first.entries.length, 2);
  const next = await api.listAudit({ limit: 200, actor: 'ada@example.com', cursor: first.nextCursor });
  assert.equal(first.total, 2 + next.entries.length);
  assert.ok(next.entries[0]!.id < first.entries[1]!.id);
  const since = next.entries[0]!.at;
  assert.equal((await api.listAudit({ actor: 'ada@example.com', since })).total, 3);
  assert.equal((await call('GET', `${base}/audit?operation=deleteBackup&limit=1`)).body.entries.length, 1);
  assert.equal((await call('GET', `${base}/audit?since=yesterday`)).status, 400);
});

test('rows of many processes at once make one chain; what cannot be written down is not done', async (t) => {
  const given = await testSystem(t, { sql: smallShop });
  const { api, another, db } = given;
  const others = [api, another().api, another().api];
  const { id } = await api.createBackup({ wait: true });
  await Promise.all(Array.from({ length: 60 }, (_, i) => others[i % 3]!.pinBackup(id, i % 2 === 0)));
  const proof = await api.verifyAudit();
  assert.deepEqual([proof.intact, proof.problems], [true, []]);
  assert.ok(proof.rows >= 122);
  assert.deepEqual({ ...proof.backups, compared: 0 }, { compared: 0, without: 0, otherChain: 0, unread: [] });
  assert.equal(proof.backups.compared, 1);
  // Without a head nothing can be added.
  const removed = await db.client.query('delete from system_backup_audit_head returning *');
  for (const refused of [
    () => api.deleteBackup(id),
    () => api.createBackup(),
    () => api.createToken({ name: 'x', scopes: ['admin'] }),
    () => api.downloadBackup(id),
  ]) {
    await assert.rejects(refused(), { code: 'AUDIT_FAILED' });
  }
  assert.equal((await api.listBackups()).total, 1);
  assert.deepEqual(await api.listTokens(), []);
  assert.equal((await api.verifyAudit()).intact, false);
  // `init` goes on after the rows that are there.
  await api.init();
  await api.pinBackup(id, false);
  const { problems } = await api.verifyAudit();
  // The name of the chain is another one, which the backup tells.
  assert.deepEqual(
    problems.map(({ kind }) => kind),
    ['moved', 'backup'],
  );
  await db.client.query('delete from system_backup_audit_head');
  const [head] = removed.rows;
  await db.client.query(
    'insert into system_backup_audit_head values ($1, $2, $3, $4, $5)',
    Object.values(head),
  );
  assert.deepEqual((await api.verifyAudit()).problems, []);
});

test('a restore in place does not turn it back, and says when it has ended; so does a cleanup', async (t) => {
  const given = await testSystem(t, { sql: smallShop });
  const { api, another } = given;
  const { id } = await api.createBackup({ wait: true });
  await api.pinBackup(id, true);
  await api.pinBackup(id, false);
  const before = (await api.listAudit()).total;
  const { id: restored } = await api.restore({ backupId: id, wait: true });
  const [ended, called] = (await api.listAudit()).entries;
  assert.equal((await api.listAudit()).total, before + 2);
  const run = { kind: 'restore', id: restored };
  assert.deepEqual(
    [columns(called!), called!.outcome?.run],
    [['application', 'application', 'restore', null], run],
  );
  assert.deepEqual([columns(ended!), ended!.outcome?.run], [['Holdfast', 'run', 'restoreEnded', null], run]);
  assert.equal((await api.verifyAudit()).intact, true);

  await api.updateSchedule({ enabled: false, maxBackups: 1, retentionDays: null, keepMinimum: 1 });
  await api.createBackup({ wait: true });
  await another().api.cleanUp({ wait: true });
  const [deletion] = await entries(given, 'cleanupEnded');
  assert.ok((deletion!.parameters[0] as { deleted: number[] }).deleted.includes(id));
});

test('what a schedule orders is there in its name', async (t) => {
  const given = await testSystem(t, { sql: smallShop });
  const { api, db, system } = given;
  await api.updateSchedule(
    { enabled: true, frequency: 'hourly', time: '00:00', missedRuns: 'once', timezone: 'UTC' },
    'nightly',
  );
  await db.client.query(`update backup_schedule set handled_until = now() - interval '61 minutes'`);
  await system.start();
  const [ordered] = await until(async () => {
    const found = (await entries(given)).filter(({ by }) => by === 'schedule');
    return found.length >= 2 && found.toReversed();
  });
  assert.deepEqual(columns(ordered!), ['schedule "nightly"', 'schedule', 'createBackup', null]);
  assert.equal(ordered!.outcome?.run?.kind, 'backup');
});

test('tampering with the tables is found, also where the head and every hash are made anew', async (t) => {
  const given = await testSystem(t, { sql: smallShop });
  const { api, db } = given;
  const { id } = await api.createBackup({ wait: true });
  for (let i = 0; i < 4; i += 1) await api.pinBackup(id, i % 2 === 0);
  await api.createBackup({ wait: true });
  await api.pinBackup(id, false);
  /** What is found after a change, which is then undone. */
  const after = async (sql: string): Promise<string[]> => {
    await db.client.query(`create temporary table kept_rows as table system_backup_audit;
      create temporary table kept_head as table system_backup_audit_head`);
    await db.client.query(sql);
    const { intact, problems } = await api.verifyAudit();
    assert.equal(intact, false, sql);
    await db.client.query(`delete from system_backup_audit; insert into system_backup_audit table kept_rows;
      delete from system_backup_audit_head; insert into system_backup_audit_head table kept_head;
      drop table kept_rows; drop table kept_head`);
    return problems.map(({ kind }) => kind);
  };
  const newHead = `update system_backup_audit_head h set id = a.id, hash = a.hash, previous = a.previous
    from (select * from system_backup_audit order by id desc limit 1) a`;
  assert.deepEqual(await after('delete from system_backup_audit where id = 4'), ['missing']);
  assert.deepEqual(await after('delete from system_backup_audit where id > 4'), ['cut']);
  assert.deepEqual(await after(`delete from system_backup_audit where id > 4; ${newHead}`), ['cut']);
  assert.deepEqual(
    await after(
      `update system_backup_audit set content = replace(content, 'pinBackup', 'getBackup') where id = 4`,
    ),
    ['changed'],
  );
  assert.deepEqual(await after(`update system_backup_audit set actor = 'other' where id = 5`), ['changed']);
  assert.deepEqual(
    await after(`update system_backup_audit set id = case id when 4 then -5 else -4 end where id in (4, 5);
      update system_backup_audit set id = -id where id < 0`),
    ['changed', 'changed', 'moved'],
  );
  // All hashes from there on anew: only the manifest of the second backup shows it.
  const rehashed =
    await after(`update system_backup_audit set content = replace(content, 'pinBackup', 'getBackup'), operation = 'getBackup' where id = 4;
    do $$ declare r record; before bytea; begin
      select hash into before from system_backup_audit where id = 3;
      for r in select id, content from system_backup_audit where id >= 4 order by id loop
        update system_backup_audit set previous = before, hash = sha256(before || int8send(id) || convert_to(content, 'UTF8')) where id = r.id
          returning hash into before;
      end loop; end $$; ${newHead}`);
  assert.deepEqual(rehashed, ['replaced']);
  assert.equal((await api.verifyAudit()).intact, true);
});

for (const major of testedMajors) {
  test(`the owner of the tables cannot change a row by mistake, on PostgreSQL ${major}`, async (t) => {
    const db = await testDatabase(t, { major });
    const { role, target } = await plainRole(db);
    await db.client.query(`grant create, connect on database "${db.name}" to "${role}"`);
    const system = createBackupSystem({
      database: { ...target },
      schema: 'holdfast',
      auth: { token },
      logger: silentLogger,
    });
    t.after(() => system.stop());
    await system.api.init();
    await system.api.createToken({ name: 'x', scopes: ['read'] });
    const client = await openClient({ ...target });
    t.after(() => client.end());
    for (const statement of [
      `update holdfast.system_backup_audit set actor = 'x'`,
      'delete from holdfast.system_backup_audit',
      'truncate holdfast.system_backup_audit',
    ]) {
      await assert.rejects(client.query(statement), { code: '42501' }, statement);
    }
    // What is to be made again locks every table first.
    await client.query('drop table holdfast.backup_event_log');
    await system.api.init();
    await assert.rejects(client.query('truncate holdfast.system_backup_audit'), { code: '42501' });
    await system.api.createToken({ name: 'y', scopes: ['read'] });
    assert.deepEqual((await system.api.verifyAudit()).problems, []);
    const operationsSeen = (await system.api.listAudit()).entries.map(({ operation }) => operation);
    assert.deepEqual(operationsSeen, ['createToken', 'init', 'createToken', 'init']);
  });
}

import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import { test } from 'node:test';
import { certificateText, readCertificate } from '../../src/format/certificate.ts';
import type { DrillOptions } from '../../src/index.ts';
import { lockClass } from '../../src/catalog/locks.ts';
import { smallShop, testSystem } from '../api/system.ts';
import { launch, temporaryFolder, until } from '../cli/holdfast.ts';
import { privateServer } from '../support/servers.ts';
import { sealedSystem } from './sealed-system.ts';

test('a drill over the API: verdict, certificate, figures', async (t) => {
  const system = await testSystem(t, {
    sql: smallShop,
    drill: { checks: [{ name: 'one', sql: 'select 1', expect: 1 }] },
  });
  const { api, call } = system;
  const { id, uuid } = await api.createBackup({ wait: true });
  await assert.rejects(api.getCertificate(id), { code: 'CERTIFICATE_NOT_FOUND' });
  const drill = await api.drillBackup(id, { wait: true });
  assert.equal(drill.verdict, 'passed', JSON.stringify(drill));
  assert.equal(drill.status, 'completed');
  assert.ok(drill.certified && drill.restoreMs! > 0 && drill.rawBytes! > 0);
  const certificate = await api.getCertificate(id);
  const { statement, signedBy } = readCertificate(certificateText(certificate));
  assert.equal(signedBy, null);
  assert.equal(statement.backup.uuid, uuid);
  assert.equal(statement.verdict, 'passed');
  assert.deepEqual((await api.getDrill(drill.id)).certificate, certificate);
  const { drills, total } = await api.listDrills();
  assert.deepEqual([drills[0]!.id, total], [drill.id, 1]);
  // Handed in again it is the same.
  assert.equal((await api.keepCertificate(certificate)).id, drill.id);
  await assert.rejects(api.getDrill(99), { code: 'DRILL_NOT_FOUND' });
  await assert.rejects(api.drillBackup(99), { code: 'BACKUP_NOT_FOUND' });
  await assert.rejects(api.getCertificate(99), { code: 'BACKUP_NOT_FOUND' });

  // The same as a level of a verification.
  const asked = await call('POST', `/api/admin/backup/${id}/verify?wait=true`, { body: { level: 'drill' } });
  assert.deepEqual([asked.status, asked.body.drill.verdict], [201, 'passed'], asked.text);
  assert.equal(asked.headers.get('location'), `/api/admin/drill/${asked.body.drill.id}`);
  // Over HTTP byte for byte as it is kept.
  const answer = await call('GET', `/api/admin/backup/${id}/certificate`);
  assert.equal(
    readCertificate(answer.text).statement.uuid,
    (await api.getDrill(asked.body.drill.id)).certificate
      ? JSON.parse((await api.getDrill(asked.body.drill.id)).certificate!.statement).uuid
      : undefined,
  );
});

test('a failed drill: the run fails, listeners and health say so, until one passes', async (t) => {
  const { api, another } = await testSystem(t, { sql: smallShop });
  const { id } = await api.createBackup({ wait: true });
  const wrong = another({
    drill: { checks: [{ name: 'none', sql: 'select count(*) from orders', expect: 0 }] },
  });
  const heard: string[] = [];
  const end = api.on('drill.failed', ({ message }) => void heard.push(message ?? ''));
  await assert.rejects(
    wrong.api.drillBackup(id, { wait: true }),
    (error: { code?: string; message?: string }) => {
      assert.equal(error.code, 'DRILL_FAILED');
      assert.match(error.message ?? '', /did not come back: none: It gave 500 instead of 0/);
      return true;
    },
  );
  await until('the event is heard', () => heard.length === 1);
  end();
  assert.match(heard[0]!, /none: It gave 500/);
  const warningOf = async () => {
    const status = await api.status();
    assert.ok(status.initialized);
    return status.health.warnings.find(({ code }) => code === 'DRILL_FAILED');
  };
  assert.match((await warningOf())!.message, /Backup 1 did not come back .* none: It gave 500/);
  // What was found is on a certificate all the same, and the backup is not called damaged for it.
  assert.equal(readCertificate(certificateText(await api.getCertificate(id))).statement.verdict, 'failed');
  assert.equal((await api.getBackup(id)).damaged, false);
  await api.drillBackup(id, { wait: true });
  assert.equal(await warningOf(), undefined);
});

test('one is drilled a week, begun by one of several processes', async (t) => {
  const { api, db, another } = await testSystem(t, { sql: smallShop });
  const { id } = await api.createBackup({ wait: true });
  /** A process that begins, looks once what is due, and ends. */
  const looks = async (drill: DrillOptions): Promise<void> => {
    const system = another({ drill });
    await system.start();
    await system.stop();
  };
  const processes = Array.from({ length: 3 }, () => another());
  for (const system of processes) await system.start();
  const scheduled = async () =>
    (await api.listDrills()).drills.filter(({ trigger }) => trigger === 'schedule');
  assert.deepEqual(await scheduled(), []);
  // As if a day had passed since the first backup.
  await db.client.query(`update system_backups set finished_at = finished_at - interval '25 hours'`);
  const others = Array.from({ length: 3 }, () => another());
  await Promise.all(others.map((system) => system.start()));
  await until('it is drilled', async () => (await scheduled())[0]?.status === 'completed');
  assert.deepEqual(
    (await scheduled()).map(({ backupId, verdict }) => [backupId, verdict]),
    [[id, 'passed']],
  );
  // Another one is due in a week.
  await looks({});
  assert.equal((await scheduled()).length, 1);
  await db.client.query(`update backup_drill_log set created_at = created_at - interval '8 days'`);
  await looks({ everyDays: 0 });
  assert.equal((await scheduled()).length, 1);
  await another().start();
  await until(
    'it is drilled again',
    async () => (await scheduled())[0]?.status === 'completed' && (await scheduled()).length === 2,
  );
});

test('a drill beside a backup and a cleanup; cancelled in another process', async (t) => {
  const scratch = await privateServer(t);
  const { api, another, db } = await testSystem(t, {
    sql: smallShop,
    drill: { checks: [{ name: 'slow', sql: 'select pg_sleep(60) is null' }] },
  });
  const { id } = await api.createBackup({ wait: true });
  const { host, port, user, password } = scratch.server;
  const to = `postgres://${user}:${password}@${host}:${port}/postgres`;
  const started = await api.drillBackup(id, { to });
  const client = await scratch.client();
  const databases = async () =>
    (await client.query(`select datname from pg_database where datname like 'holdfast%'`)).rows;
  await until('the check runs', async () => {
    const { rows } = await client.query(
      `select from pg_stat_activity where query like '%pg_sleep(60)%' and pid <> pg_backend_pid()`,
    );
    return rows.length > 0;
  });
  assert.equal((await api.createBackup({ wait: true })).status, 'completed');
  assert.equal((await api.cleanUp({ wait: true })).status, 'completed');
  await assert.rejects(api.deleteBackup(id), { code: 'BACKUP_IN_USE' });
  // The address is nowhere but in memory.
  const { rows } = await db.client.query('select d::text as row from backup_drill_log d');
  assert.ok(!JSON.stringify(rows).includes(password), 'no password in a row');
  await another().api.cancelDrill(started.id);
  await assert.rejects(api.waitForDrill(started.id), { code: 'CANCELLED' });
  assert.deepEqual(await databases(), []);
});

test('a drill whose process is killed begins again in another one, and nothing is left', async (t) => {
  const folder = await temporaryFolder(t);
  await fs.chmod(folder, 0o755);
  const { api, db, another } = await testSystem(t, { sql: smallShop });
  const { id } = await api.createBackup({ wait: true });
  const slow = JSON.stringify([{ name: 'slow', sql: 'select pg_sleep(60) is null' }]);
  const victim = launch(['drill', String(id)], {
    url: db.connectionString,
    env: { TMPDIR: folder, HOLDFAST_DRILL_CHECKS: slow },
  });
  await until('it compares', async () => (await api.listDrills()).drills[0]?.progress?.phase === 'proof');
  victim.child.kill('SIGKILL');
  await victim.ended;
  assert.equal((await fs.readdir(folder)).length, 1);
  await until('it is taken for dead', async () => (await api.listDrills()).drills[0]?.attempt === 2);
  await db.client.query('update backup_drill_log set not_before = null');
  process.env['TMPDIR'] = folder;
  t.after(() => delete process.env['TMPDIR']);
  assert.equal(os.tmpdir(), folder);
  await another().start();
  await until('it has ended', async () => (await api.listDrills()).drills[0]?.status === 'completed');
  assert.equal((await api.listDrills()).drills[0]!.verdict, 'passed');
  await until('its server has ended too', async () => (await fs.readdir(folder)).length === 0);
});

test('where there is no place for it', async (t) => {
  const { api, another } = await testSystem(t, { sql: smallShop });
  const { id } = await api.createBackup({ wait: true });
  const without = another({ drill: { embedded: false } });
  await assert.rejects(without.api.drillBackup(id), { code: 'DRILL_TARGET_MISSING' });
  // One that another process orders is left to those who have a place.
  const { api: orders } = another({ worker: false });
  const { id: ordered } = await orders.drillBackup(id);
  await without.start();
  await without.api.createBackup({ wait: true });
  assert.equal((await api.getDrill(ordered)).drill.status, 'queued');
  await another().start();
  await until('it is drilled', async () => (await api.getDrill(ordered)).drill.verdict === 'passed');
  await assert.rejects(orders.drillBackup(id, { to: 'postgres://localhost/x' }), { code: 'WORKER_REQUIRED' });
  assert.throws(() => another({ drill: { url: 'postgres://[' } }), { code: 'INVALID_CONFIGURATION' });
  assert.throws(() => another({ drill: { checks: '{' } }), { code: 'INVALID_CONFIGURATION' });
});

test('a drill that is due of an encrypted store waits for the process that has the key', async (t) => {
  const sealed = await sealedSystem(t);
  const { api, db, another, options, recoveryKey } = sealed;
  const { id } = await api.createBackup({ wait: true });
  await db.client.query(`update system_backups set finished_at = finished_at - interval '25 hours'`);
  const keyless = another(options);
  await keyless.start();
  const { client } = await db.adopt(db.name);
  await client.query(`select pg_advisory_lock(${lockClass.drill}, hashtext('public'))`);
  const keyed = another({ ...options, identity: recoveryKey });
  await keyed.start();
  const drills = async () => (await api.listDrills()).drills;
  await until('it is ordered', async () => (await drills())[0]?.status === 'queued');
  const { rows } = await db.client.query<{ own: boolean }>(
    'select key_ticket is not null as own from backup_drill_log',
  );
  assert.deepEqual(rows, [{ own: true }]);
  // Now either may take it.
  await client.query('select pg_advisory_unlock_all()');
  await until('it has ended', async () => (await drills())[0]?.finishedAt !== null);
  assert.deepEqual(
    (await drills()).map(({ backupId, verdict, cause }) => [backupId, verdict, cause]),
    [[id, 'passed', null]],
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBackupSystem, silentLogger, type BackupSystem } from '../../src/index.ts';
import { smallShop, token } from '../api/system.ts';
import { holdfast } from '../cli/holdfast.ts';
import { privateServer, outermostMajors } from '../support/servers.ts';
import { standbyOf } from '../support/standby.ts';
import { until } from '../support/until.ts';

for (const major of outermostMajors) {
  test(`on a standby what only reads works, and the rest says that it is one, on ${major}`, async (t) => {
    const primary = await privateServer(t, { major });
    const client = await primary.client();
    await client.query(smallShop);
    const systemAt = (target: ReturnType<typeof primary.target>, schema = 'public'): BackupSystem => {
      const system = createBackupSystem({ database: target, schema, auth: { token }, logger: silentLogger });
      t.after(() => system.stop());
      return system;
    };
    const writer = systemAt(primary.target());
    await writer.api.init();
    const { id } = await writer.api.createBackup({ wait: true });
    await writer.api.updateSchedule({ enabled: true, frequency: 'hourly', time: '00:00' });

    const standby = await standbyOf(t, primary);
    await standby.caughtUp();
    const unaudited: string[] = [];
    const reader = createBackupSystem({
      database: standby.target(),
      auth: { token },
      logger: {
        log: (_level, message) => {
          const operation = / by application is not in the audit/.test(message) && message.split(' ')[0];
          if (operation) unaudited.push(operation);
        },
      },
    });
    t.after(() => reader.stop());
    const { api } = reader;
    assert.equal((await api.status()).initialized, true);
    assert.equal((await api.listBackups()).total, 1);
    assert.equal((await api.getBackup(id)).status, 'completed');
    assert.match(await api.getBackupSchema(id), /CREATE TABLE public\.orders/);
    const script = await new Response((await api.downloadBackup(id, 'sql')).stream).text();
    assert.match(script, /End of the Holdfast backup/);
    assert.equal((await api.listTables()).tables.length, 2);
    assert.equal((await api.planRestore({ backupId: id })).tables.length, 2);
    const into = { mode: 'new-database', database: 'copy' } as const;
    assert.equal((await api.planRestore({ backupId: id, target: into })).tables.length, 2);
    assert.equal((await api.previewSchedule(1)).runs.length, 1);
    await api.previewRetention();
    await api.cleanUp({ dryRun: true });

    // What would be in the audit is in the log.
    assert.deepEqual(
      [...new Set(unaudited)],
      ['getBackupSchema', 'downloadBackup', 'planRestore', 'cleanUp'],
    );

    const standbyError = { code: 'STANDBY', message: /^This server is a standby: /, hint: /primary/ };
    await assert.rejects(systemAt(standby.target(), 'elsewhere').api.init(), standbyError, 'init');
    await assert.rejects(api.createBackup(), standbyError, 'backup');
    await assert.rejects(api.restore({ backupId: id }), standbyError, 'restore');
    await assert.rejects(api.restore({ backupId: id, target: into }), standbyError, 'restore elsewhere');
    await assert.rejects(api.verifyBackup(id), standbyError, 'verify');
    await assert.rejects(api.cleanUp(), standbyError, 'cleanup');
    await assert.rejects(api.updateSchedule({ enabled: false }), standbyError, 'schedule');
    await assert.rejects(api.pinBackup(id), standbyError, 'pin');
    await assert.rejects(api.deleteBackup(id), standbyError, 'delete');

    // Rows of the primary that look alive, and a schedule that is due.
    const messages: string[] = [];
    const started = createBackupSystem({
      database: standby.target(),
      auth: { token },
      logger: { log: (_level, message) => void messages.push(message) },
    });
    t.after(() => started.stop());
    await client.query(`
      update system_backups set status = 'running', finished_at = null;
      update backup_schedule set handled_until = now() - interval '3 hours'`);
    await standby.caughtUp();
    await started.start();
    await until(async () => messages.filter((message) => message.includes('is a standby')).length > 1);
    await started.stop();
    assert.equal((await api.getBackup(id)).status, 'running');
    await client.query(`update system_backups set status = 'completed', finished_at = now()`);
    await standby.caughtUp();

    const { host, port, user, password } = standby.target();
    const url = `postgres://${user}:${String(password)}@${host}:${port}/postgres`;
    const listed = await holdfast(['list'], { url });
    assert.equal(listed.code, 0, listed.stderr);
    const refused = await holdfast(['backup'], { url });
    assert.equal(refused.code, 6, refused.stdout + refused.stderr);
    assert.match(refused.stderr, /standby/);
    const doctor = await holdfast(['doctor', '--json'], { url });
    const found = doctor.json<{ checks: { name: string; code: string }[] }>();
    assert.equal(found.checks.find((check) => check.name === 'writable')?.code, 'STANDBY', doctor.stdout);
  });
}

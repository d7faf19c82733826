import { byTurns } from '../support/servers.ts';
import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { silentLogger } from '../../src/base/logger.ts';
import { latestVersion } from '../../src/catalog/migrations.ts';
import { createBackupSystem, type BackupSystem } from '../../src/index.ts';
import { testDatabase, type FirstTestDatabase } from '../support/database.ts';
import { majors } from '../support/majors.ts';

/*
 * Installations that earlier versions of Holdfast left, written by scripts/old-installation.ts: an application with three
 * backups (full, partial, the safety copy of a restore), a deleted one, two restores and a schedule. Today's version upgrades
 * them in place, and nothing of their history is lost.
 */

const directory = path.join(import.meta.dirname, 'installations');
const installations = fs.readdirSync(directory).map((file) => path.basename(file, '.sql'));
const testedOn = [majors[0], 18] as const;

interface Installation {
  api: BackupSystem['api'];
  system: BackupSystem;
  db: FirstTestDatabase;
}

async function install(
  t: TestContext,
  version: string,
  major: (typeof testedOn)[number],
): Promise<Installation> {
  const systems: BackupSystem[] = [];
  t.after(() => Promise.all(systems.map((system) => system.stop())));
  const db = await testDatabase(t, { major });
  await db.client.query(fs.readFileSync(path.join(directory, `${version}.sql`), 'utf8'));
  // Or the first process that starts takes the backup that has been due since the installation was written.
  await db.client.query(
    `do $$ begin update backup_schedule set handled_until = now(); exception when undefined_column then null; end $$`,
  );
  const system = createBackupSystem({
    database: db.connectionString,
    auth: { token: 'test-token-0123456789' },
    logger: silentLogger,
  });
  systems.push(system);
  return { api: system.api, system, db };
}

async function orders({ client }: FirstTestDatabase): Promise<{ n: number; total: string }> {
  const { rows } = await client.query('select count(*)::int as n, sum(total)::text as total from orders');
  return rows[0];
}

for (const version of byTurns(installations)) {
  for (const major of testedOn) {
    test(`an installation with tables of version ${version} is upgraded in place, on PostgreSQL ${major}`, async (t) => {
      const { api, db, system } = await install(t, version, major);
      const before = await orders(db);
      assert.deepEqual(before, { n: 200, total: '25125.00' });

      // A process of today that starts on the old tables changes nothing until it is told to.
      await system.start();
      const { rows: found } = await db.client.query(
        'select max(version) as version from holdfast_migrations',
      );
      assert.equal(found[0].version, Number(version));
      if (Number(version) < latestVersion) {
        assert.equal((await api.status()).initialized, false);
        await assert.rejects(api.listBackups(), { code: 'NOT_INITIALIZED' });
      }
      assert.deepEqual((await api.init()).replaced, []);
      assert.equal((await api.status()).initialized, true);

      const { backups } = await api.listBackups();
      assert.deepEqual(
        backups.map(({ id, status, type, trigger, damaged }) => ({ id, status, type, trigger, damaged })),
        [
          { id: 3, status: 'completed', type: 'full', trigger: 'safety', damaged: false },
          { id: 2, status: 'completed', type: 'partial', trigger: 'manual', damaged: false },
          { id: 1, status: 'completed', type: 'full', trigger: 'manual', damaged: false },
        ],
      );
      const first = await api.getBackup(1);
      assert.equal(first.description, 'the first one');
      assert.equal(first.rowCount, 220);
      const { restores } = await api.listRestores();
      assert.deepEqual(
        restores.map(({ id, backupId, status, target }) => ({ id, backupId, status, mode: target.mode })),
        [
          { id: 2, backupId: 1, status: 'completed', mode: 'new-database' },
          { id: 1, backupId: 1, status: 'completed', mode: 'in-place' },
        ],
      );
      assert.equal((await api.getRestore(1)).safetyBackupId, 3);
      const { cleanups } = await api.listCleanups();
      assert.deepEqual(
        cleanups.map(({ status, backups }) => ({ status, deleted: backups.map(({ id }) => id) })),
        [{ status: 'completed', deleted: [4] }],
      );
      const schedule = await api.getSchedule();
      assert.deepEqual(
        [schedule.enabled, schedule.frequency, schedule.time, schedule.retentionDays],
        [true, 'daily', '02:00', 30],
      );

      // The old backups are whole, and one of them comes back.
      for (const { id } of backups) await api.verifyBackup(id, { wait: true });
      await db.client.query(
        'update orders set total = 0 where id % 2 = 0; delete from orders where id > 150',
      );
      // The installation was copied here from another server.
      await api.restore({ backupId: 1, allowOtherDatabase: true, wait: true });
      assert.deepEqual(await orders(db), before);

      // A new one is taken, with a number that none had before, and is restored beside the old ones.
      const { id } = await api.createBackup({ wait: true });
      assert.ok(id > 4);
      await db.client.query('delete from orders');
      await api.restore({ backupId: id, wait: true });
      assert.deepEqual(await orders(db), before);

      // Deleting all but the first frees nothing that it needs.
      for (const each of (await api.listBackups()).backups)
        if (each.id !== 1) await api.deleteBackup(each.id);
      await api.verifyBackup(1, { wait: true });
    });
  }
}

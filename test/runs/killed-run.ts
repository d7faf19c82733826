/** A process of its own that says when a piece of work begins, does it, and says when it has ended; for being killed. */
import { createBackupSystem, silentLogger } from '../../src/index.ts';
import type { KilledKind } from './interruptions.ts';

const [database, kind, backupId, newDatabase] = process.argv.slice(2) as [
  string,
  KilledKind,
  string,
  string?,
];
// For a catalog in a database of its own.
const catalog = process.env['TEST_CATALOG'];
const system = createBackupSystem({
  database,
  ...(catalog === undefined ? {} : { catalog }),
  auth: { authorize: () => false },
  logger: silentLogger,
});
const { api } = system;
await api.status();
process.stdout.write('begins\n');
if (kind === 'backup') await api.createBackup({ wait: true });
else if (kind === 'cleanup') await api.cleanUp({ wait: true });
else {
  const where = newDatabase?.startsWith('postgres://')
    ? { targetUrl: newDatabase }
    : newDatabase !== undefined && { target: { mode: 'new-database' as const, database: newDatabase } };
  await api.restore({ backupId: Number(backupId), safetyBackup: false, ...where, wait: true });
}
process.stdout.write('ended\n');
await system.stop();

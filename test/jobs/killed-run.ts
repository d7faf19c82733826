/** A process of its own that says when a piece of work begins, does it, and says when it has ended; for being killed. */
import { createBackupSystem, silentLogger } from '../../src/index.ts';

const [database, kind, backupId] = process.argv.slice(2) as [string, string, string];
const system = createBackupSystem({ database, auth: { authorize: () => false }, logger: silentLogger });
const { api } = system;
await api.status();
process.stdout.write('begins\n');
if (kind === 'backup') await api.createBackup({ wait: true });
else if (kind === 'restore') {
  await api.restore({ backupId: Number(backupId), safetyBackup: false, wait: true });
} else await api.cleanUp({ wait: true });
process.stdout.write('ended\n');
await system.stop();

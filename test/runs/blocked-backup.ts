/** A process of its own that starts a backup, says so and stays, for tests that kill it. */
import { createBackupSystem, silentLogger } from '../../src/index.ts';

const system = createBackupSystem({
  database: process.argv[2]!,
  auth: { authorize: () => false },
  logger: silentLogger,
});
const backup = await system.api.createBackup();
process.stdout.write(`${backup.id}\n`);
// How it ends is for the test to look at.
await system.api.waitForBackup(backup.id).catch(() => {});

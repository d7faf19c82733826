/** A process of its own that scrubs the store in the database and says when it begins; for being killed. */
import { createBackupSystem, silentLogger } from '../../src/index.ts';

const [database] = process.argv.slice(2) as [string];
const system = createBackupSystem({
  database,
  auth: { authorize: () => false },
  logger: silentLogger,
  scrubDays: 0,
});
const { id } = await system.api.scrubStore('database');
process.stdout.write(`scrub ${id}\n`);
await system.api.waitForScrub(id);
process.stdout.write('ended\n');
await system.stop();

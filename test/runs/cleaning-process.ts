/** A process of its own that cleans up, and says what it did, in how long, and what memory that took. */
import { createBackupSystem, silentLogger } from '../../src/index.ts';

const system = createBackupSystem({
  database: process.argv[2]!,
  auth: { authorize: () => false },
  logger: silentLogger,
});
// Everything is loaded and connected before it counts.
await system.api.cleanUp({ dryRun: true });
process.stdout.write('ready\n');
const started = performance.now();
const cleanup = await system.api.cleanUp({ wait: true });
const { maxRSS } = process.resourceUsage();
const result: Cleaned = {
  seconds: (performance.now() - started) / 1_000,
  maxRssMiB: maxRSS / 1_024,
  backups: cleanup.backups.length,
  chunks: cleanup.chunksDeleted,
};
process.stdout.write(`${JSON.stringify(result)}\n`);
await system.stop();

export interface Cleaned {
  seconds: number;
  maxRssMiB: number;
  backups: number;
  chunks: number;
}

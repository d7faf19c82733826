/** A process that serves several databases until it is told to end, or killed. */
import { createBackupSystem, silentLogger, type Options } from '../../src/index.ts';

const system = createBackupSystem({
  ...(JSON.parse(process.argv[2]!) as Options),
  auth: { authorize: () => false },
  logger: silentLogger,
});
await system.start();
process.stdout.write('started\n');
process.stdin.once('end', () => void system.stop()).resume();
// It lives as long as its standard input is open.

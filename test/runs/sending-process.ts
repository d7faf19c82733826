/** A process of its own that serves channels until it is killed. */
import { createBackupSystem, silentLogger } from '../../src/index.ts';

const [database] = process.argv.slice(2) as [string];
const system = createBackupSystem({ database, auth: { authorize: () => false }, logger: silentLogger });
await system.start();
setInterval(() => {}, 60_000);

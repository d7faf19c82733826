/** A process of its own that orders runs with a key, says so, and performs them; for being killed. The key comes on stdin. */
import { text } from 'node:stream/consumers';
import { createBackupSystem, silentLogger } from '../../src/index.ts';

const [database, store, backupId] = process.argv.slice(2) as [string, string, string];
const { identity, writerKey } = JSON.parse(await text(process.stdin)) as {
  identity: string;
  writerKey: string;
};
const { api } = createBackupSystem({
  database,
  store,
  writerKey,
  auth: { authorize: () => false },
  logger: silentLogger,
});
const [restore, verification] = [
  await api.restore({ backupId: Number(backupId), safetyBackup: false, identity }),
  await api.verifyBackup(Number(backupId), { identity }),
];
process.stdout.write(`${JSON.stringify({ restore: restore.id, verification: verification.id })}\n`);
await Promise.allSettled([api.waitForRestore(restore.id), api.waitForVerification(verification.id)]);

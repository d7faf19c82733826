/*
 * A question of the newest backup, asked twice by a process of its own, which runs what is published. bench/query.ts starts it and
 * reads what it prints.
 */
import { createBackupSystem, silentLogger } from '../dist/index.js';

const [database, store, sql] = process.argv.slice(2);
const system = createBackupSystem({
  database,
  schema: 'holdfast',
  store: `file://${store}`,
  auth: { authorize: () => false },
  logger: silentLogger,
});
try {
  const { backups } = await system.api.listBackups({ status: 'completed', limit: 1 });
  const times = [];
  let rows = 0;
  for (let n = 0; n < 2; n++) {
    const began = performance.now();
    const answer = await system.api.queryBackup(backups[0].id, { sql, timeoutSeconds: 600 });
    times.push(performance.now() - began);
    rows = answer.rows.length;
  }
  // Of this process alone, without the server that it has started.
  const peakRssBytes = process.resourceUsage().maxRSS * 1024;
  console.log(JSON.stringify({ firstMs: times[0], nextMs: times[1], rows, peakRssBytes }));
} finally {
  await system.stop();
}

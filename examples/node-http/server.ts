import { createServer } from 'node:http';
import { createBackupSystem } from 'holdfast';
import { toNodeHandler } from 'holdfast/node';
import * as application from './application.ts';

const backups = createBackupSystem({
  database: process.env['DATABASE_URL'] ?? '',
  auth: { token: process.env['HOLDFAST_TOKEN'] ?? '' },
});
const handleBackups = toNodeHandler(backups);
// This process now runs the schedule. If the database is down, it keeps trying.
backups.start().catch((error: Error) => console.error(`backups: ${error.message}`));

const server = createServer((request, response) => {
  if (request.url?.startsWith('/api/admin/')) void handleBackups(request, response);
  else void application.answer(request, response);
}).listen(Number(process.env['PORT'] ?? 3000));

process.once('SIGTERM', () => {
  server.close();
  void Promise.all([backups.stop(), application.end()]);
});

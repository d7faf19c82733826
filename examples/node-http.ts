// The backup endpoints inside an application of your own, on nothing but node:http.
//
//   DATABASE_URL=postgres://… HOLDFAST_TOKEN=… node examples/node-http.ts
//
// In your project the two imports are 'holdfast' and 'holdfast/node'.
import { createServer } from 'node:http';
import { createBackupSystem } from '../src/index.ts';
import { toNodeHandler } from '../src/integrations/node.ts';

const backups = createBackupSystem({
  database: process.env['DATABASE_URL'] ?? '',
  auth: { token: process.env['HOLDFAST_TOKEN'] ?? '' },
});
const handleBackups = toNodeHandler(backups);
// This process now runs the schedule. If the database is down, it keeps trying.
backups.start().catch((error: Error) => console.error(`backups: ${error.message}`));

const server = createServer((request, response) => {
  if (request.url?.startsWith('/api/admin/')) void handleBackups(request, response);
  else response.end('the application');
}).listen(Number(process.env['PORT'] ?? 3000));

process.once('SIGTERM', () => {
  server.close();
  void backups.stop();
});

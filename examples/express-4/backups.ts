import { createBackupSystem } from 'holdfast';

export const backups = createBackupSystem({
  database: process.env.DATABASE_URL ?? '',
  auth: { token: process.env.HOLDFAST_TOKEN ?? '' },
});
// This process now runs the schedule. If the database is down, it keeps trying.
backups.start().catch((error: Error) => console.error(`backups: ${error.message}`));

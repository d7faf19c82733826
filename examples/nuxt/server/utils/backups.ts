import { createBackupSystem } from 'holdfast';

export const backups = createBackupSystem({
  database: process.env.DATABASE_URL ?? '',
  auth: { token: process.env.HOLDFAST_TOKEN ?? '' },
});

import { createBackupSystem, type BackupSystem } from 'holdfast';

let made: BackupSystem | undefined;

/** Made when it is needed: `vite build` loads this module too, without the settings. */
export function backups(): BackupSystem {
  made ??= createBackupSystem({
    database: process.env.DATABASE_URL ?? '',
    auth: { token: process.env.HOLDFAST_TOKEN ?? '' },
  });
  return made;
}

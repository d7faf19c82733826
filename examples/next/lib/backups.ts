import { createBackupSystem, type BackupSystem } from 'holdfast';

// Next.js loads a module several times in one process, and once more to build: one system for all of them, made when it is needed.
const place = globalThis as { backups?: BackupSystem };

export function backups(): BackupSystem {
  place.backups ??= createBackupSystem({
    database: process.env.DATABASE_URL ?? '',
    auth: { token: process.env.HOLDFAST_TOKEN ?? '' },
  });
  return place.backups;
}

export function startBackups(): void {
  // This process now runs the schedule. If the database is down, it keeps trying.
  backups()
    .start()
    .catch((error: Error) => console.error(`backups: ${error.message}`));
  process.once('SIGTERM', () => void backups().stop());
}

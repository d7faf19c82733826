import { backups } from '#lib/server/backups.ts';
import { closeNotes } from '#lib/server/notes.ts';

/** Once, when the server starts. */
export function init(): void {
  // This process now runs the schedule. If the database is down, it keeps trying.
  backups()
    .start()
    .catch((error: Error) => console.error(`backups: ${error.message}`));
  process.once('SIGTERM', () => void Promise.all([backups().stop(), closeNotes()]));
}

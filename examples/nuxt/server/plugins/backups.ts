import { backups } from '../utils/backups';
import { closeNotes } from '../utils/notes';

export default defineNitroPlugin(() => {
  // This process now runs the schedule. If the database is down, it keeps trying.
  backups.start().catch((error: Error) => console.error(`backups: ${error.message}`));
  process.once('SIGTERM', () => void Promise.all([backups.stop(), closeNotes()]));
});

/** What a restore did, in sentences for its own screen. Pure. */
import { leftBehindSentence } from '../../../src/contract/left-behind-words.ts';
import type { RestoreDetail } from '../data/client.ts';
import { scopeWords, targetWords } from '../format/run-words.ts';

/** How it ended, or what it does, in one sentence. */
export function outcomeSentence(restore: RestoreDetail): string {
  if (restore.undoes !== null) return undoSentence(restore, restore.undoes);
  const what = `${scopeWords(restore)} of backup ${restore.backupId}`;
  const where = restore.target.mode === 'in-place' ? 'the live database' : `the ${targetWords(restore)}`;
  switch (restore.status) {
    case 'queued':
      return `Will restore ${what} into ${where} when the run before it ends.`;
    case 'running':
      return `Restoring ${what} into ${where}.`;
    case 'completed':
      return `Restored ${what} into ${where}. Every row was counted.`;
    case 'cancelled':
    case 'failed':
    case 'interrupted':
      break;
  }
  return `Tried to restore ${what} into ${where}.`;
}

function undoSentence({ status, backupId, restoreType }: RestoreDetail, undoes: number): string {
  const from =
    restoreType === 'rows'
      ? `restore ${undoes} with the rows that it kept`
      : `restore ${undoes} from its safety backup ${backupId}`;
  switch (status) {
    case 'queued':
      return `Will undo ${from} when the run before it ends.`;
    case 'running':
      return `Undoing ${from}.`;
    case 'completed':
      return `Undid ${from}. Every row was counted.`;
    case 'cancelled':
    case 'failed':
    case 'interrupted':
      break;
  }
  return `Tried to undo ${from}.`;
}

/** What a failed restore left behind; null when only the error knows. */
export function leftBehind(restore: RestoreDetail): string | null {
  if (restore.status === 'completed' || restore.status === 'running' || restore.status === 'queued')
    return null;
  // Only the error itself knows.
  if (
    restore.error?.code === 'RESTORE_UNCERTAIN' ||
    restore.error?.details?.['unfinishedDatabase'] !== undefined
  ) {
    return null;
  }
  if (restore.leftBehind !== null) return leftBehindSentence(restore.leftBehind.server);
  return restore.target.mode === 'in-place'
    ? 'It was one transaction and was rolled back: every table is as it was before.'
    : 'The live database was only read, and the new database was dropped.';
}

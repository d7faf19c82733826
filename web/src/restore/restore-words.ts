/** What a restore is, in words for headings and lists. Pure. */
import type { RestoreDetail, RestoreSummary } from '../data/client.ts';
import { counted } from '../format/numbers.ts';

type Scope = Pick<RestoreSummary, 'tables' | 'restoreType'>;

/** `public.orders`, `public.orders and public.items`, `12 tables`, `everything` */
export function scopeWords({ restoreType, tables }: Scope): string {
  if (restoreType === 'full' && tables.length === 0) return 'everything';
  const [first, second] = tables;
  if (tables.length === 1) return first ?? '';
  return tables.length === 2 ? `${first} and ${second}` : counted(tables.length, 'table');
}

/** `the live database`, `new database rescue` */
export function targetWords({ target }: Pick<RestoreSummary, 'target'>): string {
  return target.mode === 'in-place' ? 'the live database' : `new database ${target.database}`;
}

/** How it ended, or what it does, in one sentence. */
export function outcomeSentence(restore: RestoreDetail): string {
  const what = `${scopeWords(restore)} of backup ${restore.backupId}`;
  const where =
    restore.target.mode === 'in-place' ? 'the live database' : `the new database ${restore.target.database}`;
  switch (restore.status) {
    case 'queued':
      return `Will restore ${what} into ${where} when the run before it has ended.`;
    case 'running':
      return `Restoring ${what} into ${where}.`;
    case 'completed':
      return `Restored ${what} into ${where}. Every row was counted.`;
    case 'cancelled':
    case 'failed':
    case 'interrupted':
      break;
  }
  return `Was to restore ${what} into ${where}.`;
}

/** What state things were left in: the first question after a failure. */
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
  return restore.target.mode === 'in-place'
    ? 'It is one transaction, so nothing was changed: every table is as it was before.'
    : 'The live database was only read, and the new one is not left behind.';
}

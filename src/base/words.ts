import { count, counted, roughly } from './units.ts';

/** Sentences that the command line and the admin page share. Pure. */

/**
 * Counts tables that hold rows, as a backup stores and proves them: each partition counts, the partitioned table does not.
 * `30 tables (13 of them partitions)`
 */
export function countedTables(tables: number, partitions: number): string {
  if (partitions === 0) return counted(tables, 'table');
  const of = partitions === tables ? 'all' : count(partitions);
  return `${counted(tables, 'table')} (${of} of them partitions)`;
}

/** Where the backups of a store are. */
export function keptWhere(store: string): string {
  return store === 'database' ? 'only inside the database itself' : `in ${store}`;
}

/** What such backups do not protect against; empty if there is nothing to say. */
export function notAgainst(store: string): string {
  return store === 'database'
    ? 'Backups are lost with the server: download one regularly and keep it elsewhere.'
    : '';
}

/** What a restore in place locks, and for how long; empty if it locks nothing. */
export function lockSentences(outlook: {
  locks: readonly string[];
  lockedMs: number | null;
  measuredRestores: number;
}): string[] {
  const { locks, lockedMs, measuredRestores } = outlook;
  if (locks.length === 0) return [];
  const named = locks.slice(0, 3).join(', ');
  const others = locks.length > 3 ? ` and ${counted(locks.length - 3, 'other table')}` : '';
  const last = measuredRestores === 1 ? 'the last restore' : `the last ${measuredRestores} restores`;
  return [
    `Until it ends, other sessions cannot read or write ${named}${others}: they wait.`,
    lockedMs === null
      ? 'How long is unknown: no restore in place of 1 MB or more has completed here yet.'
      : `At the rate of ${last} in place, that takes about ${roughly(lockedMs)}.`,
  ];
}

/** A text as the beginning of a sentence. */
export function capitalized(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

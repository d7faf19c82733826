import { count, counted, roughly } from './units.ts';

/** What the command line and the admin page say in the same words. Pure. */

/**
 * Tables are counted by the rows they hold: each partition is one, the partitioned table above them is none. That is
 * how a backup stores and proves them. `30 tables (13 of them partitions)`
 */
export function countedTables(tables: number, partitions: number): string {
  if (partitions === 0) return counted(tables, 'table');
  const of = partitions === tables ? 'all' : count(partitions);
  return `${counted(tables, 'table')} (${of} of them partitions)`;
}

/** Where the backups of a store are, as far as it matters when something is lost. */
export function keptWhere(store: string): string {
  return store === 'database' ? 'only inside the database itself' : `in ${store}`;
}

/** What that does not help against; empty where there is nothing to say. */
export function notAgainst(store: string): string {
  return store === 'database'
    ? 'Backups are lost with the server: download one to another place now and then.'
    : '';
}

/** What a restore in place keeps from everybody else, and for how long; nothing where nothing is locked. */
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
    `While it runs nobody else can read or write ${named}${others}: whoever tries waits until it is through.`,
    lockedMs === null
      ? 'How long that takes is not known: no restore in place of 1 MB or more has completed here yet.'
      : `At the rate of ${last} in place that takes about ${roughly(lockedMs)}.`,
  ];
}

/** The tables of a backup to choose from. Pure. */
import type { BackupContents, BackupSummary, RestorePlan } from '../data/client.ts';

export interface ChoosableTable {
  table: string;
  rows: number;
  bytes: number;
  /** No longer in the database. */
  missing: boolean;
  /** Rows in the database now; null while unknown, or where it is missing. */
  rowsNow: number | null;
  rowsNowIsEstimate: boolean;
}

/** Missing tables first. `now` is the plan of a full restore, if there is one. */
export function choosableTables(contents: BackupContents, now: RestorePlan | undefined): ChoosableTable[] {
  const live = new Map(now?.tables.map((table) => [table.table, table]));
  const tables = contents.tables.map(({ table, rows, rawBytes }): ChoosableTable => {
    const planned = live.get(table);
    return {
      table,
      rows,
      bytes: rawBytes,
      missing: planned?.action === 'create',
      rowsNow: planned?.rowsNow ?? null,
      rowsNowIsEstimate: planned?.rowsNowIsEstimate ?? false,
    };
  });
  return tables.toSorted((a, b) => Number(b.missing) - Number(a.missing));
}

/** Every word typed must be somewhere in the name. */
export function matching(tables: readonly ChoosableTable[], search: string): ChoosableTable[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return tables.filter(({ table }) => words.every((word) => table.toLowerCase().includes(word)));
}

/** It exists, but is empty. */
export function isEmptied(table: ChoosableTable): boolean {
  return table.rowsNow === 0 && !table.rowsNowIsEstimate && table.rows > 0;
}

/**
 * The backup most likely wanted, of completed ones, newest first: a full one, and no safety backup, because that shows the
 * state that a restore was meant to undo.
 */
export function mostLikely(backups: readonly BackupSummary[]): BackupSummary | undefined {
  const whole = backups.filter((backup) => !backup.damaged);
  const meant = whole.filter((backup) => backup.trigger !== 'safety');
  return meant.find((backup) => backup.type === 'full') ?? meant[0] ?? whole[0];
}

/** The tables of a backup as somebody chooses among them. Pure. */
import type { BackupContents, BackupSummary, RestorePlan } from '../data/client.ts';

export interface ChoosableTable {
  table: string;
  rows: number;
  bytes: number;
  /** Not in the database any more. */
  missing: boolean;
  /** Rows in the database now; null while unknown, or where it is missing. */
  rowsNow: number | null;
  rowsNowIsEstimate: boolean;
}

/** Missing tables first: they are what one usually came for. `now` is the plan of everything, where there is one. */
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

/** There, but with nothing left in it. */
export function isEmptied(table: ChoosableTable): boolean {
  return table.rowsNow === 0 && !table.rowsNowIsEstimate && table.rows > 0;
}

/**
 * Of completed backups, newest first, the one that somebody most likely wants: a full one that shows the database as it was
 * meant to be. A safety backup shows what somebody wanted to get away from.
 */
export function mostLikely(backups: readonly BackupSummary[]): BackupSummary | undefined {
  const whole = backups.filter((backup) => !backup.damaged);
  const meant = whole.filter((backup) => backup.trigger !== 'safety');
  return meant.find((backup) => backup.type === 'full') ?? meant[0] ?? whole[0];
}

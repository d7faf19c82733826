import type { BackupApi, RestoreOutlook } from '../../api/contract.ts';
import { count, counted } from '../../base/units.ts';
import { onStderr } from '../terminal/style.ts';
import { printable } from '../terminal/text.ts';

/** What differs from a point, and did not when it was taken. */
export interface Changes {
  /** Objects that are gone, in words; a table with its rows. */
  dropped: string[];
  added: string[];
  /** Objects that are defined in another way. */
  redefined: string[];
  columns: { table: string; column: string | null; change: string }[];
  /** Of tables that are still there. `after` is null where they are too many to be counted. */
  rows: { table: string; before: number; after: number | null }[];
}

/** What a restore of the point would do: what that would have to change is what has changed since. */
export function planOf(api: BackupApi, pointId: number): Promise<RestoreOutlook> {
  return api.planRestore({ backupId: pointId, restoreType: 'full' });
}

/** @param before the plan when the point was taken: what that has already was so before */
export function changesBetween(before: RestoreOutlook, after: RestoreOutlook): Changes {
  const rowsOf = new Map(after.tables.map((table) => [`TABLE ${table.table}`, table.rowsInBackup]));
  const drifted = (plan: RestoreOutlook): string[] =>
    plan.drift.map(({ table, difference }) => `${table}: ${difference}`);
  const driftBefore = new Set(drifted(before));
  return {
    dropped: news(missing(before), missing(after)).map((each) => {
      const rows = rowsOf.get(each);
      return rows === undefined ? each : `${each} with ${counted(rows, 'row')}`;
    }),
    added: news(before.extra, after.extra),
    redefined: news(before.differs, after.differs),
    columns: after.drift
      .filter(({ table, difference }) => !driftBefore.has(`${table}: ${difference}`))
      .map(({ table, difference, column }) => ({
        table,
        column: column?.name ?? null,
        change: column?.is === 'missing' ? 'dropped' : column?.is === 'new' ? 'added' : difference,
      })),
    rows: after.tables
      .filter(({ action, rowsNow, rowsInBackup }) => action !== 'create' && rowsNow !== rowsInBackup)
      .map(({ table, rowsInBackup, rowsNow, rowsNowIsEstimate }) => ({
        table,
        before: rowsInBackup,
        after: rowsNowIsEstimate ? null : rowsNow,
      })),
  };
}

/** What the restore would create, and what it could not. */
function missing({ create, notMade }: RestoreOutlook): string[] {
  return [...create, ...notMade.map(({ what }) => what)];
}

function news(before: readonly string[], after: readonly string[]): string[] {
  const known = new Set(before);
  return after.filter((each) => !known.has(each));
}

const shown = 20;

export function describeChanges({ dropped, added, redefined, columns, rows }: Changes): string {
  const sections = [
    section('Gone', dropped),
    section(
      'Columns',
      columns.map(({ table, column, change }) =>
        column === null || !['dropped', 'added'].includes(change)
          ? `${table}: ${change}`
          : `${table}: column ${JSON.stringify(column)} ${change}`,
      ),
    ),
    section('Rows', rows.map(rowsWords)),
    section('Defined differently', redefined),
    section('New', added),
  ].filter((text) => text !== '');
  if (sections.length === 0) return 'Nothing has changed since the point that a restore of it would change.';
  return ['Since the point, by this command or by others meanwhile:', ...sections].join('\n');
}

function rowsWords({ table, before, after }: Changes['rows'][number]): string {
  if (after === null) return `${table}: too many to be counted now, ${count(before)} before`;
  const change = after - before;
  const words = `${counted(Math.abs(change), 'row')} ${change < 0 ? 'lost' : 'more'}`;
  return `${table}: ${words} (${count(before)} before, ${count(after)} now)`;
}

function section(title: string, items: readonly string[]): string {
  if (items.length === 0) return '';
  const more = items.length > shown ? [`  … and ${items.length - shown} more (--json shows all)`] : [];
  const lines = items.slice(0, shown).map((item) => `  ${printable(item)}`);
  return [`${onStderr.bold(title)}:`, ...lines, ...more].join('\n');
}

/** A plan in sentences, with the numbers formatted by the page. Pure. */
import { lockSentences } from '../../../src/base/words.ts';
import type { RestoreOutlook, RestorePlan } from '../data/client.ts';
import { formatCount, counted } from '../format/numbers.ts';

type PlannedTable = RestorePlan['tables'][number];

export interface PlanFigures {
  replaced: PlannedTable[];
  created: PlannedTable[];
  /** Current rows of the replaced tables. */
  rowsNow: number;
  rowsNowIsEstimate: boolean;
  /** Rows restored from the backup. */
  rowsInBackup: number;
  /** Whether existing rows would be replaced. */
  destructive: boolean;
}

export function figuresOf(plan: RestorePlan): PlanFigures {
  const replaced = plan.tables.filter((table) => table.action === 'replace');
  return {
    replaced,
    created: plan.tables.filter((table) => table.action === 'create'),
    rowsNow: replaced.reduce((sum, table) => sum + (table.rowsNow ?? 0), 0),
    rowsNowIsEstimate: replaced.some((table) => table.rowsNowIsEstimate || table.rowsNow === null),
    rowsInBackup: plan.tables.reduce((sum, table) => sum + table.rowsInBackup, 0),
    // An estimate of 0 may be wrong.
    destructive: replaced.some((table) => table.rowsNow !== 0 || table.rowsNowIsEstimate),
  };
}

/** What will happen, in sentences without PostgreSQL terms. */
export function planSentences(plan: RestoreOutlook, database: string): string[] {
  const { replaced, created, rowsNow, rowsNowIsEstimate, rowsInBackup } = figuresOf(plan);
  if (plan.target.mode === 'new-database') {
    return [
      `A new database, ${plan.target.database}, is created with ${counted(created.length, 'table')} and ${counted(rowsInBackup, 'row')}.`,
      `${database} is only read and does not change.`,
    ];
  }
  const sentences: string[] = [];
  if (created.length > 0) {
    const rows = created.reduce((sum, table) => sum + table.rowsInBackup, 0);
    const one = created.length === 1;
    sentences.push(
      `${counted(created.length, 'table')} ${one ? 'is' : 'are'} missing and ${one ? 'comes' : 'come'} back with ${counted(rows, 'row')}.`,
    );
  }
  if (replaced.length > 0) {
    const now = rowsNow === 0 && !rowsNowIsEstimate ? 'empty now' : rowsThere(rowsNow, rowsNowIsEstimate);
    const then = replaced.reduce((sum, table) => sum + table.rowsInBackup, 0);
    sentences.push(
      `${counted(replaced.length, 'table')} (${now}) ${replaced.length === 1 ? 'gets' : 'get'} the ${counted(then, 'row')} of the backup instead.`,
    );
  }
  for (const { table, added, changed } of plan.rows ?? []) {
    sentences.push(
      `${table} gets ${counted(added, 'row')} back, and ${counted(changed, 'row')} as in the backup.`,
    );
  }
  sentences.push(
    'It is one transaction: either everything is restored, or nothing changes.',
    ...lockSentences(plan),
  );
  return sentences;
}

function rowsThere(rows: number, estimate: boolean): string {
  return `${estimate ? 'about ' : ''}${counted(rows, 'row')} now`;
}

/** `+12`, `−3`, or null where there is nothing to compare. */
export function changeInRows(table: PlannedTable): string | null {
  if (table.rowsNow === null) return null;
  const change = table.rowsInBackup - table.rowsNow;
  if (change === 0) return '±0';
  const about = table.rowsNowIsEstimate ? '~' : '';
  return `${about}${change > 0 ? '+' : '−'}${formatCount(Math.abs(change))}`;
}

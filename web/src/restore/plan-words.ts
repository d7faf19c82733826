/** A plan in sentences, with the numbers formatted by the page. Pure. */
import { lockSentences } from '../../../src/base/words.ts';
import { replacementSentences } from '../../../src/contract/replace-words.ts';
import type { PlannedRows, RestoreOutlook, RestorePlan } from '../data/client.ts';
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
      `A new database, ${plan.target.database}, is created${plan.target.server === undefined ? '' : ` on ${plan.target.server}`} with ${counted(created.length, 'table')} and ${counted(rowsInBackup, 'row')}.`,
      `${database} is only read and does not change.`,
    ];
  }
  if (plan.removal !== undefined) {
    return [
      `${counted(created.length, 'table')} with ${counted(rowsInBackup, 'row')} ${created.length === 1 ? 'is' : 'are'} made beside the live tables, which are not touched.`,
      `To remove what is made: ${plan.removal}`,
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
  if (plan.rows) sentences.push(...rowSentences(plan.rows), ...sharedSentences(plan.shared ?? []));
  sentences.push(
    'It is one transaction: either everything is restored, or nothing changes.',
    ...replacementSentences(plan),
    ...lockSentences(plan),
  );
  return sentences;
}

/** How many tables of a restore of rows are named. */
const namedTables = 6;

function rowSentences(rows: readonly PlannedRows[]): string[] {
  const of = (what: 'added' | 'changed', verb: (many: boolean) => string): string[] => {
    const those = rows.filter((each) => each[what] > 0);
    const sum = those.reduce((total, each) => total + each[what], 0);
    if (sum === 0) return [];
    const named = those.slice(0, namedTables).map((each) => `${formatCount(each[what])} in ${each.table}`);
    const more =
      those.length > namedTables ? [`and ${counted(those.length - namedTables, 'other table')}`] : [];
    return [`${counted(sum, 'row')} ${verb(sum > 1)}: ${[...named, ...more].join(', ')}.`];
  };
  return [
    ...of('added', (many) => (many ? 'come back' : 'comes back')),
    ...of('changed', (many) => `${many ? 'become' : 'becomes'} as in the backup`),
    'All other rows stay as they are.',
  ];
}

function sharedSentences(shared: readonly string[]): string[] {
  if (shared.length === 0) return [];
  return [`${shared.join(', ')} ${shared.length === 1 ? 'is' : 'are'} shared with others and left alone.`];
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

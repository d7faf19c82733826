/** A plan in sentences, with the numbers formatted by the page. Pure. */
import { lockSentences } from '../../../src/base/words.ts';
import type { RestoreOutlook, RestorePlan } from '../data/client.ts';
import { formatCount, counted } from '../format/numbers.ts';

export interface Refusal {
  title: string;
  /** The obstacles, one line each. */
  items: string[];
  /** What to do about it. */
  remedy: string;
  /** A change of the choices that the wizard can make itself. */
  offer: 'new-database' | 'without-owners' | 'without-extensions' | 'other-database' | null;
}

/** Why this restore would be refused, and what to do. Empty if it can start. */
export function refusalsOf(plan: RestorePlan, owners: boolean, otherDatabase = false): Refusal[] {
  const refusals: Refusal[] = [];
  if (plan.otherDatabase !== null && !otherDatabase) {
    refusals.push({
      title: 'The backup is from another database',
      items: [plan.otherDatabase],
      remedy:
        'Check that this is the right database and the right backup. In a copy of the database, after a move to another server or after pg_upgrade, this is expected.',
      offer: 'other-database',
    });
  }
  if (plan.drift.length > 0) {
    const tables = new Set(plan.drift.map((each) => each.table)).size;
    refusals.push({
      title: `${counted(tables, 'table')} changed ${tables === 1 ? 'its' : 'their'} form since the backup`,
      items: plan.drift.map((each) => `${each.table}: ${each.difference}`),
      remedy:
        'Rows from the backup do not fit the changed columns. Restore into a new database and copy the rows you need, or restore without these tables.',
      offer: plan.target.mode === 'in-place' ? 'new-database' : null,
    });
  }
  if (owners && plan.missingRoles.length > 0) {
    refusals.push({
      title: `${counted(plan.missingRoles.length, 'role')} of the backup ${plan.missingRoles.length === 1 ? 'does' : 'do'} not exist here`,
      items: plan.missingRoles,
      remedy:
        'Create them on the server, or restore without owners and privileges; then everything belongs to the role that restores.',
      offer: 'without-owners',
    });
  }
  if (plan.missingExtensions.length > 0) {
    refusals.push({
      title: `${counted(plan.missingExtensions.length, 'extension')} of the backup cannot be created`,
      items: plan.extensionProblems,
      remedy:
        'Install them on the PostgreSQL server and reload this page, or restore without them and without the objects that need them.',
      offer: 'without-extensions',
    });
  }
  return refusals;
}

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

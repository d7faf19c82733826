/** What a plan means, in sentences. Pure; the numbers are put into words by the page's own formatting. */
import { lockSentences } from '../../../src/base/words.ts';
import type { RestoreOutlook, RestorePlan } from '../data/client.ts';
import { formatCount, counted } from '../format/numbers.ts';

export interface Refusal {
  title: string;
  /** What is in the way, one line each. */
  items: string[];
  /** What to do about it. */
  remedy: string;
  /** A way round that the wizard can take by itself. */
  offer: 'new-database' | 'without-owners' | 'without-extensions' | 'other-database' | null;
}

/** Why this restore would be refused, and the way out. Empty when it can go ahead. */
export function refusalsOf(plan: RestorePlan, owners: boolean, otherDatabase = false): Refusal[] {
  const refusals: Refusal[] = [];
  if (plan.otherDatabase !== null && !otherDatabase) {
    refusals.push({
      title: 'The backup is of another database',
      items: [plan.otherDatabase],
      remedy:
        'Is this the right database, and the right backup? In a copy of the database, or after it was moved to another server or upgraded by pg_upgrade, this is to be expected.',
      offer: 'other-database',
    });
  }
  if (plan.drift.length > 0) {
    const tables = new Set(plan.drift.map((each) => each.table)).size;
    refusals.push({
      title: `${counted(tables, 'table')} changed ${tables === 1 ? 'its' : 'their'} form since the backup`,
      items: plan.drift.map((each) => `${each.table}: ${each.difference}`),
      remedy:
        'Rows of the old form do not fit the tables of today. Restore into a new database instead and copy over the rows you need, or leave these tables out.',
      offer: plan.target.mode === 'in-place' ? 'new-database' : null,
    });
  }
  if (owners && plan.missingRoles.length > 0) {
    refusals.push({
      title: `${counted(plan.missingRoles.length, 'role')} of the backup ${plan.missingRoles.length === 1 ? 'does' : 'do'} not exist here`,
      items: plan.missingRoles,
      remedy:
        'Create them on the server, or restore without owners and privileges: everything then belongs to the role that restores.',
      offer: 'without-owners',
    });
  }
  if (plan.missingExtensions.length > 0) {
    refusals.push({
      title: `${counted(plan.missingExtensions.length, 'extension')} of the backup cannot be created`,
      items: plan.extensionProblems,
      remedy:
        'Install what is missing on the PostgreSQL server, then look at this page again; or restore without them, and without what needs them.',
      offer: 'without-extensions',
    });
  }
  return refusals;
}

type PlannedTable = RestorePlan['tables'][number];

export interface PlanFigures {
  replaced: PlannedTable[];
  created: PlannedTable[];
  /** Rows that are in the replaced tables now. */
  rowsNow: number;
  rowsNowIsEstimate: boolean;
  /** Rows that come out of the backup. */
  rowsInBackup: number;
  /** Whether rows that are there now would go. */
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
    // An estimate of nothing may still be something.
    destructive: replaced.some((table) => table.rowsNow !== 0 || table.rowsNowIsEstimate),
  };
}

/** What happens, sentence by sentence, for somebody who has never seen the words of PostgreSQL. */
export function planSentences(plan: RestoreOutlook, database: string): string[] {
  const { replaced, created, rowsNow, rowsNowIsEstimate, rowsInBackup } = figuresOf(plan);
  if (plan.target.mode === 'new-database') {
    return [
      `A new database, ${plan.target.database}, is created with ${counted(created.length, 'table')} and ${counted(rowsInBackup, 'row')}.`,
      `${database} is only read. Nothing in it changes.`,
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
    'It is one transaction: either all of it happens, or nothing changes.',
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

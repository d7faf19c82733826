import { z } from 'zod';
import { tableChoice } from './table-choice.ts';

/** How much a restore covers: everything, the tables that are named, or rows of one table. */
export const restoreCoverage = z.enum(['full', 'partial', 'rows']);
export type RestoreCoverage = z.infer<typeof restoreCoverage>;

interface Choice {
  restoreType: RestoreCoverage;
  tables: readonly string[];
  rows?: unknown;
  target: { mode: string };
}

const tablesChoice = tableChoice('restore', 'restoreType');

/** The rules between `restoreType`, `tables`, `rows` and `target`, for `superRefine`. */
export function restoreChoice({ restoreType, ...choice }: Choice, context: z.RefinementCtx): void {
  const issue = (field: string, message: string): void =>
    context.addIssue({ code: 'custom', path: [field], message });
  if (restoreType !== 'rows') {
    if (choice.rows !== undefined) issue('rows', 'needs restoreType "rows"');
    tablesChoice({ restoreType, tables: choice.tables }, context);
    return;
  }
  if (choice.rows === undefined) issue('rows', 'a restore of rows needs to know which');
  if (choice.tables.length > 0) issue('tables', 'rows are of one table, which rows.table names');
  if (choice.target.mode !== 'in-place') issue('target', 'rows are put back in place');
}

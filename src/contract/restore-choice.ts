import { z } from 'zod';
import { storableText } from './fields.ts';
import { tableChoice } from './table-choice.ts';

/** How much a restore covers: everything, the tables that are named, or rows. */
export const restoreCoverage = z.enum(['full', 'partial', 'rows']);
export type RestoreCoverage = z.infer<typeof restoreCoverage>;

interface Choice {
  restoreType: RestoreCoverage;
  tables: readonly string[];
  schemas: readonly string[];
  rows?: unknown;
  tenant?: unknown;
  target: { mode: string };
}

/** Beside `tables`: all tables of these schemas. */
export const schemas = z
  .array(storableText(63).min(1))
  .max(1000)
  .default([])
  .meta({
    description: 'With restoreType `partial`: all tables of these schemas, the same as `schema.*` in tables',
    examples: [['billing']],
  });

/** What is restored is named in one way: schemas as patterns of tables. */
export function withSchemas<Choice extends { tables: string[]; schemas: string[] }>({
  schemas: named,
  ...choice
}: Choice): Omit<Choice, 'schemas'> {
  return { ...choice, tables: [...choice.tables, ...named.map((schema) => `${schema}.*`)] };
}

const tablesChoice = tableChoice('restore', 'restoreType');

/** The rules between `restoreType`, `tables`, `schemas`, `rows`, `tenant` and `target`, for `superRefine`. */
export function restoreChoice({ restoreType, ...choice }: Choice, context: z.RefinementCtx): void {
  const issue = (field: string, message: string): void =>
    context.addIssue({ code: 'custom', path: [field], message });
  if (restoreType !== 'rows') {
    if (choice.rows !== undefined) issue('rows', 'needs restoreType "rows"');
    if (choice.tenant !== undefined) issue('tenant', 'needs restoreType "rows"');
    tablesChoice({ restoreType, tables: [...choice.tables, ...choice.schemas] }, context);
    return;
  }
  if ((choice.rows === undefined) === (choice.tenant === undefined)) {
    issue('rows', 'a restore of rows needs to know which: give either rows or tenant');
  }
  for (const field of ['tables', 'schemas'] as const) {
    if (choice[field].length > 0) issue(field, 'which tables is said by rows or tenant');
  }
  if (choice.target.mode !== 'in-place') issue('target', 'rows are put back in place');
}

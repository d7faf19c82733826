import { z } from 'zod';

/** How much a run covers: everything, or the tables that are named. */
export const coverage = z.enum(['full', 'partial']);
export type Coverage = z.infer<typeof coverage>;

/**
 * The rule between `type` and `tables`, for `superRefine`: `partial` needs at least one table, `full` takes none.
 * @param run what the messages call it
 * @param field the field that holds the coverage
 */
export function tableChoice<Field extends string>(run: 'backup' | 'restore', field: Field) {
  return (
    value: { [Name in Field]: Coverage } & { tables: readonly string[] },
    context: z.RefinementCtx,
  ): void => {
    const none = value.tables.length === 0;
    if (none === (value[field] === 'full')) return;
    const message = none
      ? `a partial ${run} needs at least one table`
      : `a full ${run} takes every table; send ${field} "partial" to choose tables`;
    context.addIssue({ code: 'custom', path: ['tables'], message });
  };
}

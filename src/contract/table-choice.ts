import type { z } from 'zod';

/**
 * The rule between `type` and `tables`, for `superRefine`: `partial` needs at least one table, others take none.
 * @param run what the messages call it
 * @param field the field that holds the coverage
 */
export function tableChoice<Field extends string>(run: 'backup' | 'restore', field: Field) {
  return (
    value: { [Name in Field]: string } & { tables: readonly string[] },
    context: z.RefinementCtx,
  ): void => {
    const none = value.tables.length === 0;
    if (none === (value[field] !== 'partial')) return;
    const message = none
      ? `a partial ${run} needs at least one table`
      : value[field] === 'full'
        ? `a full ${run} takes every table; send ${field} "partial" to choose tables`
        : `a ${run} of ${value[field]} has no tables; send ${field} "partial" to choose tables`;
    context.addIssue({ code: 'custom', path: ['tables'], message });
  };
}

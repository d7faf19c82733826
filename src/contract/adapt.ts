import { z } from 'zod';
import { storableText } from './fields.ts';

/** What a restore does where a live table differs from the backup. */
export const onDrift = z.enum(['fail', 'adapt', 'replace']);
export type OnDrift = z.infer<typeof onDrift>;

/** `orders`, `schema.orders`; of a partitioned table it holds for all partitions. */
const table = storableText(300).min(1);
const column = storableText(63).min(1);
const text = storableText(10_000);

/** With `onDrift: "adapt"`: what cannot be known from the two forms of a table. */
export const adaptFields = {
  fill: z
    .record(table, z.record(column, z.union([text, z.number(), z.boolean(), z.null()])))
    .default({})
    .meta({
      description:
        'By table and column of today: what a column that the backup does not have gets in each row, instead of its default; and what a column that it has gets in place of NULL',
      examples: [{ orders: { currency: 'EUR' } }],
    }),
  renames: z
    .record(table, z.record(column, column))
    .default({})
    .meta({
      description: 'By table: columns of the backup and their names of today',
      examples: [{ orders: { total: 'amount' } }],
    }),
  dropColumns: z
    .record(table, z.array(column).min(1))
    .default({})
    .meta({
      description:
        'By table: columns of the backup whose values are left out, because the table has none for them',
      examples: [{ orders: ['note'] }],
    }),
  values: z
    .record(table, z.record(column, z.record(text, text)))
    .default({})
    .meta({
      description:
        'By table and column of the backup: values and what they become, such as those that an enum has lost',
      examples: [{ orders: { status: { archived: 'closed' } } }],
    }),
  timestampZone: storableText(64)
    .min(1)
    .nullable()
    .default(null)
    .meta({
      description:
        'The time zone of timestamps without one, for columns that are timestamp with time zone today; without it these are refused',
      examples: ['UTC'],
    }),
};

const wishes = z.object(adaptFields);
export type AdaptWishes = z.output<typeof wishes>;

interface Choice extends AdaptWishes {
  onDrift: OnDrift;
  restoreType: string;
  target: { mode: string };
  targetUrl?: unknown;
}

/** The rules between `onDrift` and what goes with it, for `superRefine`. */
export function adaptChoice(choice: Choice, context: z.RefinementCtx): void {
  const issue = (field: string, message: string): void =>
    context.addIssue({ code: 'custom', path: [field], message });
  if (choice.onDrift === 'adapt') {
    const elsewhere = choice.target.mode !== 'in-place' || choice.targetUrl !== undefined;
    if (elsewhere) issue('onDrift', 'rows are adapted to live tables, in place');
    if (choice.restoreType === 'rows') issue('onDrift', 'only whole tables are adapted');
    return;
  }
  for (const field of ['fill', 'renames', 'dropColumns', 'values'] as const) {
    if (Object.keys(choice[field]).length > 0) issue(field, 'needs onDrift "adapt"');
  }
  if (choice.timestampZone !== null) issue('timestampZone', 'needs onDrift "adapt"');
}

/** What becomes of the rows of one table, in words. */
export const adaptedTable = z.object({
  table: z.string().meta({ description: '`schema.name`' }),
  changes: z.array(z.string()).meta({
    description: 'Sentences without a subject: `column "total" goes into "amount" (numeric(12,2))`',
  }),
});
export type AdaptedTable = z.output<typeof adaptedTable>;

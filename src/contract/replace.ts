import { z } from 'zod';

/** With `onDrift: "replace"`: whether what came since may go. */
export const dropNew = z.boolean().default(false).meta({
  description:
    'With onDrift `replace`: drop what came since the backup and is part of the tables, hangs on them or does not fit their old form: columns, indexes, triggers, views, foreign keys of other tables, partitions with their rows. Without it these are a refusal',
});

/** What a replacing restore makes again as in the backup. */
export const replacedObject = z.object({
  what: z.string().meta({ description: '`TABLE public.orders`' }),
  differences: z.array(z.string()).meta({ description: 'Clauses; empty where it only needs what differs' }),
});
export type ReplacedObject = z.infer<typeof replacedObject>;

/** What a replacing restore drops for good. */
export const lostObject = z.object({
  what: z.string().meta({ description: '`VIEW public.big_orders`, `column "note" (text) of public.orders`' }),
  rowsNow: z.number().nullable().meta({
    description:
      'Rows of a table, or those in which a column has a value; null for others and where they are many',
  }),
});
export type LostObject = z.infer<typeof lostObject>;

/** Of a plan. */
export const plannedReplacement = {
  replaced: z.array(replacedObject).optional().meta({
    description: 'With onDrift "replace": what is dropped and made again as in the backup',
  }),
  remade: z.array(z.string()).optional().meta({
    description:
      'With onDrift "replace": what hangs on that and is not restored; it is dropped and made again as it is today',
  }),
  lost: z.array(lostObject).optional().meta({
    description: 'With onDrift "replace": what came since and is dropped, which dropNew has to allow',
  }),
};

/** Of a report. */
export const doneReplacement = {
  replaced: z.array(z.string()).optional().meta({
    description: 'With onDrift "replace": what was dropped and made again as in the backup',
  }),
  remade: z.array(z.string()).optional().meta({ description: 'What was dropped and made again as it was' }),
  lost: z.array(z.string()).optional().meta({ description: 'What came since and was dropped' }),
};

interface Choice {
  onDrift: string;
  dropNew: boolean;
  restoreType: string;
  target: { mode: string };
  targetUrl?: unknown;
  owners: boolean;
  ownership?: unknown;
}

/** The rules between `onDrift: "replace"` and the rest, for `superRefine`. */
export function replaceChoice(choice: Choice, context: z.RefinementCtx): void {
  const issue = (field: string, message: string): void =>
    context.addIssue({ code: 'custom', path: [field], message });
  if (choice.onDrift !== 'replace') {
    if (choice.dropNew) issue('dropNew', 'needs onDrift "replace"');
    return;
  }
  const elsewhere = choice.target.mode !== 'in-place' || choice.targetUrl !== undefined;
  if (elsewhere) issue('onDrift', 'live tables are replaced, in place');
  if (choice.restoreType === 'rows') issue('onDrift', 'only whole tables are replaced');
  if (!choice.owners || choice.ownership === 'skip') {
    issue('owners', 'what is replaced comes back with its owner and privileges');
  }
}

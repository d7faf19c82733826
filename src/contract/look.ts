import { z } from 'zod';
import { schemaNames } from './names.ts';
import { id, storableText } from './fields.ts';
import { identity } from './identity.ts';

export const table = storableText(300)
  .min(1)
  .meta({
    description: '`table` (schema public) or `schema.table`; of a partitioned table those of its partitions',
    examples: ['public.orders'],
  });

export const keyText = storableText(10_000).min(1);
/** What is looked for: the value of the first column of the primary key, or a value for each of some columns. */
export const key = z.union([
  keyText,
  z.number().int(),
  z
    .record(
      storableText(63).min(1),
      z.union([keyText, z.literal(''), z.number().int(), z.boolean(), z.null()]),
    )
    .refine((columns) => Object.keys(columns).length > 0, 'names no column'),
]);

/** In an address and on a command line a key of several columns is a JSON object. */
export function keyInText(text: string, context?: z.RefinementCtx): unknown {
  if (!text.startsWith('{')) return text;
  try {
    return JSON.parse(text);
  } catch {
    context?.addIssue({ code: 'custom', message: 'begins like a JSON object and is none' });
    return z.NEVER;
  }
}

const limitMax = 1_000;
/** How many of what is looked at. */
export const limit = z.number().int().min(1).max(limitMax);

/** The same in a query string. @param what the description of it, before its range */
export function limitInQuery(what: string, otherwise: number) {
  return z
    .string()
    .regex(/^\d{1,4}$/, `must be a number from 1 to ${limitMax}`)
    .transform(Number)
    .pipe(limit)
    .optional()
    .meta({ description: `${what}1 to ${limitMax}, default ${otherwise}` });
}

/** A key in a query string. */
export const keyInQuery = keyText.transform(keyInText).pipe(key).meta({
  description:
    'The value of the first column of the primary key, or a JSON object of columns and values: `{"order_id": 5, "line": 2}`',
});
const after = z
  .string()
  .regex(/^\d{1,9}\.\d{1,9}\.\d{1,12}$/, 'must be the `nextCursor` of an answer')
  .optional()
  .meta({ description: '`nextCursor` of the answer before' });

/** `POST /backup/{id}/rows` */
export const rowsBody = z
  .strictObject({ table, key: key.optional(), limit: limit.default(50), after, identity })
  .register(schemaNames, { id: 'RowsBody' });
export type RowsBody = z.input<typeof rowsBody>;

/** The same in a query string. */
export const rowsQuery = z.strictObject({
  table,
  key: keyInQuery.optional(),
  limit: limitInQuery('', 50),
  after,
});

/** Rows of a backup, as they were. */
export const rowsAnswer = z
  .object({
    backupId: id,
    columns: z.array(z.object({ name: z.string(), type: z.string() })).meta({
      description: 'Generated columns are not in a backup',
    }),
    keyColumns: z.array(z.string()).nullable().meta({
      description: 'Those of the primary key, by which a row can be restored; null without one',
    }),
    rows: z.array(z.array(z.string().nullable())).meta({
      description: 'Values as PostgreSQL writes them as text; null for NULL',
    }),
    truncated: z.string().optional().meta({
      description:
        'What of this answer is not whole, as sentences: it holds at most 8 MiB, and of one value at most 1 MiB',
    }),
    nextCursor: z.string().optional().meta({ description: 'Where there are more' }),
    rangesRead: z.number().meta({ description: 'How many ranges of the table were read for this answer' }),
    ranges: z.number().meta({ description: 'How many it has' }),
  })
  .register(schemaNames, { id: 'RowsAnswer' });
export type RowsAnswer = z.output<typeof rowsAnswer>;

import { z } from 'zod';
import { id, storableText } from './fields.ts';
import { identity } from './identity.ts';
import { schemaNames } from './names.ts';
import { limit, limitInQuery, table } from './look.ts';

const column = storableText(63).min(1);
const by = z.array(column).min(1).max(32);

/** `POST /backup/{id}/diff` */
export const diffBody = z
  .strictObject({
    table,
    against: z
      .union([z.literal('live'), id])
      .default('live')
      .meta({
        description: 'The database as it is now, or another backup',
      }),
    by: by.optional().meta({
      description: 'Columns that no two rows have the same values of. Default: the primary key',
    }),
    limit: limit.default(50).meta({ description: 'Rows of each kind that are shown' }),
    identity,
  })
  .register(schemaNames, { id: 'DiffBody' });
export type DiffBody = z.input<typeof diffBody>;

/** The same in a query string. */
export const diffQuery = z.strictObject({
  table,
  against: z
    .union([
      z.literal('live'),
      z
        .string()
        .regex(/^\d{1,9}$/, 'must be `live` or the id of a backup')
        .transform(Number)
        .pipe(id),
    ])
    .optional()
    .meta({ description: '`live` (the default), or the id of another backup' }),
  by: storableText(2_000)
    .min(1)
    .transform((text) => text.split(','))
    .pipe(by)
    .optional()
    .meta({ description: 'Columns with commas between that no two rows have the same values of' }),
  limit: limitInQuery('Rows of each kind that are shown: ', 50),
});

const values = z.array(z.string().nullable()).nullable();

/** Which rows of a table differ from those of a backup. */
export const diffAnswer = z
  .object({
    backupId: id,
    against: z.union([z.literal('live'), id]),
    key: z.array(z.string()).meta({ description: 'The columns that tell which row is which' }),
    columns: z.array(z.object({ name: z.string(), type: z.string() })).meta({
      description: 'That both have, those of the key first; generated columns are not in a backup',
    }),
    onlyInBackup: z.array(z.string()).meta({ description: 'Columns that are not compared' }),
    onlyInOther: z.array(z.string()),
    otherTypes: z
      .array(z.object({ name: z.string(), backup: z.string(), other: z.string() }))
      .meta({ description: 'Columns whose type differs; their values are compared as text' }),
    added: z.number().meta({ description: 'Rows that the backup does not have' }),
    removed: z.number().meta({ description: 'Rows that only the backup has' }),
    changed: z.number(),
    unchanged: z.number(),
    rows: z
      .array(
        z.object({
          change: z.enum(['added', 'removed', 'changed']),
          backup: values.meta({ description: 'In the order of `columns`; null where there is no such row' }),
          other: values,
          differing: z.array(z.string()).meta({ description: 'Columns of a changed row that differ' }),
        }),
      )
      .meta({ description: 'Some of each kind; values as PostgreSQL writes them as text' }),
    more: z.boolean().meta({ description: 'Whether there are more than are shown' }),
  })
  .register(schemaNames, { id: 'DiffAnswer' });
export type DiffAnswer = z.output<typeof diffAnswer>;

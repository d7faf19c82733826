import { z } from 'zod';
import { id } from './fields.ts';
import { identity } from './identity.ts';
import { schemaNames } from './names.ts';
import { key, keyInQuery, limit, limitInQuery, table } from './look.ts';

/** `POST /rows/history` */
export const historyBody = z
  .strictObject({
    table,
    key,
    limit: limit.default(100).meta({ description: 'Backups that are looked into, the newest' }),
    identity,
  })
  .register(schemaNames, { id: 'HistoryBody' });
export type HistoryBody = z.input<typeof historyBody>;

/** The same in a query string. */
export const historyQuery = z.strictObject({
  table,
  key: keyInQuery,
  limit: limitInQuery('Backups that are looked into, the newest: ', 100),
});

const backup = z.object({ id, at: z.iso.datetime() });

/** How a row was in each backup. */
export const historyAnswer = z
  .object({
    backups: z.number().meta({ description: 'How many were looked into' }),
    more: z.boolean().meta({ description: 'Whether there are older ones' }),
    versions: z
      .array(
        z.object({
          first: backup.meta({ description: 'The first backup that has it so' }),
          last: backup,
          backups: z.number(),
          state: z.enum(['there', 'not there', 'no table']),
          values: z.record(z.string(), z.string().nullable()).nullable().meta({
            description: 'By column, as PostgreSQL writes them as text; null where there is no row',
          }),
          differing: z.array(z.string()).meta({ description: 'Columns that differ from the row before' }),
        }),
      )
      .meta({ description: 'From the oldest to the newest' }),
    skipped: z
      .array(z.object({ id, why: z.string() }))
      .meta({ description: 'Backups of which nothing is known: damaged, without a key, without the table' }),
    segmentsRead: z.number().meta({ description: 'Pieces of the table that were read for this answer' }),
  })
  .register(schemaNames, { id: 'HistoryAnswer' });
export type HistoryAnswer = z.output<typeof historyAnswer>;

import { z } from 'zod';
import { schemaNames } from './names.ts';
import { id, timestamp } from './fields.ts';

/** `GET /tables`: what a partial backup can choose from. */
export const tablesAnswer = z
  .object({
    tables: z.array(
      z.object({
        table: z.string().meta({ description: '`schema.name`, as POST /backup takes it' }),
        schema: z.string(),
        name: z.string(),
        kind: z.enum(['table', 'partitioned', 'partition']).meta({
          description: 'A partitioned table includes all of its partitions; its figures are their sums',
        }),
        partitions: z.number().meta({
          description: 'Of a partitioned table: how many partitions below it hold rows; 0 for others',
        }),
        estimatedRows: z.number().nullable().meta({
          description: "The planner's estimate; null for a table that was never analysed",
        }),
        totalBytes: z.number().meta({ description: 'On disk, with TOAST and indexes' }),
      }),
    ),
  })
  .register(schemaNames, { id: 'TablesAnswer' });
export type TablesAnswer = z.infer<typeof tablesAnswer>;
export type TableInDatabase = TablesAnswer['tables'][number];

/** `GET /tables/missing`: what the newest good full backup has and the database has not. */
export const missingTablesAnswer = z
  .object({
    backup: z
      .object({ id, snapshotAt: timestamp })
      .nullable()
      .meta({ description: 'The one that was compared; null while there is none' }),
    total: z.number().meta({ description: 'Each partition counts' }),
    tables: z
      .array(z.object({ table: z.string().meta({ description: '`schema.name`' }), rows: z.number() }))
      .meta({ description: 'Those with the most rows, at most 100' }),
  })
  .register(schemaNames, { id: 'MissingTablesAnswer' });
export type MissingTablesAnswer = z.infer<typeof missingTablesAnswer>;

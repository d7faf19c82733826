import { z } from 'zod';
import { schemaNames } from './names.ts';

/** `GET /tables`: what a partial backup can choose from. */
export const tablesAnswer = z
  .object({
    tables: z.array(
      z.object({
        table: z.string().meta({ description: '`schema.name`, as POST /backup takes it' }),
        schema: z.string(),
        name: z.string(),
        kind: z.enum(['table', 'partitioned', 'partition']).meta({
          description: 'A partitioned table stands for all of its partitions; figures are their sums',
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

import { z } from 'zod';
import { schemaNames } from './names.ts';

/**
 * Rows of a backup that cannot be restored, at most: those that were read together with a chunk that is missing or damaged.
 */
export const lostRows = z
  .object({
    table: z.string().meta({ description: '`schema.table`, or `large objects`' }),
    firstRow: z.number().meta({ description: 'The first of them, counted from 1 within the table' }),
    rows: z.number().meta({ description: 'How many they are, at most' }),
    of: z.number().meta({ description: 'How many rows of the table the backup has' }),
    fromBlock: z.number().nullable().meta({ description: 'The block of the table that the first came from' }),
    toBlock: z.number().nullable().meta({ description: 'The block behind the last; null: to the end' }),
  })
  .register(schemaNames, { id: 'LostRows' });
export type LostRows = z.infer<typeof lostRows>;

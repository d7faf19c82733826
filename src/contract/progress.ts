import { z } from 'zod';
import { schemaNames } from './names.ts';

/** How far a run has come. Numbers only grow within a run; `estimated…` are guesses from the catalog. */
export const progress = z
  .object({
    phase: z.enum([
      'starting',
      'listing',
      'schema',
      'data',
      'indexes',
      'constraints',
      'large-objects',
      'proof',
      'finishing',
      'cleanup',
    ]),
    tablesDone: z.number(),
    tablesTotal: z.number(),
    rows: z.number(),
    rawBytes: z.number().meta({ description: 'COPY text read or written so far' }),
    storedBytes: z
      .number()
      .meta({ description: 'Compressed bytes put into, read from or freed in the store so far' }),
    rawBytesPerSecond: z
      .number()
      .nullable()
      .meta({ description: 'Over the last seconds; null while unknown' }),
    estimatedRawBytes: z.number().meta({ description: 'A guess for a backup, exact for a restore' }),
    currentTable: z.string().nullable().meta({ description: '`schema.name` of a table being worked on' }),
    machines: z.number().optional().meta({
      description: 'How many machines work on it now; absent where a run cannot be shared',
    }),
  })
  .register(schemaNames, { id: 'Progress' });
export type Progress = z.infer<typeof progress>;

import { z } from 'zod';
import { schemaNames } from './names.ts';

/** What summaries of the server's write-ahead log were good for, where it keeps them: PostgreSQL 17 and later, `summarize_wal = on`. */
export const summaryUse = z
  .object({
    rangesUnchanged: z.number().meta({
      description:
        'Of the unchanged pieces, those that the log does not name: their rows were not even counted',
    }),
    waitedMs: z.number().meta({ description: 'For a checkpoint, and for the server to summarize its log' }),
    problem: z.enum(['not permitted', 'too late', 'missing', 'failed']).nullable().meta({
      description:
        'Why rows were counted all the same: the role is no member of pg_checkpoint; the checkpoint or the summaries took too long; summaries are missing for some or all of the time; they could not be read',
    }),
  })
  .register(schemaNames, { id: 'SummaryUse' });
export type SummaryUse = z.infer<typeof summaryUse>;

/** How much of a backup was read, and how much had not changed since an earlier one. */
export const backupReuse = z
  .object({
    rangesUnchanged: z
      .number()
      .meta({ description: 'Pieces of tables that were not read: nothing in them has changed' }),
    rangesChanged: z
      .number()
      .meta({ description: 'Pieces of tables with changes; of some only the changed rows were read' }),
    rangesRead: z.number().meta({ description: 'Pieces of tables that were read without a comparison' }),
    rowsChanged: z.number().nullable().meta({
      description: 'New, updated and deleted rows; null where some ranges were read as a whole',
    }),
    walSummaries: summaryUse.nullable().optional().meta({ description: 'Null where the server keeps none' }),
  })
  .register(schemaNames, { id: 'BackupReuse' });
export type BackupReuse = z.infer<typeof backupReuse>;

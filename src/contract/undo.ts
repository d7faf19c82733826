import { z } from 'zod';
import { id } from './fields.ts';
import { identity } from './identity.ts';
import { schemaNames } from './names.ts';
import { safetyBackup } from './way-back.ts';

/** `POST /restore/{id}/undo` */
export const undoBody = z
  .strictObject({
    onRefreshFailure: z.enum(['fail', 'leave-empty']).default('fail').meta({
      description: 'As of a restore',
    }),
    onInvalid: z.enum(['fail', 'not-valid']).default('fail').meta({ description: 'As of a restore' }),
    safetyBackup,
    identity,
  })
  .register(schemaNames, { id: 'UndoBody' });
export type UndoBody = z.input<typeof undoBody>;

/** What was written to a table since a restore. */
export const writtenSince = z.object({
  table: z.string().meta({ description: '`schema.name`' }),
  written: z.number().nullable().meta({
    description: 'Rows of now that were inserted or changed since; exact, or null where that cannot be told',
  }),
  gone: z.number().nullable().meta({
    description: 'Rows that the restore left and that were deleted or changed since; exact, or null',
  }),
});
export type WrittenSince = z.infer<typeof writtenSince>;

/** Of a plan: which restore it undoes, and what would be lost with that. */
export const plannedUndo = z
  .object({
    restoreId: id,
    writtenSince: z.array(writtenSince),
    ofRows: z.boolean().meta({
      description:
        'Whether that restore was of chosen rows. Without `byRows` its undo puts back the tables as they were before it, with all other rows',
    }),
    byRows: z.boolean().default(false).meta({
      description:
        'Whether exactly the rows that it replaced are put back, out of those that it kept; others stay as they are',
    }),
    changedRows: z
      .array(z.object({ table: z.string(), key: z.record(z.string(), z.string().nullable()) }))
      .optional()
      .meta({ description: 'With `byRows`: the first 100 rows that were inserted or changed since' }),
    stays: z.array(z.string()).meta({
      description: 'Objects that the restore created: they stay, with their rows',
    }),
  })
  .register(schemaNames, { id: 'PlannedUndo' });
export type PlannedUndo = z.infer<typeof plannedUndo>;

/** A restore in place that is undone, as far as its undo needs to know; kept with the run that undoes it. */
export interface UndoneRestore {
  id: number;
  /** The tables whose rows it replaced, as `schema.name`, with the rows that it left there. */
  tables: { table: string; rows: number }[];
  /** The sequences that it set, as `schema.name`; null where that is not known. */
  sequences: string[] | null;
  /** Whether it is undone with the rows that it has kept, and not with a backup. */
  byRows?: boolean;
  /** Whether it was of chosen rows: then `tables` may be partitioned ones, and most of their rows are not its own. */
  ofRows: boolean;
  /** Tables whose rows it adapted to another form, as they are named in the backup; today they may be partitioned. */
  adapted: string[];
  /** Whether it was of everything. */
  whole: boolean;
  /** Whether it replaced large objects. */
  largeObjects: boolean;
  /** The number of the transaction in which it took effect; null where that is not known. */
  transaction: string | null;
  /** What it created, in words. */
  created: string[];
  /** Where it replaced definitions: the objects that it dropped or made, in words; their definitions are put back too. */
  objects?: string[];
}

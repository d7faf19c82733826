import { z } from 'zod';
import { errorAnswer, id, runState, timestamp } from './fields.ts';
import { runFields } from './run-fields.ts';
import { schemaNames } from './names.ts';

/** `POST /backup/cleanup` */
export const cleanupBody = z.strictObject({
  dryRun: z.boolean().default(false).meta({ description: 'Only say what would be deleted, and why' }),
});
export type CleanupBody = z.input<typeof cleanupBody>;

/** One cleanup, or the deletion of one backup on request. */
export const cleanup = z
  .object({
    id: id.nullable().meta({ description: 'Null for a dry run, of which nothing is kept' }),
    dryRun: z.boolean(),
    status: runState,
    trigger: z.enum(['manual', 'schedule']),
    reason: z.string().meta({ description: 'Of the deletions' }),
    ...runFields,
    backups: z
      .array(
        z.object({
          id,
          uuid: z.string().optional(),
          createdAt: timestamp.optional(),
          status: z.string().optional(),
          store: z
            .string()
            .optional()
            .meta({ description: 'Deleted in this store only; another one has it' }),
          reasons: z.array(z.string()).readonly().optional().meta({ description: 'Why a policy lets it go' }),
        }),
      )
      .meta({ description: 'What was deleted, or in a dry run would be' }),
    inUse: z.array(id).meta({ description: 'Due for deletion but in use; the next cleanup deletes it' }),
    chunksDeleted: z.number(),
    bytesFreed: z.number(),
    cleanupPending: z.boolean().meta({
      description:
        'A later cleanup frees more space: an active run, or the next run after a failed one, may still need it',
    }),
    errors: z.array(z.unknown()).meta({ description: 'What went wrong without ending it' }),
    error: errorAnswer.nullable().meta({ description: 'Why it did not complete' }),
  })
  .register(schemaNames, { id: 'Cleanup' });
export type Cleanup = z.infer<typeof cleanup>;

/** 202, or 201 after waiting; 200 for a dry run. */
export const cleanupAnswer = z.object({ success: z.literal(true), cleanup });

/** `GET /backup/cleanup`, newest first. */
export const cleanupPage = z
  .object({ cleanups: z.array(cleanup), total: z.number(), nextCursor: z.string().optional() })
  .register(schemaNames, { id: 'CleanupPage' });
export type CleanupPage = z.infer<typeof cleanupPage>;

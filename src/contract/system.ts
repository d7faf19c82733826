import { z } from 'zod';
import { schemaNames } from './names.ts';
import { runKinds } from './states.ts';
import { healthStates, healthWarningCodes, schedulerStates } from './health.ts';
import { backupSummary } from './backup.ts';
import { id, timestamp } from './fields.ts';

/** `POST /init-backup-tables` */
export const initAnswer = z
  .object({
    success: z.literal(true),
    initialized: z.literal(true),
    message: z.string(),
    tables: z.array(z.string()).meta({ description: '`schema.name` of each of our tables' }),
    replaced: z
      .array(z.string())
      .meta({ description: 'Tables that were gone while others were there, and were made again, empty' }),
    damagedBackups: z
      .array(z.number())
      .meta({ description: 'Ids of backups that have lost data with them; see `damage` of each' }),
  })
  .register(schemaNames, { id: 'InitAnswer' });
export type InitAnswer = z.infer<typeof initAnswer>;

/** `GET /init-backup-tables`: what `POST` would do, and where. */
export const initPlan = z
  .object({
    initialized: z.boolean(),
    database: z.object({ name: z.string(), serverVersion: z.string() }),
    tables: z.array(z.string()).meta({ description: '`schema.name` of each table that is or would be ours' }),
  })
  .register(schemaNames, { id: 'InitPlan' });
export type InitPlan = z.infer<typeof initPlan>;

/** The 503 body of every endpoint but init until the tables exist; fixed to the letter. */
export const notInitializedAnswer = z
  .object({
    error: z.literal('Backup system not initialized'),
    message: z.string(),
    action_required: z.literal('init_backup_tables'),
    initialization_url: z.string(),
  })
  .register(schemaNames, { id: 'NotInitialized' });
export type NotInitializedAnswer = z.infer<typeof notInitializedAnswer>;

export const runningJob = z
  .object({ kind: z.enum(runKinds), id, startedAt: timestamp })
  .register(schemaNames, { id: 'RunningJob' });

export const readyStatus = z
  .object({
    initialized: z.literal(true),
    message: z.literal('Backup system is ready'),
    version: z.string().meta({ description: 'Of Holdfast' }),
    health: z.object({
      state: z.enum(healthStates).meta({
        description: 'Whether the newest due backup is there, late, failing, or nothing is scheduled',
      }),
      reason: z.string().meta({ description: 'In one sentence' }),
      failures: z.number().meta({ description: 'Runs since the last good backup that did not complete' }),
      lastFailure: z.string().nullable().meta({ description: 'What the newest of them ended in' }),
      warnings: z
        .array(z.object({ code: z.enum(healthWarningCodes), message: z.string() }))
        .meta({ description: 'What somebody should look at although it is not wrong in itself' }),
    }),
    scheduler: z.enum(schedulerStates).meta({
      description:
        'Whether any process starts what is due; unknown where none may hold a connection for it (idlePollSeconds 0)',
    }),
    database: z.object({ name: z.string(), serverVersion: z.string() }),
    running: runningJob.nullable(),
    backups: z.object({
      total: z.number(),
      completed: z.number(),
      damaged: z
        .number()
        .meta({ description: 'Of the completed ones: something of them is missing or damaged' }),
      storedBytes: z.number().meta({ description: 'Bytes of all chunks in the store' }),
    }),
    lastCompleted: backupSummary.nullable(),
  })
  .register(schemaNames, { id: 'ReadyStatus' });

/** `GET /backup/status`: 200 in both cases. */
export const statusAnswer = z
  .discriminatedUnion('initialized', [
    readyStatus,
    notInitializedAnswer.extend({ initialized: z.literal(false) }),
  ])
  .register(schemaNames, { id: 'StatusAnswer' });
export type StatusAnswer = z.infer<typeof statusAnswer>;

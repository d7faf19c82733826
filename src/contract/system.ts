import { z } from 'zod';
import { schemaNames } from './names.ts';
import { runKinds } from './states.ts';
import { healthFinding, healthStates, healthWarning, schedulerStates } from './health.ts';
import { backupSummary } from './backup.ts';
import { id, timestamp } from './fields.ts';
import { statusFigures } from './status-figures.ts';
import { protectionStates, proved, recoveryPoint, recoveryTime } from './recovery.ts';

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
        description:
          'Whether every schedule has its last due backup, one is late, runs fail, the newest backup is damaged, or no schedule is enabled',
      }),
      reason: z.string().meta({ description: '`finding` as a sentence, with times in UTC' }),
      finding: healthFinding.meta({ description: 'Why it is in this state, as a code and figures' }),
      failures: z
        .number()
        .meta({ description: 'Runs since the last good backup that failed or were interrupted' }),
      lastFailure: z.string().nullable().meta({ description: 'The error message of the newest of them' }),
      warnings: z
        .array(healthWarning.and(z.object({ message: z.string() })))
        .meta({ description: 'What an operator should look at although backups go on' }),
    }),
    scheduler: z.enum(schedulerStates).meta({
      description:
        'Whether any process starts scheduled backups; unknown with idlePollSeconds 0, where none holds a connection for it',
    }),
    database: z.object({ name: z.string(), serverVersion: z.string() }),
    running: runningJob.nullable(),
    tenants: z
      .object({ column: z.string(), except: z.array(z.string()) })
      .nullable()
      .meta({ description: 'The setting that says which rows are those of a tenant; null without one' }),
    backups: z.object({
      total: z.number(),
      completed: z.number(),
      damaged: z
        .number()
        .meta({ description: 'Completed backups of which stored data is missing or damaged' }),
      storedBytes: z.number().nullable().meta({
        description:
          'Bytes of all chunks in the store that backups are written to; null while it cannot be used',
      }),
    }),
    lastCompleted: backupSummary.nullable(),
    protection: z
      .object({ state: z.enum(protectionStates), words: z.string() })
      .meta({ description: 'Whether the backups protect the database, in words that can be relied on' }),
    recoveryPoint,
    recoveryTime,
    proved,
    ...statusFigures.shape,
    read: z
      .array(
        z.object({
          store: z.string(),
          since: timestamp,
          message: z.string().meta({ description: 'The same as a sentence, with the day in UTC' }),
        }),
      )
      .meta({
        description:
          'Of the stores that backups are written and copied to: since when every byte has been read again, or written. Without those that are empty or do not answer',
      }),
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

import { z } from 'zod';
import { channelKinds } from './channel-kinds.ts';
import { deliveryProblems } from './channel.ts';
import { id, timestamp } from './fields.ts';
import { brake } from './finding.ts';

/**
 * `healthy`: every schedule has the backup that was due last. `late`: a backup that was due is missing. `failing`: the
 * last runs failed, or stored data is gone. `damaged`: the newest backup cannot be restored whole. `unscheduled`: no
 * schedule is enabled.
 */
export const healthStates = ['healthy', 'late', 'failing', 'damaged', 'unscheduled'] as const;
export type HealthState = (typeof healthStates)[number];

/** Whether any process starts scheduled backups. */
export const schedulerStates = ['running', 'none', 'unknown'] as const;
export type SchedulerState = (typeof schedulerStates)[number];

/** When the last good backup began: a full one if there is any; null without one. */
const lastGoodAt = timestamp.nullable();

/** Damaged backups and what they cannot restore; the lists hold the first five. */
const damage = {
  backupIds: z.array(id),
  backupCount: z.number(),
  tables: z.array(z.string()).meta({ description: 'Tables that cannot be restored, as far as known' }),
  tableCount: z.number(),
};

/** Why the health is in its state. The sentence for it is made by `healthSentence` of health-words.ts. */
export const healthFinding = z.discriminatedUnion('code', [
  z.object({ code: z.literal('UP_TO_DATE'), lastGoodAt }),
  z.object({ code: z.literal('NO_BACKUP_YET') }),
  z.object({
    code: z.literal('SCHEDULE_WITHOUT_BACKUP'),
    lastGoodAt,
    scheduleName: z.string(),
    enabledSchedules: z.number(),
  }),
  z.object({
    code: z.literal('BACKUP_OVERDUE'),
    lastGoodAt,
    dueAt: timestamp,
    scheduleName: z.string(),
    enabledSchedules: z.number(),
  }),
  z.object({
    code: z.literal('RUNS_FAILED'),
    lastGoodAt,
    failures: z.number(),
    lastFailure: z.string().nullable(),
  }),
  z.object({
    code: z.literal('STORE_INCOMPLETE'),
    storedBytes: z.number().meta({ description: 'Bytes in the store' }),
    backupId: id,
    neededBytes: z.number().meta({ description: 'Bytes that this backup alone needs' }),
  }),
  z.object({
    code: z.literal('STORE_UNUSABLE'),
    lastGoodAt,
    store: z.string(),
    message: z.string().meta({ description: 'Why backups cannot be written there' }),
  }),
  z.object({ code: z.literal('BACKUPS_DAMAGED'), lastGoodAt, ...damage }),
  z.object({ code: z.literal('NO_SCHEDULE'), lastGoodAt }),
]);
export type HealthFinding = z.infer<typeof healthFinding>;

/** What an operator should look at although backups go on. `usual…` is the median of the good full backups before it. */
export const healthWarning = z.discriminatedUnion('code', [
  z.object({ code: z.literal('SIZE_UNUSUAL'), backupId: id, bytes: z.number(), usualBytes: z.number() }),
  z.object({ code: z.literal('ROWS_UNUSUAL'), backupId: id, rows: z.number(), usualRows: z.number() }),
  z.object({ code: z.literal('BACKUP_WARNINGS'), backupId: id, warnings: z.number() }),
  z.object({ code: z.literal('SCHEDULER_MISSING') }),
  z.object({
    code: z.literal('STORE_FAILING'),
    store: z.string(),
    since: timestamp.meta({ description: 'Of the first self-test that failed' }),
    problem: z.string().meta({ description: 'What the last one failed with' }),
  }),
  z.object({
    code: z.literal('STORE_ROLLED_BACK'),
    store: z.string(),
    since: timestamp.meta({ description: 'When it was first found' }),
    backupId: id.meta({ description: 'The newest backup that must be in the store' }),
    problem: z.string().meta({ description: 'What is there instead' }),
  }),
  z.object({
    code: z.literal('STORE_DOCUMENT_REFUSED'),
    store: z.string(),
    since: timestamp,
    uuid: z.string(),
    object: z.string().meta({ description: 'The key of the object in the store' }),
    backupId: id
      .nullable()
      .meta({ description: 'The backup of the catalog whose document it is; null for none' }),
    documents: z.number().meta({ description: 'How many there are in that store' }),
    problem: z.string(),
  }),
  z.object({
    code: z.literal('DRILL_FAILED'),
    backupId: id,
    at: timestamp,
    problem: z.string().meta({ description: 'What did not come back' }),
  }),
  z.object({ code: z.literal('BACKUPS_DAMAGED'), ...damage }),
  z.object({
    code: z.literal('COPY_BEHIND'),
    store: z.string(),
    backups: z.number().meta({ description: 'How many are to be there and are not' }),
    newestCopyAt: timestamp
      .nullable()
      .meta({ description: 'Of the newest backup that is there: the moment its data are of' }),
    newestAt: timestamp.meta({ description: 'Of the newest one that is not' }),
    lastError: z.string().nullable().meta({ description: 'Why the last copy to it failed' }),
  }),
  z.object({ code: z.literal('ONLY_IN_DATABASE') }),
  z.object({
    code: z.literal('DATABASE_UNREACHABLE'),
    problem: z.string().meta({ description: 'Why the protected database does not answer' }),
  }),
  z.object({
    code: z.literal('DATABASES_UNPROTECTED'),
    databases: z.array(z.string()).meta({ description: 'The first ten of those that nothing protects' }),
    total: z.number(),
  }),
  z.object({
    code: z.literal('RECOVERY_POINT_MISSED'),
    ageSeconds: z.number().nullable().meta({ description: 'Null where there is no good full backup' }),
    targetSeconds: z.number(),
  }),
  z.object({
    code: z.literal('RECOVERY_TIME_MISSED'),
    seconds: z.number(),
    targetSeconds: z.number(),
    basis: z.enum(['drill', 'restore']).meta({ description: 'What measured it' }),
  }),
  z.object({
    code: z.literal('SCRUB_FAILING'),
    store: z.string(),
    since: timestamp.meta({
      description: 'Of the first scrub that failed since the last one that completed',
    }),
    problem: z.string().meta({ description: 'What the last one failed with' }),
  }),
  z.object({
    code: z.literal('BACKUP_SUSPICIOUS'),
    findingId: id,
    backupId: id,
    problem: z.string().meta({ description: 'What looks like damage, in a sentence' }),
  }),
  z.object({ code: z.literal('CLEANUP_STOPPED'), ...brake.shape }),
  z.object({
    code: z.literal('CHANNEL_FAILING'),
    channel: z.string(),
    kind: z.enum(channelKinds),
    since: timestamp
      .nullable()
      .meta({ description: 'Since when it takes nothing; null where it does again' }),
    waiting: z.number().meta({ description: 'Messages that have not arrived yet' }),
    givenUp: z.number().meta({ description: 'Messages that never arrived' }),
    problem: z.enum(deliveryProblems).nullable(),
    status: z.number().nullable().meta({ description: 'What it answered last' }),
  }),
]);
export type HealthWarning = z.infer<typeof healthWarning>;

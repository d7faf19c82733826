import { z } from 'zod';
import { schemaNames } from './names.ts';
import { cronProblem, isTimeZone } from './cron.ts';
import { storableText, tablePatterns, timestamp } from './fields.ts';
import { storeName } from './store.ts';
import { tableChoice } from './table-choice.ts';
import { backupType, passwords, passwordsChoice } from './backup-type.ts';

export const frequencies = ['hourly', 'daily', 'weekly', 'monthly', 'cron'] as const;

const keepCount = z.number().int().min(0).max(10_000).nullable();

/** What is kept; docs/RETENTION.md says how the rules work together. */
const retention = {
  retentionDays: z.number().int().min(1).max(36_500).nullable().meta({
    description: 'Limit in days: older completed backups are deleted; null is no limit',
  }),
  maxBackups: z.number().int().min(1).max(100_000).nullable().meta({
    description: 'Limit: how many completed backups are kept; null for no limit',
  }),
  keepHourly: keepCount.meta({
    description: 'Keeps one backup for each of this number of hours that have one, even beyond the limits',
  }),
  keepDaily: keepCount.meta({ description: 'The same of days, in `timezone`' }),
  keepWeekly: keepCount.meta({ description: 'The same of ISO weeks' }),
  keepMonthly: keepCount.meta({ description: 'The same of months' }),
  keepYearly: keepCount.meta({ description: 'The same of years' }),
  keepMinimum: z.number().int().min(1).max(10_000).nullable().meta({
    description: 'How many of the newest completed backups are always kept; null is 1',
  }),
  failedDays: z.number().int().min(1).max(3_650).nullable().meta({
    description: 'How long failed, cancelled and interrupted runs are kept, in days; null is 7',
  }),
};

/** A store that is copied to. */
const scheduleCopy = z
  .strictObject({ store: storeName, ...z.strictObject(retention).partial().shape })
  .meta({ description: 'Without any rule it keeps what the schedule keeps' });

const settings = {
  enabled: z.boolean(),
  frequency: z.enum(frequencies),
  time: z
    .string()
    .regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$/, 'must be HH:MM, 00:00 to 23:59')
    .meta({ description: 'HH:MM in `timezone`; of an hourly schedule only the minutes count' }),
  ...retention,
  jitterSeconds: z.number().int().min(0).max(3_600).meta({
    description:
      'A run starts at a random moment up to this number of seconds after it is due, so that many databases do not start at once; 0 is no delay',
  }),
  missedRuns: z.enum(['once', 'skip']).meta({
    description: 'A run that was due while nothing was running: caught up once, or skipped',
  }),
  dayOfWeek: z.number().int().min(0).max(6).meta({ description: 'Weekly: 0 is Sunday' }),
  dayOfMonth: z.union([z.number().int().min(1).max(31), z.literal('last')]).meta({
    description: 'Monthly; a day that a month does not have is its last day',
  }),
  cron: storableText(200)
    .nullable()
    .superRefine((expression, context) => {
      const problem = expression === null ? null : cronProblem(expression);
      if (problem !== null) context.addIssue({ code: 'custom', message: problem });
    })
    .meta({ description: 'Five fields; needed by, and used only with, frequency `cron`' }),
  timezone: storableText(100)
    .refine(isTimeZone, 'must be an IANA time zone such as Europe/Zurich')
    .meta({ examples: ['UTC', 'Europe/Zurich'] }),
  type: backupType,
  passwords,
  tables: tablePatterns,
  store: storeName.nullable().meta({
    description:
      'Where its backups are written: a configured store; null for the one that is configured for backups',
  }),
  copyTo: z
    .array(scheduleCopy)
    .max(20)
    .refine(
      (copies) => new Set(copies.map(({ store }) => store)).size === copies.length,
      'names a store twice',
    )
    .nullable()
    .meta({
      description:
        'Stores that its backups are copied to, each with a retention of its own; null for those that are configured, with the retention of the schedule',
    }),
};

/** What a schedule is called; it is part of an address. */
export const scheduleName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9_-]{0,62}$/,
    'must be up to 63 of a-z, 0-9, - and _, and begin with a letter or digit',
  );

/** The whole schedule, every rule between the fields included. */
export const scheduleSettings = z.object(settings).superRefine((schedule, context) => {
  if (schedule.frequency === 'cron' && schedule.cron === null) {
    context.addIssue({ code: 'custom', path: ['cron'], message: 'frequency "cron" needs a cron expression' });
  }
  tableChoice('backup', 'type')(schedule, context);
  passwordsChoice(schedule, context);
});
export type ScheduleSettings = z.infer<typeof scheduleSettings>;

/** Of this machine, or UTC where that has no name. */
function ownTimeZone(): string {
  const name = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  return isTimeZone(name) ? name : 'UTC';
}

/** The schedule until one is set: off. */
export const defaultSchedule: ScheduleSettings = {
  enabled: false,
  frequency: 'daily',
  time: '02:00',
  retentionDays: 30,
  maxBackups: 10,
  dayOfWeek: 0,
  dayOfMonth: 1,
  cron: null,
  get timezone() {
    return ownTimeZone();
  },
  type: 'full',
  passwords: 'none',
  tables: [],
  store: null,
  copyTo: null,
  missedRuns: 'once',
  jitterSeconds: 0,
  keepHourly: null,
  keepDaily: null,
  keepWeekly: null,
  keepMonthly: null,
  keepYearly: null,
  keepMinimum: null,
  failedDays: null,
};

/** `POST /backup/schedule`: a field that is left out keeps the value it has. */
export const scheduleBody = z.strictObject(settings).partial().register(schemaNames, { id: 'ScheduleBody' });
export type ScheduleBody = z.infer<typeof scheduleBody>;

export const schedule = z
  .object({
    name: scheduleName,
    ...settings,
    updatedAt: timestamp.nullable().meta({ description: 'Null until it has been set' }),
    nextRunAt: timestamp.nullable(),
    notice: z.string().optional().meta({ description: 'Something about it that an operator must know' }),
  })
  .register(schemaNames, { id: 'Schedule' });
export type Schedule = z.infer<typeof schedule>;

export const scheduleAnswer = z.object({ schedule });
export const schedulesAnswer = z.object({ schedules: z.array(schedule) });
export const scheduleDeleteAnswer = z.object({
  success: z.literal(true),
  name: scheduleName,
  message: z.string(),
});
export type ScheduleDeleteAnswer = z.infer<typeof scheduleDeleteAnswer>;

/** What became of the newest times the schedule was due. */
const outcome = z.object({
  dueAt: timestamp,
  outcome: z.enum(['started', 'late', 'skipped']),
  reason: z.string().nullable().meta({ description: 'Why it was late or skipped' }),
  backupId: z.number().nullable(),
  recordedAt: timestamp,
});
export type ScheduleOutcome = z.infer<typeof outcome>;

export const previewCount = z.number().int().min(1).max(500);

/** The same in a query string. */
export const previewCountText = z
  .string()
  .regex(/^[0-9]{1,3}$/, 'must be a number from 1 to 500')
  .transform(Number)
  .pipe(previewCount)
  .meta({ description: '1 to 500, default 20' });

/** `POST /backup/schedule/preview`: changes that are not saved. */
export const schedulePreviewBody = z.strictObject({ ...settings, count: previewCount }).partial();
export type SchedulePreviewBody = z.infer<typeof schedulePreviewBody>;

const dueTime = z.object({
  at: timestamp,
  local: z.string().meta({ description: "As it reads in the schedule's time zone, with the offset" }),
  moved: z
    .boolean()
    .meta({ description: 'The clock skips the time that was set; it runs when the clock is changed' }),
  showing: z
    .enum(['first', 'second'])
    .optional()
    .meta({ description: 'Which of the two, where the clock shows a time twice' }),
});
export type DueTimePreview = z.infer<typeof dueTime>;

export const schedulePreviewAnswer = z.object({ runs: z.array(dueTime), outcomes: z.array(outcome) });
export type SchedulePreview = z.infer<typeof schedulePreviewAnswer>;

/** A policy that need not be saved; what is left out is as the schedule has it. */
export const retentionPolicy = z.strictObject(retention);
export const retentionBody = retentionPolicy
  .extend({ copyTo: settings.copyTo })
  .partial()
  .register(schemaNames, { id: 'RetentionBody' });
export type RetentionBody = z.infer<typeof retentionBody>;

const retentionReason = z.object({ code: z.string(), text: z.string() });
export const retentionPreviewAnswer = z.object({
  policy: z.object(retention),
  decisions: z.array(
    z.object({
      id: z.number(),
      action: z.enum(['keep', 'delete']),
      reasons: z.array(retentionReason),
    }),
  ),
  places: z
    .array(
      z.object({
        id: z.number(),
        store: z.string(),
        action: z.enum(['keep', 'delete']),
        reasons: z.array(retentionReason),
      }),
    )
    .meta({ description: 'Of backups that are in more than one store, what becomes of them in each' }),
  totals: z.object({
    kept: z.number(),
    deleted: z.number(),
    deletedBytes: z
      .number()
      .meta({ description: 'Stored bytes of what would be deleted; shared pieces stay' }),
  }),
});
export type RetentionPreview = z.infer<typeof retentionPreviewAnswer>;

import { z } from 'zod';
import { schemaNames } from './names.ts';
import { cronProblem, isTimeZone } from '../../catalog/schedule-rules.ts';
import { storableText, tablePatterns, timestamp } from './fields.ts';

export const frequencies = ['hourly', 'daily', 'weekly', 'monthly', 'cron'] as const;

const settings = {
  enabled: z.boolean(),
  frequency: z.enum(frequencies),
  time: z
    .string()
    .regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$/, 'must be HH:MM, 00:00 to 23:59')
    .meta({ description: 'HH:MM in `timezone`; of an hourly schedule only the minutes count' }),
  retentionDays: z.number().int().min(1).max(36_500).nullable().meta({
    description: 'Scheduled backups older than this may be deleted; null keeps them whatever their age',
  }),
  maxBackups: z.number().int().min(1).max(100_000).nullable().meta({
    description: 'How many backups are kept; null for no limit',
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
  type: z.enum(['full', 'partial']),
  tables: tablePatterns,
};

/** The whole schedule, every rule between the fields included. */
export const scheduleSettings = z.object(settings).superRefine((schedule, context) => {
  if (schedule.frequency === 'cron' && schedule.cron === null) {
    context.addIssue({ code: 'custom', path: ['cron'], message: 'frequency "cron" needs a cron expression' });
  }
  if (schedule.type === 'partial' && schedule.tables.length === 0) {
    context.addIssue({
      code: 'custom',
      path: ['tables'],
      message: 'a partial backup needs at least one table',
    });
  }
  if (schedule.type === 'full' && schedule.tables.length > 0) {
    context.addIssue({
      code: 'custom',
      path: ['tables'],
      message: 'a full backup takes every table; send type "partial" to choose tables',
    });
  }
});
export type ScheduleSettings = z.infer<typeof scheduleSettings>;

/** What holds until someone sets a schedule: it is off. */
export const defaultSchedule: ScheduleSettings = {
  enabled: false,
  frequency: 'daily',
  time: '02:00',
  retentionDays: 30,
  maxBackups: 10,
  dayOfWeek: 0,
  dayOfMonth: 1,
  cron: null,
  timezone: 'UTC',
  type: 'full',
  tables: [],
};

/** `POST /backup/schedule`: a field that is left out keeps the value it has. */
export const scheduleBody = z.strictObject(settings).partial().register(schemaNames, { id: 'ScheduleBody' });
export type ScheduleBody = z.infer<typeof scheduleBody>;

export const schedule = z
  .object({
    ...settings,
    updatedAt: timestamp.nullable().meta({ description: 'Null until it has been set' }),
    nextRunAt: timestamp.nullable(),
    notice: z.string().optional().meta({ description: 'Something about it that an operator must know' }),
  })
  .register(schemaNames, { id: 'Schedule' });
export type Schedule = z.infer<typeof schedule>;

export const scheduleAnswer = z.object({ schedule });

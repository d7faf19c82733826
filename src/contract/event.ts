import { z } from 'zod';
import { runKinds, type RunKind } from './states.ts';
import { id, runState, timestamp } from './fields.ts';
import { sign } from './finding.ts';
import { progress } from './progress.ts';
import { schemaNames } from './names.ts';

/** What happens to a run of any kind. */
const runEvents = ['started', 'completed', 'failed', 'cancelled', 'interrupted'] as const;

export type EventType =
  | `${RunKind}.${(typeof runEvents)[number]}`
  /** Something of a completed backup, or of a copy of it, was found missing or altered, and had not been before. */
  | 'backup.damaged'
  /** A backup was due while no process was running to take it. */
  | 'schedule.missed'
  /** A backup was due and was not taken, because the one before had not ended. */
  | 'schedule.skipped'
  /** A backup looks as if data was damaged before it: cleanup is stopped until it is settled. */
  | 'backup.suspicious';

/** Changes of runs and schedules, as listeners receive them. */
export const eventTypes: readonly EventType[] = [
  ...runKinds.flatMap((kind) => runEvents.map((event) => `${kind}.${event}` as const)),
  'backup.damaged',
  'schedule.missed',
  'schedule.skipped',
  'backup.suspicious',
];

/** Something that happened to a run or a schedule, in whichever process. */
export const signal = z
  .object({
    type: z.enum(eventTypes),
    at: timestamp,
    kind: z.enum([...runKinds, 'schedule']),
    id: id.nullable().meta({ description: 'Of the run' }),
    scheduleName: z.string().nullable(),
    message: z.string().nullable().meta({ description: 'Why, where it did not go well' }),
    details: z
      .object({ findingId: id, total: z.number(), signs: z.array(sign) })
      .nullable()
      .meta({
        description: 'Of `backup.suspicious`: the finding, and its first five signs with their figures',
      }),
    eventId: z.number().meta({ description: 'Grows with time; where to go on from' }),
  })
  .register(schemaNames, { id: 'Signal' });
export type Signal = z.infer<typeof signal>;

/** How far a run has come, about twice a second while it goes on. */
export const runProgress = z
  .object({
    type: z.literal('progress'),
    kind: z.enum(runKinds),
    id,
    status: runState,
    progress: progress.nullable(),
  })
  .register(schemaNames, { id: 'RunProgress' });
export type RunProgress = z.infer<typeof runProgress>;

export type SystemEvent = Signal | RunProgress;
export type SystemEventType = SystemEvent['type'];

import { z } from 'zod';
import { eventTypes } from '../../catalog/events.ts';
import { runKinds } from '../../catalog/states.ts';
import { id, progress, runState, timestamp } from './fields.ts';
import { schemaNames } from './names.ts';

/** Something that happened to a run or a schedule, in whichever process. */
export const signal = z
  .object({
    type: z.enum(eventTypes),
    at: timestamp,
    kind: z.enum([...runKinds, 'schedule']),
    id: id.nullable().meta({ description: 'Of the run' }),
    scheduleName: z.string().nullable(),
    message: z.string().nullable().meta({ description: 'Why, where it did not go well' }),
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

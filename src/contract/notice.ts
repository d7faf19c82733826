import { z } from 'zod';
import { timestamp } from './fields.ts';
import { schemaNames } from './names.ts';
import { topics } from './topics.ts';

export const topic = z.enum(topics).register(schemaNames, { id: 'Topic' });

/**
 * `problem`: it has begun, or changed. `reminder`: it lasts. `recovery`: it is over. `done`: it happened once. `test`: it was asked for, to
 * try the channel.
 */
export const noticeKinds = ['problem', 'reminder', 'recovery', 'done', 'test'] as const;
export type NoticeKind = (typeof noticeKinds)[number];

/** How much it matters: `critical` where the database is not protected now. */
export const severities = ['critical', 'warning', 'info'] as const;
export type Severity = (typeof severities)[number];

/** What to do. */
export const nextStep = z.object({
  words: z.string(),
  command: z.string().nullable().meta({ description: 'For a shell, exactly' }),
  page: z
    .string()
    .nullable()
    .meta({ description: 'The address of the screen; null where no origin is configured' }),
});
export type NextStep = z.infer<typeof nextStep>;

/** One message, in the form in which a webhook gets it as `data`. */
export const notice = z
  .object({
    kind: z.enum(noticeKinds),
    topic: z.enum([...topics, 'test']),
    severity: z.enum(severities),
    key: z.string().meta({
      description:
        'The same in all messages about one problem of one installation, so that receivers can join them',
    }),
    title: z.string().meta({ description: 'One line' }),
    cause: z.string().meta({ description: 'What is the matter, in a sentence or two' }),
    lastGoodBackup: z.string().meta({ description: 'The last good backup, as a sentence' }),
    nextStep: nextStep.nullable(),
    database: z.string(),
    since: timestamp.nullable().meta({ description: 'When it was first seen; null for what lasts no time' }),
    at: timestamp.meta({ description: 'When the message was written' }),
  })
  .register(schemaNames, { id: 'Notice' });
export type Notice = z.infer<typeof notice>;

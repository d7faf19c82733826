import { z } from 'zod';
import { errorAnswer, id, runState, timestamp } from './fields.ts';
import { runFields } from './run-fields.ts';
import { schemaNames } from './names.ts';

/** One time a share of a store was read, to find out whether its bytes are still those that were written. */
export const scrub = z
  .object({
    id,
    store: z.string(),
    share: z.number().meta({ description: 'Which share of the store is read: what was read longest ago' }),
    due: z.boolean().meta({ description: 'Whether it was due; else it was asked for' }),
    readUntil: timestamp
      .nullable()
      .meta({ description: 'What was last read before then is read; null before it has begun' }),
    status: runState.meta({ description: '`completed`: it was read, whatever was found' }),
    attempt: z.number().meta({ description: 'More than 1 if it was begun again' }),
    ...runFields,
    report: z
      .object({
        chunks: z.number().meta({ description: 'Chunks whose stored bytes are those that were written' }),
        storedBytes: z.number().meta({ description: 'Of these' }),
        missing: z.number(),
        damaged: z.number(),
        unknown: z.number().meta({
          description:
            'Chunks of an encrypted store that no backup needs and of which nobody knows what was written; a cleanup deletes them',
        }),
        readSince: timestamp
          .nullable()
          .meta({ description: 'Since when every byte had been read or written when it ended' }),
      })
      .nullable()
      .meta({ description: 'What was found; after a restart since then. Null unless completed' }),
    error: errorAnswer.nullable(),
  })
  .register(schemaNames, { id: 'Scrub' });
export type Scrub = z.infer<typeof scrub>;

/** `POST /stores/{name}/scrub` */
export const scrubBody = z
  .strictObject({
    share: z.number().gt(0).max(1).default(1).meta({
      description: 'Which share of the store is read, what was read longest ago first; default all of it',
    }),
  })
  .register(schemaNames, { id: 'ScrubBody' });
export type ScrubBody = z.input<typeof scrubBody>;

/** 202, or 201 after waiting. */
export const scrubAnswer = z.object({ success: z.literal(true), scrub });

/** `GET /scrub`, newest first. */
export const scrubPage = z
  .object({ scrubs: z.array(scrub), total: z.number(), nextCursor: z.string().optional() })
  .register(schemaNames, { id: 'ScrubPage' });
export type ScrubPage = z.infer<typeof scrubPage>;

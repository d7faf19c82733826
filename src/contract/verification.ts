import { z } from 'zod';
import { errorAnswer, id, runState, timestamp } from './fields.ts';
import { progress } from './progress.ts';
import { schemaNames } from './names.ts';

/** One time a backup was read again and checked. */
export const verification = z
  .object({
    id,
    backupId: id,
    backupUuid: z.string(),
    store: z.string().nullable().meta({ description: 'Where it was read; null in rows of earlier versions' }),
    status: runState.meta({ description: '`completed`: all of it is there. `failed`: see `error`' }),
    createdAt: timestamp,
    startedAt: timestamp.nullable(),
    finishedAt: timestamp.nullable(),
    heartbeatAt: timestamp.nullable(),
    progress: progress.nullable(),
    report: z
      .object({
        tables: z.number(),
        rows: z.number(),
        chunks: z.number(),
        rawBytes: z.number(),
        storedBytes: z.number(),
      })
      .nullable()
      .meta({ description: 'What was read and found to be what the manifest says; null unless completed' }),
    error: errorAnswer.nullable(),
  })
  .register(schemaNames, { id: 'Verification' });
export type Verification = z.infer<typeof verification>;

/** 202, or 201 after waiting. */
export const verificationAnswer = z.object({ success: z.literal(true), verification });

/** `GET /verification`, newest first. */
export const verificationPage = z
  .object({ verifications: z.array(verification), total: z.number(), nextCursor: z.string().optional() })
  .register(schemaNames, { id: 'VerificationPage' });
export type VerificationPage = z.infer<typeof verificationPage>;

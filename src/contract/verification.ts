import { z } from 'zod';
import { errorAnswer, id, runState } from './fields.ts';
import { identity } from './identity.ts';
import { runFields } from './run-fields.ts';
import { schemaNames } from './names.ts';
import { verificationLevels } from './states.ts';

function shareNeedsChecksum(
  { level, share }: { level: string; share?: number | undefined },
  context: z.core.$RefinementCtx,
): void {
  if (share === undefined || level === 'checksum') return;
  context.addIssue({ code: 'custom', path: ['share'], message: 'needs level checksum' });
}

/** `POST /backup/{id}/verify` */
export const verifyBody = z
  .strictObject({
    identity,
    level: z.enum(verificationLevels).default('content').meta({
      description:
        'presence: every chunk is there with its size. checksum: the stored bytes are those that were written. content: every chunk unpacks to what its name says, and every table has its rows. Only content needs the key of an encrypted store',
    }),
    share: z.number().gt(0).max(1).optional().meta({
      description:
        'With checksum: which share of the chunks is read, chosen at random. Default 1, all of them',
    }),
  })
  .superRefine(shareNeedsChecksum)
  .register(schemaNames, { id: 'VerifyBody' });
export type VerifyBody = z.input<typeof verifyBody>;

/** The same with a level above them, which is a run of another kind: `POST /backup/{id}/drill`. */
export const verifyOrDrillBody = z
  .strictObject({
    ...verifyBody.shape,
    level: z
      .enum([...verificationLevels, 'drill'])
      .default('content')
      .meta({
        description:
          'As in VerifyBody, or drill: the backup is restored into a scratch database and compared; the answer then has a drill',
      }),
  })
  .superRefine(shareNeedsChecksum)
  .register(schemaNames, { id: 'VerifyOrDrillBody' });

export const verificationReport = z
  .object({
    level: z.enum(verificationLevels),
    proved: z.string().meta({ description: 'What was proved, as a sentence' }),
    tables: z.number().nullable().meta({ description: 'Null where only the stored bytes were looked at' }),
    rows: z.number().nullable(),
    chunks: z.number().meta({ description: 'Chunks that were looked at' }),
    of: z.number().meta({ description: 'Chunks that the backup needs, as far as this level reads them' }),
    rawBytes: z.number().nullable(),
    storedBytes: z.number().meta({ description: 'Of the chunks that were looked at' }),
  })
  .register(schemaNames, { id: 'VerificationReport' });
export type VerificationReport = z.infer<typeof verificationReport>;

/** One time a backup was read again and checked. */
export const verification = z
  .object({
    id,
    backupId: id,
    backupUuid: z.string(),
    level: z.enum(verificationLevels),
    share: z
      .number()
      .nullable()
      .meta({ description: 'Which share of the chunks is read; null for all of them' }),
    store: z.string().nullable().meta({ description: 'Where it was read; null in rows of earlier versions' }),
    status: runState.meta({
      description: '`completed`: what the level proves is proved. `failed`: see `error`',
    }),
    ...runFields,
    report: verificationReport
      .nullable()
      .meta({ description: 'What was read and found to be what it should be; null unless completed' }),
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

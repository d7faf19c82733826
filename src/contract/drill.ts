import { z } from 'zod';
import { certificate, drillCause, verdict } from './certificate.ts';
import { errorAnswer, id, runState } from './fields.ts';
import { schemaNames } from './names.ts';
import { runFields } from './run-fields.ts';
import { drillTriggers } from './states.ts';

/** One time a backup was restored into a scratch database to prove it. */
export const drill = z
  .object({
    id,
    backupId: id,
    backupUuid: z.string(),
    store: z.string().meta({ description: 'Where it was read' }),
    trigger: z.enum(drillTriggers).meta({
      description:
        'manual: it was asked for. schedule: it was due. reported: its certificate was made elsewhere and posted here',
    }),
    status: runState.meta({
      description:
        '`completed`: passed or inconclusive. `failed`: the backup did not come back, or see `error`',
    }),
    verdict: verdict.nullable().meta({
      description:
        'passed: the backup came back, row for row. failed: it did not, and that is its own fault. inconclusive: that could not be found out; `cause` says why. Null until it is known',
    }),
    cause: drillCause.nullable().meta({ description: 'Why it is not `passed`' }),
    restoreMs: z
      .number()
      .nullable()
      .meta({ description: 'What the restore took, from the empty database to the whole one' }),
    rawBytes: z.number().nullable().meta({ description: 'Size of the rows as text' }),
    certified: z.boolean().meta({ description: 'Whether there is a certificate' }),
    attempt: z.number().meta({ description: 'More than 1 if it was begun again' }),
    ...runFields,
    error: errorAnswer.nullable(),
  })
  .register(schemaNames, { id: 'Drill' });
export type Drill = z.infer<typeof drill>;

/** 202, or 201 after waiting. */
export const drillAnswer = z.object({ success: z.literal(true), drill });

/** `GET /drill/{id}` */
export const drillDetail = z.object({
  drill,
  certificate: certificate.nullable().meta({ description: 'Null where there is none' }),
});
export type DrillDetail = z.infer<typeof drillDetail>;

/** `GET /drill`, newest first. */
export const drillPage = z
  .object({ drills: z.array(drill), total: z.number(), nextCursor: z.string().optional() })
  .register(schemaNames, { id: 'DrillPage' });
export type DrillPage = z.infer<typeof drillPage>;

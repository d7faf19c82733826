import { z } from 'zod';
import { verdict } from './certificate.ts';
import { id, runState, timestamp } from './fields.ts';
import { schemaNames } from './names.ts';

const provedAt = z.object({ backupId: id, at: timestamp }).nullable();

/**
 * The last time that a backup was proved at each level, all of it, in whichever store: of backups that are not known to be damaged. Null
 * where that never was.
 */
export const proofsByLevel = z
  .object({
    presence: provedAt,
    checksum: provedAt,
    content: provedAt,
    drill: provedAt,
  })
  .register(schemaNames, { id: 'ProofsByLevel' });
export type ProofsByLevel = z.infer<typeof proofsByLevel>;

/** The newest drill with a verdict. */
export const lastDrill = z
  .object({
    id,
    backupId: id,
    verdict,
    at: timestamp,
    ageSeconds: z.number(),
    restoreMs: z
      .number()
      .nullable()
      .meta({ description: 'From the empty database to the whole one; null where it did not come so far' }),
  })
  .register(schemaNames, { id: 'LastDrill' });
export type LastDrill = z.infer<typeof lastDrill>;

export const openFindings = z
  .object({
    open: z.number().meta({ description: 'Findings of damage in the data that nobody has settled' }),
    since: timestamp.nullable().meta({ description: 'Of the oldest of them; null without any' }),
  })
  .register(schemaNames, { id: 'OpenFindings' });
export type OpenFindings = z.infer<typeof openFindings>;

/** The last scrub of one store. */
export const lastScrub = z
  .object({
    store: z.string(),
    id,
    status: runState,
    share: z.number().meta({ description: 'Which share of the store is read' }),
    done: z
      .number()
      .nullable()
      .meta({ description: 'How much of that is read, 0 to 1; null while unknown, and once it has ended' }),
    finishedAt: timestamp.nullable(),
    ageSeconds: z.number().nullable().meta({ description: 'Since it ended' }),
    missing: z.number().nullable().meta({ description: 'Chunks; null unless completed' }),
    damaged: z.number().nullable(),
  })
  .register(schemaNames, { id: 'LastScrub' });
export type LastScrub = z.infer<typeof lastScrub>;

/** What metrics are made from, beside health and recovery. */
export const statusFigures = z.object({
  proofs: proofsByLevel,
  lastDrill: lastDrill.nullable(),
  findings: openFindings,
  scrubs: z
    .array(lastScrub)
    .meta({ description: 'By store, of those that are configured and were scrubbed' }),
});
export type StatusFigures = z.infer<typeof statusFigures>;

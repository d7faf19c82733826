import { z } from 'zod';
import { schemaNames } from './names.ts';

/** What was found of a backup: it came back, it did not, or that could not be found out. */
export const verdicts = ['passed', 'failed', 'inconclusive'] as const;
export type Verdict = (typeof verdicts)[number];
export const verdict = z.enum(verdicts);

/** What a drill proves, in the order in which it does. */
export const drillLevels = [
  'inventory',
  'restore',
  'rows',
  'sequences',
  'large-objects',
  'schema',
  'constraints',
  'checks',
] as const;
export type DrillLevel = (typeof drillLevels)[number];

const count = z.number().int().min(0);
const rowHash = z.string().regex(/^[0-9a-f]{64}$/);

/** Why a verdict is not `passed`. */
export const drillCause = z.strictObject({
  /** A code of the error catalogue. */
  code: z.string(),
  message: z.string(),
});
export type DrillCause = z.infer<typeof drillCause>;

export const drilledLevel = z.strictObject({
  level: z.enum(drillLevels),
  /** `not reached`: something before it had failed. `nothing to do`: the backup has none. */
  outcome: z.enum([...verdicts, 'not reached', 'nothing to do']),
  /** What is wrong, in full sentences; at most the first hundred. */
  problems: z.array(z.string()),
});
export type DrilledLevel = z.infer<typeof drilledLevel>;

export const drilledTable = z.strictObject({
  table: z.string(),
  rowsInBackup: count,
  rowsRestored: count,
  /** The sum of the SHA-256 of its rows; docs/PROOF.md has the definition. */
  hashInBackup: rowHash,
  hashRestored: rowHash,
});
export type DrilledTable = z.infer<typeof drilledTable>;

export const drilledCheck = z.strictObject({
  name: z.string(),
  outcome: verdict,
  /** The first column of the first row, as text; null for no row or null. */
  found: z.string().nullable(),
  expected: z.string().nullable(),
  problem: z.string().nullable(),
});
export type DrilledCheck = z.infer<typeof drilledCheck>;

export const certificateFormat = 'holdfast-certificate/1';

/** What a certificate says. Its text is what is signed. */
export const certificateStatement = z.strictObject({
  format: z.literal(certificateFormat),
  /** Of this drill. */
  uuid: z.uuid(),
  verdict,
  cause: drillCause.nullable(),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  backup: z.strictObject({
    uuid: z.uuid(),
    format: z.string(),
    type: z.enum(['full', 'partial']),
    /** The moment its rows are of. */
    snapshotAt: z.iso.datetime(),
    snapshotLsn: z.string(),
    database: z.string(),
    systemIdentifier: z.string(),
    serverVersion: z.string(),
    /** SHA-256 of the header of its document; null in version 1. */
    headerHash: rowHash.nullable(),
    tables: count,
    rows: count,
    rawBytes: count,
    storedBytes: count,
  }),
  store: z.strictObject({
    /** As the store names itself; null for one without a description. */
    id: z.string().nullable(),
    encrypted: z.boolean(),
  }),
  /** Where it was restored. */
  server: z.strictObject({
    kind: z.enum(['embedded', 'same-server', 'url']),
    version: z.string().nullable(),
    systemIdentifier: z.string().nullable(),
  }),
  software: z.strictObject({ holdfast: z.string(), node: z.string() }),
  levels: z.array(drilledLevel),
  tables: z.array(drilledTable),
  checks: z.array(drilledCheck),
  /** Objects that were not made on the scratch server, each with the reason, and what was otherwise there. */
  remarks: z.array(z.string()),
  /** Milliseconds of each phase, in order. */
  phases: z.array(z.strictObject({ phase: z.string(), ms: count })),
  /** From the empty database to the whole one: what a restore takes on that server. Null where it did not get there. */
  restoreMs: count.nullable(),
});
export type CertificateStatement = z.infer<typeof certificateStatement>;

/** The document that is kept, sent and checked. docs/PROOF.md specifies its bytes. */
export const certificate = z
  .strictObject({
    format: z.literal(certificateFormat),
    statement: z.string().meta({
      description: 'A JSON text: what the certificate says. Exactly its bytes in UTF-8 are signed',
    }),
    sha256: z.string().meta({ description: 'Of `statement`, in hex' }),
    signature: z.strictObject({ key: z.string(), value: z.string() }).optional().meta({
      description:
        'Ed25519 by the writer key of the store: public key and signature in base64. Left out where no such key was configured',
    }),
  })
  .register(schemaNames, { id: 'Certificate' });
export type Certificate = z.infer<typeof certificate>;

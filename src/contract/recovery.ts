import { z } from 'zod';
import { id, timestamp } from './fields.ts';
import { schemaNames } from './names.ts';

/** From how far back the database comes back, should it be lost now. Null where there is no good full backup. */
export const recoveryPoint = z
  .object({
    backupId: id.nullable().meta({
      description:
        'The newest good full backup that is outside the database; the newest good one where none is outside',
    }),
    at: timestamp.nullable().meta({ description: 'The moment that its data are of' }),
    ageSeconds: z.number().nullable(),
    offSite: z.boolean().nullable().meta({ description: 'Whether it is outside the database itself' }),
    target: z
      .number()
      .nullable()
      .meta({ description: 'The most that it may be, in seconds: `targets.rpoHours`' }),
    met: z.boolean().nullable().meta({ description: 'Null without a target' }),
  })
  .register(schemaNames, { id: 'RecoveryPoint' });
export type RecoveryPoint = z.infer<typeof recoveryPoint>;

export const recoveryBases = ['drill', 'restore'] as const;

/** How long it takes to get the database back. Null while nothing has measured it. */
export const recoveryTime = z
  .object({
    seconds: z.number().nullable().meta({
      description:
        'What the last drill took, or without one the last restore of everything into a new database; more in proportion where the newest good backup is larger',
    }),
    measuredAt: timestamp.nullable(),
    basis: z.enum(recoveryBases).nullable(),
    target: z
      .number()
      .nullable()
      .meta({ description: 'The most that it may be, in seconds: `targets.rtoMinutes`' }),
    met: z.boolean().nullable().meta({ description: 'Null without a target, and while it is not measured' }),
  })
  .register(schemaNames, { id: 'RecoveryTime' });
export type RecoveryTime = z.infer<typeof recoveryTime>;

export const proofs = ['drill', 'content', 'checksum'] as const;

/** The last time that a backup was proved. */
export const proved = z
  .object({
    backupId: id.nullable(),
    how: z.enum(proofs).nullable().meta({
      description:
        'drill: it was restored and compared. content: all of it was read, unpacked and counted. checksum: its stored bytes are those that were written, which is named only where nothing more was ever proved',
    }),
    at: timestamp.nullable(),
  })
  .register(schemaNames, { id: 'Proved' });
export type Proved = z.infer<typeof proved>;

/** `protected`; `unproved`: protected, and not proved lately; `inside`: only inside the database itself; `unprotected` */
export const protectionStates = ['protected', 'unproved', 'inside', 'unprotected'] as const;
export type ProtectionState = (typeof protectionStates)[number];

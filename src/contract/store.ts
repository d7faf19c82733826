import { z } from 'zod';
import { errorAnswer, id, timestamp } from './fields.ts';
import { schemaNames } from './names.ts';
import { lastStoreTest } from './store-test.ts';

/** The name of a configured store. */
export const storeName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,62}$/, 'must be the name of a store: a-z, 0-9 and -')
  .meta({ examples: ['offsite'] });

const writer = z.object({ host: z.string(), at: timestamp });

/** One configured store, as it is found now. */
export const storeSummary = z
  .object({
    name: z.string(),
    kind: z.enum(['database', 'file', 's3', 'azure', 'sftp', 'memory']),
    address: z.string().meta({ description: 'Without secrets' }),
    role: z.enum(['written', 'copy', 'other']).meta({
      description: 'Whether backups are written to it, copied to it, or neither',
    }),
    state: z.enum(['ready', 'absent', 'error']).meta({
      description:
        'absent: its place has no store yet; the first backup makes one. error: it cannot be reached or used',
    }),
    error: errorAnswer.nullable().meta({ description: 'Why it cannot be used' }),
    sealed: z.boolean().nullable().meta({ description: 'Whether it is encrypted; null while unknown' }),
    id: z.string().nullable().meta({ description: 'What the store calls itself; null in the database' }),
    writer: writer.nullable().meta({ description: 'Who took the last turn to write to it' }),
    backups: z
      .number()
      .meta({ description: 'Completed backups that this installation has there, copies included' }),
    storedBytes: z
      .number()
      .nullable()
      .meta({ description: 'Of all chunks in it, as far as this installation knows; null while unknown' }),
    locked: z.object({ objects: z.number(), bytes: z.number(), until: timestamp }).nullable().meta({
      description:
        'What no backup needs and cannot be deleted yet, until then at the latest, because it is locked; null where there is none or it is unknown',
    }),
    readSince: timestamp.nullable().meta({
      description:
        'Since when every byte in it has been read, by scrubs and verifications, or written; null while unknown, and for an empty one',
    }),
    lastTest: lastStoreTest.nullable().meta({
      description: 'The last self-test of its place; null before the first, and for the one in the database',
    }),
  })
  .register(schemaNames, { id: 'Store' });
export type StoreSummary = z.infer<typeof storeSummary>;

/** `GET /stores` */
export const storesAnswer = z
  .object({ stores: z.array(storeSummary) })
  .register(schemaNames, { id: 'StoresAnswer' });
export type StoresAnswer = z.infer<typeof storesAnswer>;

/** `POST /stores/{name}/quarantine` */
export const setAsideBody = z
  .strictObject({
    uuid: z.uuid().meta({ description: 'Of the document, as the health and a check name it' }),
  })
  .register(schemaNames, { id: 'SetAsideBody' });
export type SetAsideBody = z.infer<typeof setAsideBody>;

export const setAsideAnswer = z
  .object({
    success: z.literal(true),
    name: z.string(),
    uuid: z.string(),
    from: z.string().meta({ description: 'The object that it was' }),
    to: z.string().meta({ description: 'The object that it is now, byte for byte' }),
  })
  .register(schemaNames, { id: 'SetAsideAnswer' });
export type SetAsideAnswer = z.infer<typeof setAsideAnswer>;

/** `POST /stores/{name}/take` */
export const takeStoreAnswer = z
  .object({
    success: z.literal(true),
    name: z.string(),
    address: z.string(),
    previous: writer.nullable().meta({ description: 'Who had taken the last turn until now' }),
  })
  .register(schemaNames, { id: 'TakeStoreAnswer' });
export type TakeStoreAnswer = z.infer<typeof takeStoreAnswer>;

/** Backups that were in a store and nowhere else. */
export const lostBackups = z
  .object({
    backups: z.array(id).meta({ description: 'Completed ones, in no other store' }),
    newestAt: timestamp.meta({ description: 'When the newest of them was taken' }),
    pinned: z.array(id).meta({ description: 'Those of them that are pinned' }),
    held: z.array(id).meta({ description: 'Those of them that an open finding of damage keeps' }),
  })
  .register(schemaNames, { id: 'LostBackups' });
export type LostBackups = z.infer<typeof lostBackups>;

/** `DELETE /stores/{name}` */
export const forgottenStoreAnswer = z
  .object({
    success: z.literal(true),
    name: z.string(),
    moved: z
      .array(z.number())
      .meta({ description: 'Backups whose home is another store from now on, where they have a copy' }),
    deleted: z
      .array(z.number())
      .meta({ description: 'Backups that were in this store alone: the catalog has them no more' }),
    lost: lostBackups
      .nullable()
      .meta({ description: 'Of those, what could have been restored; null where there was nothing' }),
  })
  .register(schemaNames, { id: 'ForgottenStoreAnswer' });
export type ForgottenStoreAnswer = z.infer<typeof forgottenStoreAnswer>;

/** `POST /stores/{name}/create` */
export const createStoreBody = z
  .strictObject({
    sealed: z.boolean().meta({ description: 'Whether it is encrypted; that cannot be changed later' }),
  })
  .register(schemaNames, { id: 'CreateStoreBody' });
export type CreateStoreBody = z.infer<typeof createStoreBody>;

const newKeys = z
  .object({
    recipient: z.string().meta({ description: 'The public key that belongs to the recovery key: age1…' }),
    recoveryKey: z.string().meta({
      description:
        'Secret. The content of a file that opens the backups. Nobody can open them without it, and it cannot be made again',
    }),
    writerKey: z.string().meta({
      description:
        'Secret. The content of a file for HOLDFAST_WRITER_KEY: it writes and signs, and opens nothing',
    }),
  })
  .register(schemaNames, { id: 'NewStoreKeys' });

export const createStoreAnswer = z
  .object({
    success: z.literal(true),
    name: z.string(),
    address: z.string(),
    id: z.string().meta({ description: 'What the store calls itself' }),
    sealed: z.boolean(),
    keys: newKeys
      .nullable()
      .meta({ description: 'Of an encrypted store, this once; null for one that is not encrypted' }),
  })
  .register(schemaNames, { id: 'CreateStoreAnswer' });
export type CreateStoreAnswer = z.infer<typeof createStoreAnswer>;

import { z } from 'zod';
import { errorAnswer, timestamp } from './fields.ts';
import { schemaNames } from './names.ts';

/** What a self-test tries with an object of its own, in this order. */
export const testedActions = ['write', 'read', 'list', 'overwrite', 'delete', 'deleteVersion'] as const;
export type TestedAction = (typeof testedActions)[number];

const step = z.object({
  action: z.enum(testedActions),
  allowed: z
    .boolean()
    .nullable()
    .meta({ description: 'null: not tried, because there was no object to try it with' }),
  tookMs: z.number().nullable(),
  refusal: z.string().nullable().meta({ description: 'Why it is not allowed, as the place says' }),
});
export type TestedStep = z.infer<typeof step>;

const speed = z.object({
  objectBytes: z.number().meta({ description: 'Size of the object that was written and read back' }),
  putMs: z.number(),
  getMs: z.number(),
});

const lock = z.object({
  mode: z.enum(['governance', 'compliance']),
  holds: z.boolean().meta({ description: 'Whether a locked object was refused to be deleted' }),
  bypassed: z.boolean().nullable().meta({
    description: 'Whether these credentials may end a lock all the same; null where it was not tried',
  }),
});

/** What a self-test of the place of a store found. */
export const storeSelfTest = z
  .object({
    address: z.string().meta({ description: 'Without secrets' }),
    works: z.boolean().meta({
      description:
        'Whether backups can be written there and read back: write, read, list and overwrite are allowed',
    }),
    error: errorAnswer.nullable().meta({ description: 'Why it does not work' }),
    steps: z.array(step).meta({ description: 'Empty where the place could not be reached or used' }),
    conditionalPuts: z.boolean().nullable().meta({
      description:
        'Whether of competing writes the place itself lets one win; null where nothing may be written',
    }),
    speed: speed.nullable().meta({ description: 'Roughly; null where it was not measured' }),
    leftBehind: z.string().nullable().meta({
      description: 'Name of the object that was written and may not be deleted; null without one',
    }),
    versions: z.enum(['kept', 'suspended', 'none', 'unknown']).meta({
      description:
        'Whether the place keeps what is overwritten or deleted as an old version; unknown where it has no such thing, or does not say',
    }),
    lock: lock.nullable().meta({ description: 'Of a store with objectLock; null for others' }),
    retention: z
      .object({ mode: z.enum(['governance', 'compliance']), days: z.number() })
      .nullable()
      .meta({
        description:
          'The rule of the bucket itself, by which whatever is written is locked for `days` days; null without one, or where that is not told',
      }),
    notes: z
      .array(z.string())
      .meta({ description: 'What follows from it for cost, and for bringing back what was deleted' }),
    thief: z.array(z.string()).meta({ description: 'What a thief of these credentials could do' }),
  })
  .register(schemaNames, { id: 'StoreSelfTest' });
export type StoreSelfTest = z.infer<typeof storeSelfTest>;

/** The last self-test of a configured store. */
export const lastStoreTest = storeSelfTest
  .extend({
    testedAt: timestamp,
    failingSince: timestamp.nullable().meta({
      description:
        'Of the first of the failed tests without one that succeeded since; null where the last one succeeded',
    }),
  })
  .register(schemaNames, { id: 'LastStoreTest' });
export type LastStoreTest = z.infer<typeof lastStoreTest>;

export const storeTestBody = z
  .strictObject({
    measure: z.boolean().default(true).meta({
      description:
        'Whether an object of 4 MiB is written and read, to see how fast that is. Where old versions are kept, it stays as one',
    }),
  })
  .register(schemaNames, { id: 'StoreTestBody' });
export type StoreTestBody = z.input<typeof storeTestBody>;

/** `POST /stores/{name}/test` */
export const testStoreAnswer = z
  .object({ success: z.literal(true), name: z.string(), test: storeSelfTest })
  .register(schemaNames, { id: 'TestStoreAnswer' });
export type TestStoreAnswer = z.infer<typeof testStoreAnswer>;

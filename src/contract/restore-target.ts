import { z } from 'zod';
import { storableText } from './fields.ts';
import { schemaNames } from './names.ts';

const inPlace = z.strictObject({ mode: z.literal('in-place') });
const newDatabase = z.strictObject({
  mode: z.literal('new-database'),
  database: storableText(63)
    .min(1)
    .refine((name) => new TextEncoder().encode(name).length <= 63, 'must be at most 63 bytes long'),
});

/** Where a restore is to go. In place replaces rows in one transaction; a new database must not exist yet. */
export const askedTarget = z
  .discriminatedUnion('mode', [inPlace, newDatabase])
  .register(schemaNames, { id: 'AskedTarget' });

/** Where a restore goes. */
export const restoreTarget = z
  .discriminatedUnion('mode', [
    inPlace,
    newDatabase.extend({
      server: z.string().optional().meta({
        description: 'On another server than that of the catalog: `host:port`',
      }),
    }),
  ])
  .register(schemaNames, { id: 'RestoreTarget' });
export type RestoreTarget = z.infer<typeof restoreTarget>;

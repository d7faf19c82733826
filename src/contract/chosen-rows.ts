import { z } from 'zod';
import { schemaNames } from './names.ts';
import { storableText } from './fields.ts';
import { keyText, table } from './look.ts';

const keyValue = z.union([keyText, z.literal(''), z.number().int(), z.boolean()]);

export const conflictChoice = z.enum(['fail', 'skip', 'overwrite', 'append']).default('fail').meta({
  description:
    'What happens to rows that are there with other values: nothing is restored, they stay, or they become as in the backup. `append` also adds rows of tables without a key beside those that are there',
});

/** Which rows of a table a restore brings back, and what happens where they are there already. */
export const chosenRows = z
  .strictObject({
    table,
    keys: z
      .array(
        z.union([
          keyText,
          z.number().int(),
          z
            .record(storableText(63).min(1), keyValue)
            .refine((columns) => Object.keys(columns).length > 0, 'names no column'),
        ]),
      )
      .min(1)
      .max(10_000)
      .optional()
      .meta({
        description:
          'The rows with these values: objects of columns and values, `{"id": 5}`, all with the same columns; or values of the first column of the primary key',
      }),
    where: storableText(10_000).min(1).optional().meta({
      description:
        'Instead of keys: a condition on a row of the table as in SQL, `id in (5, 7)`. No subqueries, and no functions that could change anything',
    }),
    by: z.array(storableText(63).min(1)).min(1).max(32).optional().meta({
      description:
        'Columns of a unique key by which rows of the backup and of the table are compared; default: the primary key',
    }),
    onConflict: conflictChoice,
    withChildren: z.boolean().default(false).meta({
      description: 'Also rows of the backup that refer to these by foreign keys, and so on down',
    }),
    withParents: z.boolean().default(false).meta({
      description: 'Also rows that these refer to by foreign keys and that are missing, and so on up',
    }),
  })
  .superRefine(({ keys, where }, context) => {
    if ((keys === undefined) === (where === undefined)) {
      context.addIssue({ code: 'custom', path: ['keys'], message: 'give either keys or where' });
    }
  })
  .register(schemaNames, { id: 'ChosenRows' });
export type ChosenRows = z.output<typeof chosenRows>;

const counts = {
  table: z.string().meta({ description: '`schema.name`' }),
  added: z.number().meta({ description: 'Missing rows that come back' }),
  changed: z.number().meta({ description: 'Rows with other values that become as in the backup' }),
  unchanged: z.number().meta({ description: 'Rows that are as in the backup already' }),
  skipped: z.number().meta({ description: 'Rows with other values that stay as they are' }),
  removed: z.number().default(0).meta({ description: 'Live rows that go' }),
};

export const sampleRow = z.object({
  change: z.enum(['added', 'changed', 'skipped', 'conflicting', 'removed']),
  key: z.record(z.string(), z.string().nullable()),
  columns: z
    .array(z.object({ name: z.string(), now: z.string().nullable(), backup: z.string().nullable() }))
    .meta({
      description:
        'Those that differ, as text, at most 200 characters; all of a row that is added or removed',
    }),
});
export type SampleRow = z.output<typeof sampleRow>;

/** What a restore of rows would do to one table. */
export const plannedRows = z
  .object({
    ...counts,
    conflicting: z.number().meta({ description: 'Rows with other values, for which the restore is refused' }),
    key: z
      .array(z.string())
      .nullable()
      .meta({ description: 'The columns they are compared by; null without a key' }),
    sample: z.array(sampleRow).meta({ description: 'The first few that are not unchanged' }),
  })
  .register(schemaNames, { id: 'PlannedRows' });
export type PlannedRows = z.output<typeof plannedRows>;

/** What a restore of rows did to one table. */
export const restoredRows = z.object(counts).register(schemaNames, { id: 'RestoredRows' });
export type RestoredRows = z.output<typeof restoredRows>;

import { z } from 'zod';
import { schemaNames } from './names.ts';

/** How much of a backup was read, and how much had not changed since an earlier one. */
export const backupReuse = z
  .object({
    rangesUnchanged: z
      .number()
      .meta({ description: 'Pieces of tables that were not read: nothing in them has changed' }),
    rangesChanged: z
      .number()
      .meta({ description: 'Pieces of tables with changes; of some only the changed rows were read' }),
    rangesRead: z.number().meta({ description: 'Pieces of tables that were read without a comparison' }),
    rowsChanged: z.number().nullable().meta({
      description: 'New, updated and deleted rows; null where some ranges were read as a whole',
    }),
  })
  .register(schemaNames, { id: 'BackupReuse' });
export type BackupReuse = z.infer<typeof backupReuse>;

import { z } from 'zod';
import { setting } from './setting.ts';

/** What restores of rows keep, so that they can be undone. */
export const keptRowsSettings = z
  .strictObject({
    maxBytes: setting(z.number().int().min(0).max(10_737_418_240).default(67_108_864), {
      variable: 'HOLDFAST_KEPT_ROWS_BYTES',
      as: 'number',
      meaning:
        'how many bytes of rows a restore of rows keeps in the database, so that its undo puts back exactly these; where it replaces more, the whole tables are backed up first; `0` for always',
    }),
    days: setting(z.number().int().min(1).max(3_650).default(30), {
      variable: 'HOLDFAST_KEPT_ROWS_DAYS',
      as: 'number',
      meaning:
        'how many days they are kept; the next cleanup or restore of rows deletes them, and then that restore cannot be undone any more',
    }),
  })
  .prefault({});

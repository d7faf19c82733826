import { z } from 'zod';

/** What undoes a restore. */
export const wayBack = z.enum(['rows', 'backup']).nullable();
export type WayBack = z.infer<typeof wayBack>;

export const wayBackChoice = z.union([z.boolean(), z.literal('tables')]);

/** Of a restore in place, and of an undo. */
export const safetyBackup = wayBackChoice.default(true).meta({
  description:
    'Whether a restore in place can be undone. `true`: the tables that it replaces are backed up first; a restore of rows keeps the rows instead that it replaces, and backs the tables up only where these are too many. `"tables"`: the tables are backed up in any case. `false`: there is no way back',
});

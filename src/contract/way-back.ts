import { z } from 'zod';

/** What undoes a restore. */
export const wayBack = z.enum(['rows', 'backup']).nullable();
export type WayBack = z.infer<typeof wayBack>;

export const restoreWayBack = wayBack.meta({
  description:
    'What undoes it, as long as that is there: its safety backup, or the rows that it has kept; null when nothing does',
});

export const plannedWayBack = wayBack.optional().meta({
  description:
    'Of a restore of rows, what will undo it: the rows that it replaces and keeps, or a backup of the whole tables before it where these are too many; null where nothing is replaced, or that was declined',
});

export const wayBackChoice = z.union([z.boolean(), z.literal('tables')]);

/** Of a restore in place, and of an undo. */
export const safetyBackup = wayBackChoice.default(true).meta({
  description:
    'Whether a restore in place can be undone. `true`: the tables that it replaces are backed up first; a restore of rows keeps the rows instead that it replaces, and backs the tables up only where these are too many. `"tables"`: the tables are backed up in any case. `false`: there is no way back',
});

import { z } from 'zod';

/** A step of a restore. */
export const plannedStep = z.object({
  does: z
    .enum(['create', 'drop', 'lock', 'suspend', 'empty', 'load', 'set', 'remove', 'merge', 'add again'])
    .meta({
      description:
        '`suspend` and `add again` are of foreign keys; triggers and row security are suspended and come back with them. `drop` is of what is replaced or came since, `set` of sequences, `remove` and `merge` of chosen rows',
    }),
  what: z.array(z.string()),
});
export type PlannedStep = z.infer<typeof plannedStep>;

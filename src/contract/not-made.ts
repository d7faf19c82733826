import { z } from 'zod';

/** Objects of the backup that a restore does not make. */
export const notMade = z
  .array(z.object({ what: z.string(), why: z.string() }))
  .default([])
  .meta({ description: 'The objects of `leftOut`, with the reason apart' });

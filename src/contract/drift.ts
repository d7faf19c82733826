import { z } from 'zod';

/** In what a live table differs from the backup. */
export const drift = z.object({
  table: z.string(),
  difference: z.string().meta({
    description:
      'One difference in words: `column "price" is integer in the database and numeric(10,2) in the backup`',
  }),
  column: z
    .object({ name: z.string(), is: z.enum(['missing', 'new', 'different']) })
    .optional()
    .meta({ description: 'Of a column: which one, and whether the live table lacks it or has it besides' }),
});
export type Drift = z.infer<typeof drift>;

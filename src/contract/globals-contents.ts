import { z } from 'zod';
import { passwords } from './backup-type.ts';
import { schemaNames } from './names.ts';

/** What is in a backup of globals. */
export const globalsContents = z
  .object({
    passwords,
    roles: z.array(z.string()),
    memberships: z.number(),
    settings: z.number().meta({ description: 'Of roles, in all databases or in one' }),
    parameters: z
      .array(z.string())
      .meta({ description: 'Configuration parameters with privileges of their own' }),
    tablespaces: z.array(
      z.object({
        name: z.string(),
        location: z.string().meta({ description: 'Empty: in the data directory' }),
      }),
    ),
  })
  .register(schemaNames, { id: 'GlobalsContents' });
export type GlobalsContents = z.infer<typeof globalsContents>;

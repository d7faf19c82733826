import { z } from 'zod';
import { schemaNames } from './names.ts';
import { conflictChoice } from './chosen-rows.ts';
import { keyText } from './look.ts';

const id = z.union([keyText, z.number().int()]);

/** Whose rows a restore brings back, in all tables, and what happens where they are there already. */
export const chosenTenant = z
  .strictObject({
    id: id.meta({ description: 'What the column of the setting `tenants` has in their rows' }),
    onConflict: conflictChoice,
    withParents: z.boolean().default(false).meta({
      description:
        'Also rows that theirs refer to by foreign keys, that others may share, and that are missing',
    }),
    newRows: z.enum(['keep', 'remove']).default('keep').meta({
      description:
        'What becomes of rows of theirs that are not in the backup: they stay, or they go, so that with onConflict `overwrite` theirs are exactly as they were',
    }),
  })
  .superRefine(({ newRows, onConflict }, context) => {
    if (newRows === 'keep' || onConflict !== 'append') return;
    const message = 'rows that are appended are not compared, so none can be told to be new';
    context.addIssue({ code: 'custom', path: ['newRows'], message });
  })
  .register(schemaNames, { id: 'ChosenTenant' });
export type ChosenTenant = z.output<typeof chosenTenant>;

/** The id alone does as well. */
export const tenantGiven = z.union([id, chosenTenant]);
export type TenantGiven = z.output<typeof tenantGiven>;

export function tenantOf(given: TenantGiven): ChosenTenant {
  return typeof given === 'object' ? given : chosenTenant.parse({ id: given });
}

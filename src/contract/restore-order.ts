import { z } from 'zod';
import { adaptChoice } from './adapt.ts';
import { id } from './fields.ts';
import { schemaNames } from './names.ts';
import { restoreChoice } from './restore-choice.ts';
import { replaceChoice } from './replace.ts';
import { depthRules } from './restore-depth.ts';
import { restoreBody } from './restore.ts';
import { targetRules } from './target-rules.ts';

/** `POST /restore`: what is to be restored, or a plan that says it. */
export const restoreOrder = z
  .strictObject({
    ...restoreBody.shape,
    backupId: id.optional(),
    planId: z.uuid().optional().meta({
      description:
        'Of a plan: exactly that is done, or the restore is refused with PLAN_OUTDATED. It says all of it; only `identity` goes with it',
    }),
  })
  .superRefine(restoreChoice)
  .superRefine(targetRules)
  .superRefine(adaptChoice)
  .superRefine(depthRules)
  .superRefine(replaceChoice)
  .superRefine(planChoice)
  .register(schemaNames, { id: 'RestoreOrder' });
export type RestoreOrder = z.input<typeof restoreOrder>;

function planChoice(
  value: { planId?: string | undefined; backupId?: number | undefined },
  context: z.RefinementCtx,
): void {
  const { planId, ...rest } = value;
  if (planId === undefined) {
    if (value.backupId !== undefined) return;
    context.addIssue({ code: 'custom', path: ['backupId'], message: 'is needed, or a planId' });
    return;
  }
  const unsaid: Record<string, unknown> = { ...restoreBody.parse({ backupId: 1 }), backupId: undefined };
  for (const [name, given] of Object.entries(rest)) {
    const isSaid = name in unsaid && name !== 'identity';
    if (!isSaid || JSON.stringify(given) === JSON.stringify(unsaid[name])) continue;
    context.addIssue({ code: 'custom', path: [name], message: 'is in the plan that planId names' });
  }
}

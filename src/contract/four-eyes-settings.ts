import { z } from 'zod';
import { guardedKinds } from './approval.ts';
import { setting } from './setting.ts';

/** What needs a second actor. */
export const fourEyesSettings = z
  .strictObject({
    operations: setting(z.array(z.enum(guardedKinds)).optional(), {
      variable: 'HOLDFAST_FOUR_EYES',
      as: 'list',
      otherwise: 'as it was set before; at first nothing',
      meaning:
        'what a second actor must approve: `restore` (over what there is), `delete` (backups), `retention` (keeping less), `stores` (forgetting one); in the variable, separated by commas. See [Four eyes](#four-eyes)',
    }),
    hours: setting(z.number().min(0.01).max(720).default(24), {
      variable: 'HOLDFAST_FOUR_EYES_HOURS',
      as: 'number',
      meaning: 'within how many hours it must be approved and made again; the variable takes whole numbers',
    }),
  })
  .prefault({});

import { z } from 'zod';
import { setting } from './setting.ts';

/** What is wanted of recovery. */
export const targetSettings = z
  .strictObject({
    rpoHours: setting(z.number().min(0.1).max(87_600).optional(), {
      variable: 'HOLDFAST_RPO_HOURS',
      as: 'number',
      otherwise: 'no target',
      meaning:
        'recovery point: how old the newest good backup outside the database may be, in hours; the status and the page say whether it is met',
    }),
    rtoMinutes: setting(z.number().min(0.1).max(525_600).optional(), {
      variable: 'HOLDFAST_RTO_MINUTES',
      as: 'number',
      otherwise: 'no target',
      meaning:
        'recovery time: how long a restore of everything may take, in minutes, as the last drill or restore measured it',
    }),
  })
  .prefault({});

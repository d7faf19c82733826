/**
 * `healthy`: the newest due backup of every schedule is there. `late`: one was due and is not. `failing`: the newest runs
 * did not complete, or what they stored is gone. `damaged`: the newest cannot be restored whole. `unscheduled`: nothing is taken by itself.
 */
export const healthStates = ['healthy', 'late', 'failing', 'damaged', 'unscheduled'] as const;
export type HealthState = (typeof healthStates)[number];

/** Whether any process starts what is due. */
export const schedulerStates = ['running', 'none', 'unknown'] as const;
export type SchedulerState = (typeof schedulerStates)[number];

/** What an operator should look at although nothing is wrong in itself. */
export const healthWarningCodes = [
  'SIZE_UNUSUAL',
  'ROWS_UNUSUAL',
  'BACKUP_WARNINGS',
  'SCHEDULER_MISSING',
  'BACKUPS_DAMAGED',
] as const;
export type HealthWarningCode = (typeof healthWarningCodes)[number];

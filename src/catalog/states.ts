/** Where a backup or a restore stands. The first two are alive; the others are final and never change. */
export const runStates = ['queued', 'running', 'completed', 'failed', 'cancelled', 'interrupted'] as const;
export type RunState = (typeof runStates)[number];

export const backupTriggers = ['manual', 'schedule', 'safety'] as const;
export type BackupTrigger = (typeof backupTriggers)[number];

export function isFinal(state: RunState): boolean {
  return state !== 'queued' && state !== 'running';
}

/** The state of a run. The first two are alive; the others are final and never change. */
export const runStates = ['queued', 'running', 'completed', 'failed', 'cancelled', 'interrupted'] as const;
export type RunState = (typeof runStates)[number];

/** What a run does. Each kind has its table. */
export const runKinds = [
  'backup',
  'restore',
  'verification',
  'cleanup',
  'copy',
  'drill',
  'scrub',
  'check',
  'import',
] as const;
export type RunKind = (typeof runKinds)[number];

/** `point`: taken by a call that may do nothing else. `safety`: before a restore. */
export const backupTriggers = ['manual', 'schedule', 'safety', 'point'] as const;
export type BackupTrigger = (typeof backupTriggers)[number];

export function isFinal(state: RunState): boolean {
  return state !== 'queued' && state !== 'running';
}

export const copyTriggers = ['manual', 'schedule', 'repair'] as const;
export type CopyTrigger = (typeof copyTriggers)[number];

/**
 * How much of a backup is read again. `presence`: nothing but what lists its chunks; `checksum`: the stored bytes, which needs no
 * key; `content`: all of it, decrypted, unpacked and counted.
 */
export const verificationLevels = ['presence', 'checksum', 'content'] as const;
export type VerificationLevel = (typeof verificationLevels)[number];

export const drillTriggers = ['manual', 'schedule', 'reported'] as const;
export type DrillTrigger = (typeof drillTriggers)[number];

/** The state of a run. The first two are alive; the others are final and never change. */
export const runStates = ['queued', 'running', 'completed', 'failed', 'cancelled', 'interrupted'] as const;
export type RunState = (typeof runStates)[number];

/** What a run does. Each kind has its table. */
export const runKinds = ['backup', 'restore', 'verification', 'cleanup'] as const;
export type RunKind = (typeof runKinds)[number];

/**
 * Of each lane one run goes on at a time. What reads or writes the database's tables excludes each other; what looks
 * after the store goes on beside it.
 */
export const laneKinds = {
  writer: ['backup', 'restore'],
  upkeep: ['cleanup', 'verification'],
} as const satisfies Record<string, readonly RunKind[]>;
export type Lane = keyof typeof laneKinds;
export const lanes = Object.keys(laneKinds) as Lane[];

export function laneOf(kind: RunKind): Lane {
  return kind === 'backup' || kind === 'restore' ? 'writer' : 'upkeep';
}

export const backupTriggers = ['manual', 'schedule', 'safety'] as const;
export type BackupTrigger = (typeof backupTriggers)[number];

export function isFinal(state: RunState): boolean {
  return state !== 'queued' && state !== 'running';
}

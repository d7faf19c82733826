import type { RunState } from '../contract/states.ts';
import type { KeepReason, RetentionBackup, RetentionPolicy } from './policy.ts';

const day = 24 * 60 * 60 * 1000;

/** How long the newest safety backup is kept under any policy. */
const undoDays = 7;

const ended: ReadonlySet<RunState> = new Set<RunState>(['completed', 'failed', 'cancelled', 'interrupted']);

/** Reasons of the backup itself to keep it under any policy. */
export function protectedByState(backup: RetentionBackup, now: Date): KeepReason[] {
  const reasons: KeepReason[] = [];
  if (backup.pinned) reasons.push({ code: 'pinned' });
  if (backup.inUse) reasons.push({ code: 'in-use' });
  if (backup.heldBy && backup.heldBy.length > 0)
    reasons.push({ code: 'finding', findings: [...backup.heldBy] });
  if (!ended.has(backup.status)) reasons.push({ code: 'unfinished', status: backup.status });
  if (!isPast(backup, now)) reasons.push({ code: 'future' });
  return reasons;
}

/** False also for a date that is none: what has no age is never too old. */
export function isPast(backup: RetentionBackup, now: Date): boolean {
  return backup.createdAt.getTime() <= now.getTime();
}

/** What stays so that a good backup is always there, of the good ones newest first. */
export function protectedAsGood(
  good: readonly RetentionBackup[],
  policy: RetentionPolicy,
  now: Date,
): [RetentionBackup, KeepReason][] {
  const kept: [RetentionBackup, KeepReason][] = [];
  const ordinary = good.filter((backup) => backup.trigger !== 'safety');
  const safety = good.filter((backup) => backup.trigger === 'safety');
  // After a restore the newest backup of all is of the state that was given up; it must not be the only one left.
  for (const backup of firstOf(ordinary, good)) {
    kept.push([backup, { code: 'last-good', safety: backup.trigger === 'safety' }]);
  }
  for (const backup of firstOf(ordinary.filter(isFull), good.filter(isFull))) {
    kept.push([backup, { code: 'last-good-full', safety: backup.trigger === 'safety' }]);
  }
  const schedules = new Set<string>();
  for (const backup of good) {
    const { scheduleName } = backup;
    if (scheduleName === null || schedules.has(scheduleName)) continue;
    schedules.add(scheduleName);
    kept.push([backup, { code: 'last-of-schedule', scheduleName }]);
  }
  const keepMinimum = Math.max(0, policy.keepMinimum ?? 1);
  const points = ordinary.filter(isPoint);
  const others = ordinary.filter((backup) => !isPoint(backup));
  for (const backup of [...others, ...points, ...safety].slice(0, keepMinimum)) {
    // One is what the last good backup is already, unless that is a point.
    if (keepMinimum > 1 || !kept.some(([known]) => known === backup)) {
      kept.push([backup, { code: 'minimum', keepMinimum }]);
    }
  }
  const undo = safety[0];
  if (undo && now.getTime() - undo.createdAt.getTime() <= undoDays * day) {
    kept.push([undo, { code: 'way-back', days: undoDays }]);
  }
  return kept;
}

/** One who may take points must not be able to push other backups out by taking many. */
export function isPoint(backup: RetentionBackup): boolean {
  return backup.trigger === 'point';
}

function isFull(backup: RetentionBackup): boolean {
  return backup.type === 'full';
}

/** The first of each list, once each. */
function firstOf(...lists: (readonly RetentionBackup[])[]): Set<RetentionBackup> {
  return new Set(lists.flatMap((list) => list.slice(0, 1)));
}

/**
 * The newest failure since the last good backup, and the newest of each schedule since the schedule's last good one,
 * so that the reason is known why there is none. A cancelled run needs no explanation. Takes the runs newest first.
 */
export function lastFailures(past: readonly RetentionBackup[]): [RetentionBackup, KeepReason][] {
  const kept: [RetentionBackup, KeepReason][] = [];
  /** Schedules, and null for all runs together, whose newest failure or good backup has been met. */
  const settled = new Set<string | null>();
  for (const backup of past) {
    const good = backup.status === 'completed' && !backup.damaged && backup.trigger !== 'safety';
    const failed = backup.status === 'failed' || backup.status === 'interrupted';
    if (!good && !failed) continue;
    for (const scheduleName of new Set([null, backup.scheduleName])) {
      if (failed && !settled.has(scheduleName)) kept.push([backup, { code: 'last-failure', scheduleName }]);
      settled.add(scheduleName);
    }
  }
  return kept;
}

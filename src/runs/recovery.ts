import type { MeasuredRestore } from '../catalog/drills.ts';
import type { RecoveryRows } from '../catalog/recovery.ts';
import type { HealthWarning } from '../contract/health.ts';
import type { Proved, RecoveryPoint, RecoveryTime } from '../contract/recovery.ts';

/** What is wanted; undefined where nobody has said it. */
export interface RecoveryTargets {
  /** The most that may be lost. */
  readonly rpoHours?: number | undefined;
  /** How long it may take to be back. */
  readonly rtoMinutes?: number | undefined;
}

/** The numbers that people are asked for. */
export interface Recovery {
  recoveryPoint: RecoveryPoint;
  recoveryTime: RecoveryTime;
  proved: Proved;
}

/** Pure. @param drilled the last drill that passed */
export function recoveryOf(
  rows: RecoveryRows,
  drilled: MeasuredRestore | undefined,
  targets: RecoveryTargets,
  now: Date,
): Recovery {
  const { proof } = rows;
  return {
    recoveryPoint: pointOf(rows, targets, now),
    recoveryTime: timeOf(rows, drilled, targets),
    proved: {
      backupId: proof?.backupId ?? null,
      how: proof?.how ?? null,
      at: proof?.at.toISOString() ?? null,
    },
  };
}

function pointOf(
  { newest, newestOutside }: RecoveryRows,
  { rpoHours }: RecoveryTargets,
  now: Date,
): RecoveryPoint {
  const target = rpoHours === undefined ? null : rpoHours * 3_600;
  const backup = newestOutside ?? newest;
  if (!backup) {
    const met = target === null ? null : false;
    return { backupId: null, at: null, ageSeconds: null, offSite: null, target, met };
  }
  const ageSeconds = Math.max(0, Math.round((now.getTime() - backup.at.getTime()) / 1_000));
  return {
    backupId: backup.id,
    at: backup.at.toISOString(),
    ageSeconds,
    offSite: newestOutside !== null,
    target,
    met: target === null ? null : ageSeconds <= target,
  };
}

function timeOf(
  { newest, restore }: RecoveryRows,
  drilled: MeasuredRestore | undefined,
  { rtoMinutes }: RecoveryTargets,
): RecoveryTime {
  const target = rtoMinutes === undefined ? null : rtoMinutes * 60;
  const measured = drilled
    ? { seconds: drilled.restoreMs / 1_000, at: drilled.finishedAt, rawBytes: drilled.rawBytes }
    : restore;
  if (!measured) return { seconds: null, measuredAt: null, basis: null, target, met: null };
  // A smaller backup may take as long all the same: not all of a restore is about its size.
  const growth = measured.rawBytes && newest ? Math.max(1, newest.rawBytes / measured.rawBytes) : 1;
  const seconds = Math.round(measured.seconds * growth * 10) / 10;
  return {
    seconds,
    measuredAt: measured.at.toISOString(),
    basis: drilled ? 'drill' : 'restore',
    target,
    met: target === null ? null : seconds <= target,
  };
}

/** Of targets that are missed. A recovery point is missed without any good backup, too. */
export function missedTargets({ recoveryPoint, recoveryTime }: Recovery): HealthWarning[] {
  const warnings: HealthWarning[] = [];
  if (recoveryPoint.met === false && recoveryPoint.target !== null) {
    const { ageSeconds, target } = recoveryPoint;
    warnings.push({ code: 'RECOVERY_POINT_MISSED', ageSeconds, targetSeconds: target });
  }
  if (recoveryTime.met === false && recoveryTime.target !== null && recoveryTime.basis !== null) {
    const { seconds, target, basis } = recoveryTime;
    warnings.push({ code: 'RECOVERY_TIME_MISSED', seconds: seconds!, targetSeconds: target, basis });
  }
  return warnings;
}

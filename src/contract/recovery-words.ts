import { relative, roughly } from '../base/units.ts';
import type { Proved, RecoveryPoint, RecoveryTime } from './recovery.ts';

/** Recovery point, recovery time and proof in a few words, beside their targets. Pure. */

const span = (seconds: number): string => roughly(seconds * 1_000);

/** `20 minutes, of at most 24 hours`; empty without a target */
function besideTarget(target: number | null, met: boolean | null): string {
  if (target === null) return '';
  const limit = `of at most ${span(target)}`;
  return met === false ? `, ${limit}: missed` : `, ${limit}`;
}

export function recoveryPointWords({ backupId, ageSeconds, offSite, target, met }: RecoveryPoint): string {
  if (backupId === null || ageSeconds === null) return `none${besideTarget(target, met)}`;
  const where = offSite ? '' : ', inside the database';
  return `${span(ageSeconds)}, backup ${backupId}${where}${besideTarget(target, met)}`;
}

export function recoveryTimeWords({ seconds, basis, measuredAt, target, met }: RecoveryTime): string {
  if (seconds === null || basis === null || measuredAt === null) {
    return `not measured yet${besideTarget(target, null)}; a drill measures it`;
  }
  return `${span(seconds)}, by the ${basis} ${relative(measuredAt)}${besideTarget(target, met)}`;
}

export const ways: Record<NonNullable<Proved['how']>, string> = {
  drill: 'restored in a drill',
  content: 'all of it read and unpacked',
  checksum: 'its stored bytes compared',
};

/** `backup 12, restored in a drill 3 days ago` */
export function provedWords({ backupId, how, at }: Proved): string {
  if (backupId === null || how === null || at === null) return 'nothing yet';
  return `backup ${backupId}, ${ways[how]} ${relative(at)}`;
}

import { bytes, counted, duration, relative, roughly } from '../base/units.ts';
import type { Proved, RecoveryPoint, RecoveryTime } from './recovery.ts';
import type { BackupReuse } from './reuse.ts';
import type { LastDrill, LastScrub, OpenFindings, ProofsByLevel } from './status-figures.ts';

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

/** `presence 2 hours ago (backup 14), content 3 days ago (backup 12)`; `none` */
export function proofsWords(proofs: ProofsByLevel): string {
  const known = (['presence', 'checksum', 'content', 'drill'] as const).flatMap((level) => {
    const found = proofs[level];
    return found ? [`${level} ${relative(found.at)} (backup ${found.backupId})`] : [];
  });
  return known.length === 0 ? 'none' : known.join(', ');
}

/** `passed 3 days ago, backup 12, back in 4.2 s` */
export function lastDrillWords(drill: LastDrill | null): string {
  if (drill === null) return 'none yet';
  const { verdict, at, backupId, restoreMs } = drill;
  const took = restoreMs === null ? '' : `, back in ${duration(restoreMs)}`;
  return `${verdict} ${relative(at)}, backup ${backupId}${took}`;
}

/** `2 open, the oldest 3 days ago`; `none open` */
export function openFindingsWords({ open, since }: OpenFindings): string {
  if (open === 0 || since === null) return 'none open';
  return `${counted(open, 'finding')} open, ${open === 1 ? 'of' : 'the oldest of'} ${relative(since)}`;
}

/** `being read, 40 %`; `read 3 hours ago: nothing missing or damaged` */
export function scrubWords({ status, done, finishedAt, missing, damaged }: LastScrub): string {
  if (status === 'queued') return 'waits to be read';
  if (status === 'running') return done === null ? 'being read' : `being read, ${Math.floor(done * 100)} %`;
  const when = finishedAt === null ? '' : ` ${relative(finishedAt)}`;
  if (missing === null || damaged === null) return `reading ${status}${when}`;
  const found = missing + damaged;
  return `read${when}: ${found === 0 ? 'nothing' : counted(found, 'chunk')} missing or damaged`;
}

/** `1.2 MB new; 40 ranges unchanged, 2 changed (312 rows), 1 read` */
export function reuseWords({
  newBytes,
  reuse,
}: {
  newBytes: number | null;
  reuse: BackupReuse | null;
}): string {
  const stored = newBytes === null ? '' : `${bytes(newBytes)} new`;
  if (reuse === null) return stored || 'not known';
  const { rangesUnchanged, rangesChanged, rangesRead, rowsChanged } = reuse;
  const rows = rowsChanged === null || rangesChanged === 0 ? '' : ` (${counted(rowsChanged, 'row')})`;
  const ranges = `${counted(rangesUnchanged, 'range')} unchanged, ${rangesChanged} changed${rows}, ${rangesRead} read`;
  return stored === '' ? ranges : `${stored}; ${ranges}`;
}

/*
 * retention/ owns which backups a policy keeps and why, as pure functions. It never deletes anything or looks at a
 * clock.
 */
import { factsOfType } from '../contract/backup-type.ts';
import type { RunState } from '../contract/states.ts';
import { keptByPeriod, periodRules } from './periods.ts';
import {
  newestFirst,
  type DeleteReason,
  type KeepReason,
  type RetentionBackup,
  type RetentionDecision,
  type RetentionDecisions,
  type RetentionPolicy,
} from './policy.ts';
import { isPast, isPoint, lastFailures, protectedAsGood, protectedByState } from './protection.ts';

/** What would become of a backup that nothing protects and no period rule chose: one of the lists is empty. */
interface Fate {
  keep: KeepReason[];
  remove: DeleteReason[];
}

const day = 24 * 60 * 60 * 1000;
const defaultFailedDays = 7;
const unsuccessful: ReadonlySet<RunState> = new Set<RunState>(['failed', 'cancelled', 'interrupted']);

/**
 * Which backups of a store stay and which are to be deleted, each with all its reasons; docs/RETENTION.md has the
 * rules. Backups without tables are decided about among themselves: none of them takes a place of one that has the data, or keeps
 * its own because there is none of the other. Only decides. Deciding again at the same moment, without the deleted ones, deletes nothing more.
 * @throws RangeError for an unknown time zone
 */
export function decideRetention(
  backups: readonly RetentionBackup[],
  policy: RetentionPolicy,
  now: Date,
): RetentionDecisions {
  const kinds = Map.groupBy(backups.toSorted(newestFirst), ({ type }) => factsOfType[type].holdsTables);
  const decided = [...kinds.values()].map((all) => decideAmong(all, policy, now));
  const [first = { decisions: [], totals: { kept: 0, deleted: 0, deletedBytes: 0 } }, other] = decided;
  if (!other) return first;
  const places = new Map(backups.map((backup) => [backup.id, backup]));
  return {
    decisions: [...first.decisions, ...other.decisions].toSorted((a, b) =>
      newestFirst(places.get(a.id)!, places.get(b.id)!),
    ),
    totals: {
      kept: first.totals.kept + other.totals.kept,
      deleted: first.totals.deleted + other.totals.deleted,
      deletedBytes: first.totals.deletedBytes + other.totals.deletedBytes,
    },
  };
}

/** @param all the newest first */
function decideAmong(
  all: readonly RetentionBackup[],
  policy: RetentionPolicy,
  now: Date,
): RetentionDecisions {
  const past = all.filter((backup) => isPast(backup, now));
  const completed = past.filter((backup) => backup.status === 'completed');
  const good = completed.filter((backup) => !backup.damaged);
  const chosen = Map.groupBy(
    [...protectedAsGood(good, policy, now), ...lastFailures(past), ...keptByPeriod(good, policy)],
    ([backup]) => backup,
  );
  const fates = new Map<RetentionBackup, Fate>();
  const [points, others] = [good.filter(isPoint), good.filter((backup) => !isPoint(backup))];
  for (const [index, backup] of [...points.entries(), ...others.entries()]) {
    fates.set(backup, fateOfCompleted(backup, index + 1, policy, now));
  }
  // One that is damaged goes when its time has come, and takes no place of a good one meanwhile.
  for (const backup of completed.filter((each) => each.damaged)) {
    const newer = countNewer(isPoint(backup) ? points : others, backup);
    fates.set(backup, fateOfCompleted(backup, newer + 1, policy, now));
  }
  for (const backup of past) {
    if (unsuccessful.has(backup.status)) fates.set(backup, fateOfUnsuccessful(backup, policy, now));
  }

  const totals = { kept: 0, deleted: 0, deletedBytes: 0 };
  const decisions = all.map((backup): RetentionDecision => {
    const fate = fates.get(backup);
    const keep = [
      ...protectedByState(backup, now),
      ...(chosen.get(backup) ?? []).map(([, reason]) => reason),
      ...(fate?.keep ?? []),
    ];
    // Deleting needs a reason of its own: what nothing was said about stays.
    if (keep.length > 0 || !fate) {
      totals.kept += 1;
      return { id: backup.id, action: 'keep', reasons: keep };
    }
    totals.deleted += 1;
    totals.deletedBytes += backup.storedBytes ?? 0;
    return { id: backup.id, action: 'delete', reasons: fate.remove };
  });
  return { decisions, totals };
}

/** How many of these, newest first, are newer. */
function countNewer(good: readonly RetentionBackup[], backup: RetentionBackup): number {
  let [from, to] = [0, good.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (newestFirst(good[middle]!, backup) < 0) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** `position`: 1 is the newest good backup; points have positions of their own. */
function fateOfCompleted(
  backup: RetentionBackup,
  position: number,
  policy: RetentionPolicy,
  now: Date,
): Fate {
  const retentionDays = policy.retentionDays ?? null;
  const maxBackups = policy.maxBackups ?? null;
  const byPeriod = periodRules(policy).length > 0;
  const limited = retentionDays !== null || maxBackups !== null;
  if (!limited) {
    return byPeriod
      ? { keep: [], remove: [{ code: 'no-period' }] }
      : { keep: [{ code: 'no-limit' }], remove: [] };
  }
  const remove: DeleteReason[] = [];
  if (retentionDays !== null && now.getTime() - backup.createdAt.getTime() > retentionDays * day) {
    remove.push({ code: 'too-old', retentionDays });
  }
  if (maxBackups !== null && position > maxBackups) remove.push({ code: 'too-many', position, maxBackups });
  if (remove.length === 0) {
    return { keep: [{ code: 'within-limits', position, retentionDays, maxBackups }], remove };
  }
  if (byPeriod) remove.push({ code: 'no-period' });
  return { keep: [], remove };
}

/** Of a run that failed, was cancelled or was interrupted. */
function fateOfUnsuccessful(backup: RetentionBackup, policy: RetentionPolicy, now: Date): Fate {
  const failedDays = policy.failedDays ?? defaultFailedDays;
  const { status } = backup;
  const ended = backup.finishedAt ?? backup.createdAt;
  return now.getTime() - ended.getTime() > failedDays * day
    ? { keep: [], remove: [{ code: 'old-failure', status, failedDays }] }
    : { keep: [{ code: 'recent-failure', status, failedDays }], remove: [] };
}

import type { RetentionReason } from './policy.ts';

type ReasonOf<Code extends RetentionReason['code']> = Extract<RetentionReason, { code: Code }>;

/** A reason in English, to follow "kept:" or "deleted:". */
export function describeRetentionReason(reason: RetentionReason): string {
  switch (reason.code) {
    case 'pinned':
      return 'pinned';
    case 'in-use':
      return 'in use by a restore, a verification or a download';
    case 'finding':
      return `damage was found in the data, and ${reason.findings.length === 1 ? `finding ${reason.findings[0]} is` : `findings ${reason.findings.join(', ')} are`} not settled`;
    case 'unfinished':
      return reason.status;
    case 'future':
      return 'dated in the future, so its age is unknown';
    case 'last-good':
      return reason.safety ? 'the last good backup, taken before a restore' : 'the last good backup';
    case 'last-good-full':
      return reason.safety
        ? 'the last good full backup, taken before a restore'
        : 'the last good full backup';
    case 'last-of-schedule':
      return `the last good backup of schedule "${reason.scheduleName}"`;
    case 'minimum':
      return `one of the newest ${reason.keepMinimum}, which are always kept`;
    case 'way-back':
      return `it can undo the last restore, for ${days(reason.days)}`;
    case 'last-failure':
      return reason.scheduleName === null
        ? 'the newest failure since the last good backup'
        : `the newest failure of schedule "${reason.scheduleName}" since its last good backup`;
    case 'recent-failure':
      return `${reason.status} no more than ${days(reason.failedDays)} ago`;
    case 'period':
      return periodWords(reason);
    case 'within-limits':
      return withinLimits(reason);
    case 'in-copy':
      return `kept in ${reason.stores.join(', ')}`;
    case 'copy-due':
      return `not yet copied to ${reason.stores.join(', ')}`;
    case 'no-limit':
      return 'nothing in the policy limits it';
    case 'too-old':
      return `older than ${days(reason.retentionDays)}`;
    case 'too-many':
      return `number ${reason.position} from the newest, of at most ${reason.maxBackups}`;
    case 'no-period':
      return 'not chosen for any hour, day, week, month or year';
    case 'old-failure':
      break;
  }
  return `${reason.status} more than ${days(reason.failedDays)} ago`;
}

function periodWords(reason: ReasonOf<'period'>): string {
  const place = `${reason.period} (${reason.rule} ${reason.position} of ${reason.count})`;
  return reason.newest
    ? `the newest of ${place}`
    : `kept for ${place}, because newer ones are partial or were taken before a restore`;
}

function withinLimits(reason: ReasonOf<'within-limits'>): string {
  const within: string[] = [];
  if (reason.retentionDays !== null) within.push(`not older than ${days(reason.retentionDays)}`);
  if (reason.maxBackups !== null) {
    within.push(`number ${reason.position} from the newest, of at most ${reason.maxBackups}`);
  }
  return within.join(', and ');
}

function days(count: number): string {
  return count === 1 ? '1 day' : `${count} days`;
}

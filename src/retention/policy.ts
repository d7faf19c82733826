import type { BackupType } from '../contract/backup-type.ts';
import type { BackupTrigger, RunState } from '../contract/states.ts';

/** What retention needs to know about a backup. */
export interface RetentionBackup {
  /** Unique; of two backups of the same moment the larger id is the newer. */
  id: number;
  /** The moment whose data it holds. */
  createdAt: Date;
  finishedAt: Date | null;
  status: RunState;
  type: BackupType;
  /** The schedule that made it; null for none. */
  scheduleName: string | null;
  trigger: BackupTrigger;
  pinned: boolean;
  /** It is known that something of it is missing, so that it is not a good one. */
  damaged: boolean;
  /** A restore, a verification or a download is reading it. */
  inUse: boolean;
  /** Findings of damage that are not settled and that it may be needed for, by their numbers. */
  heldBy?: readonly number[];
  /** Bytes, as the backup's row says. */
  storedBytes: number | null;
}

/** What is absent or null sets no rule. docs/RETENTION.md says how the rules work together. */
export interface RetentionPolicy {
  /** Limit: days of 24 hours. */
  retentionDays?: number | null;
  /** Limit: completed backups. */
  maxBackups?: number | null;
  /** The number of periods, counted back over periods with a backup, of which one backup each is kept; 0 is no rule. */
  keepHourly?: number | null;
  keepDaily?: number | null;
  keepWeekly?: number | null;
  keepMonthly?: number | null;
  keepYearly?: number | null;
  /** IANA time zone of hours, days, weeks, months and years. Default UTC. */
  timezone?: string | null;
  /** How many of the newest completed backups are always kept. Default and minimum 1. */
  keepMinimum?: number | null;
  /** How long failed, cancelled and interrupted runs stay, in days of 24 hours from their end. Default 7. */
  failedDays?: number | null;
}

export type PeriodRule = 'hourly' | 'daily' | 'weekly' | 'monthly' | 'yearly';

export type KeepReason =
  | { code: 'pinned' }
  | { code: 'in-use' }
  /** Damage was found in the data, and nobody has settled it. */
  | { code: 'finding'; findings: number[] }
  | { code: 'unfinished'; status: RunState }
  | { code: 'future' }
  /** `safety`: it was taken before a restore, and the last one that was not stays as well. */
  | { code: 'last-good'; safety: boolean }
  | { code: 'last-good-full'; safety: boolean }
  | { code: 'last-of-schedule'; scheduleName: string }
  | { code: 'minimum'; keepMinimum: number }
  | { code: 'way-back'; days: number }
  /** `scheduleName` null: the newest failure of all. */
  | { code: 'last-failure'; scheduleName: string | null }
  | { code: 'recent-failure'; status: RunState; failedDays: number }
  | {
      code: 'period';
      rule: PeriodRule;
      /** `2026-10-25 02:00+01:00`, `2026-11-21`, `2026-W47`, `2026-11` or `2026`. */
      period: string;
      /** 1 is the newest period that has a backup. */
      position: number;
      count: number;
      /** Whether it is the newest of the period: none was passed over as partial or as a safety backup. */
      newest: boolean;
    }
  /** `position`: 1 is the newest backup. */
  | { code: 'within-limits'; position: number; retentionDays: number | null; maxBackups: number | null }
  | { code: 'no-limit' }
  /** Only its own store no longer keeps it: `stores` do. */
  | { code: 'in-copy'; stores: string[] }
  /** It is to be copied to `stores` first. */
  | { code: 'copy-due'; stores: string[] };

export type DeleteReason =
  | { code: 'too-old'; retentionDays: number }
  | { code: 'too-many'; position: number; maxBackups: number }
  | { code: 'no-period' }
  | { code: 'old-failure'; status: RunState; failedDays: number };

export type RetentionReason = KeepReason | DeleteReason;

export type RetentionDecision =
  | { id: number; action: 'keep'; reasons: KeepReason[] }
  | { id: number; action: 'delete'; reasons: DeleteReason[] };

export interface RetentionDecisions {
  /** One for each backup, the newest first. */
  decisions: RetentionDecision[];
  totals: {
    kept: number;
    deleted: number;
    /** Sum of `storedBytes`; chunks that kept backups share are not freed. */
    deletedBytes: number;
  };
}

/** A date that is none sorts as the newest, so that the order never depends on the input's. */
export function newestFirst(a: RetentionBackup, b: RetentionBackup): number {
  // Equal times give 0, and two invalid ones NaN: both leave it to the ids.
  return moment(b) - moment(a) || b.id - a.id;
}

function moment(backup: RetentionBackup): number {
  const time = backup.createdAt.getTime();
  return Number.isNaN(time) ? Infinity : time;
}

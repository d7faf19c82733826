import type { DamagedBackup, GoodBackup, SizeFigures } from '../catalog/backup-summary.ts';
import type { HealthState, HealthWarningCode, SchedulerState } from '../contract/health.ts';
import type { ScheduleRecord } from '../catalog/schedules.ts';
import { describeDamaged, unprotecting } from './damage-words.ts';
import { lastDueTime } from '../schedule/due-times.ts';

export interface Health {
  state: HealthState;
  /** In one sentence. */
  reason: string;
  /** What somebody should look at although it is not wrong in itself. */
  warnings: HealthWarning[];
}

export interface HealthWarning {
  code: HealthWarningCode;
  message: string;
}

export interface HealthFacts {
  /** Those that are enabled. */
  schedules: Pick<ScheduleRecord, 'name' | 'type' | keyof DueFields>[];
  /** The newest good backup of each schedule and type, safety backups left out. */
  good: GoodBackup[];
  /** Runs since the newest of them that have ended other than completed or cancelled, or turned out damaged. */
  failures: number;
  /** What the newest of them ended in. */
  lastFailure: string | null;
  /** Of the newest good full backups, newest first. */
  sizes: SizeFigures[];
  /** The newest good backup, a full one where there is any, and how many warnings it has. */
  newest: { id: number; warningCount: number | null } | null;
  /** Whether any process starts what is due. */
  scheduler: SchedulerState;
  /** Every completed backup that is damaged, newest first. */
  damaged: DamagedBackup[];
  /** All that is in the store. */
  storedBytes: number;
  now: Date;
}
type DueFields = Pick<
  ScheduleRecord,
  'frequency' | 'time' | 'dayOfWeek' | 'dayOfMonth' | 'cron' | 'timezone' | 'jitterSeconds'
>;

/** A backup takes its time, and so may the run before it. */
const patienceMs = 60 * 60_000;

/** Whether somebody who trusts in these backups can sleep. Pure. */
export function healthOf(facts: HealthFacts): Health {
  const lost = unprotecting(facts.damaged, facts.newest);
  const warnings = [
    ...sizeWarnings(facts.sizes),
    ...ownWarnings(facts.newest),
    ...damageWarnings(facts.damaged.filter((backup) => !lost.includes(backup))),
  ];
  if (facts.schedules.length > 0 && facts.scheduler === 'none') {
    warnings.push({ code: 'SCHEDULER_MISSING', message: nobodySchedules });
  }
  if (lost.length === 0) return { ...stateOf(facts), warnings };
  return {
    state: 'damaged',
    reason: `Not protected: ${describeDamaged(lost)}. ${sinceOf(facts.good)}.`,
    warnings,
  };
}

function damageWarnings(damaged: readonly DamagedBackup[]): HealthWarning[] {
  if (damaged.length === 0) return [];
  const message = `Something stored is missing or damaged: ${describeDamaged(damaged)}. A new backup stores again what the database still holds.`;
  return [{ code: 'BACKUPS_DAMAGED', message }];
}

function sinceOf(good: readonly GoodBackup[]): string {
  const newest = newestFull(good);
  return newest ? `The last good backup is of ${newest.toISOString()}` : 'There is no good backup';
}

/** One of a few tables must not pass for one of everything, where there is one of everything. */
function newestFull(good: readonly GoodBackup[]): Date | null {
  return newestOf(good.filter(({ type }) => type === 'full')) ?? newestOf(good);
}

export const nobodySchedules =
  'No process runs schedules: none has called start(), and neither holdfast serve nor holdfast worker is running. ' +
  'Nothing is backed up by itself until one does.';

function stateOf(facts: HealthFacts): Pick<Health, 'state' | 'reason'> {
  const { schedules, good, failures, lastFailure, sizes, storedBytes, now } = facts;
  const newest = newestFull(good);
  const since = sinceOf(good);
  const [last] = sizes;
  if (last && storedBytes < last.storedBytes) {
    return {
      state: 'failing',
      reason: `The store holds ${storedBytes} bytes, and backup ${last.id} alone needs ${last.storedBytes}: some of it is gone.`,
    };
  }
  if (failures > 0) {
    const runs = failures === 1 ? 'the last run' : `the last ${failures} runs`;
    const why = lastFailure === null ? '' : `: ${lastFailure}`;
    return { state: 'failing', reason: `${since}; ${runs} failed${why}` };
  }
  if (schedules.length === 0) {
    return { state: 'unscheduled', reason: `${since}; no schedule is enabled, so none is taken by itself.` };
  }
  if (!newest) return { state: 'late', reason: `${since} yet.` };
  for (const schedule of schedules) {
    const latest = newestOf(good.filter((backup) => serves(backup, schedule)));
    const named = schedules.length === 1 ? '' : ` by schedule "${schedule.name}"`;
    if (!latest) return { state: 'late', reason: `${since}; there is none yet that was due${named}.` };
    const patientUntil = new Date(now.getTime() - patienceMs - schedule.jitterSeconds * 1_000);
    const due = lastDueTime(schedule, latest, patientUntil);
    if (!due) continue;
    return {
      state: 'late',
      reason: `${since}; one was due at ${due.toISOString()}${named} and is not there.`,
    };
  }
  return { state: 'healthy', reason: `${since}, and no later one is due.` };
}

/** Whatever took it, a full backup has what any schedule wants; a partial one only what its own does. */
function serves(backup: GoodBackup, schedule: { name: string }): boolean {
  return backup.type === 'full' || backup.scheduleName === schedule.name;
}

function newestOf(good: readonly GoodBackup[]): Date | null {
  return good.reduce<Date | null>((newest, { at }) => (newest && newest >= at ? newest : at), null);
}

/** So many earlier backups must be there to say what is usual. */
const usualFrom = 3;
/** Below, nothing is said: small databases change by large factors. */
const notableBytes = 1024 * 1024;
const notableRows = 1_000;

function sizeWarnings([last, ...earlier]: readonly SizeFigures[]): HealthWarning[] {
  if (!last || earlier.length < usualFrom) return [];
  const warnings: HealthWarning[] = [];
  const tell = (code: HealthWarning['code'], what: string, value: number, usual: number): void => {
    if (value * 2 >= usual && value <= usual * 2) return;
    warnings.push({
      code,
      message: `Backup ${last.id} holds ${value} ${what}, where those before it hold about ${usual}. Is that what you expect?`,
    });
  };
  const usualBytes = median(earlier.map(({ rawBytes }) => rawBytes));
  const usualRows = median(earlier.map(({ rowCount }) => rowCount));
  if (Math.max(usualBytes, last.rawBytes) >= notableBytes) {
    tell('SIZE_UNUSUAL', 'bytes of data', last.rawBytes, usualBytes);
  }
  if (Math.max(usualRows, last.rowCount) >= notableRows) {
    tell('ROWS_UNUSUAL', 'rows', last.rowCount, usualRows);
  }
  return warnings;
}

function ownWarnings(newest: HealthFacts['newest']): HealthWarning[] {
  if (!newest?.warningCount) return [];
  const { id, warningCount: count } = newest;
  return [
    {
      code: 'BACKUP_WARNINGS',
      message: `Backup ${id} has every row, and ${count === 1 ? 'a warning' : `${count} warnings`} about what will not come back by itself.`,
    },
  ];
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

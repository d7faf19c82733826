import type { HoldfastError } from '../base/errors.ts';
import type { FailingChannel } from '../catalog/channels.ts';
import type { DamagedBackup, GoodBackup, SizeFigures } from '../catalog/backup-summary.ts';
import type { KnownRollback } from '../catalog/newest-in-store.ts';
import type { FailingScrub } from '../catalog/scrubs.ts';
import type { LateCopies } from '../catalog/late-copies.ts';
import { factsOfType } from '../contract/backup-type.ts';
import type { Brake } from '../contract/finding.ts';
import type { HealthFinding, HealthState, HealthWarning, SchedulerState } from '../contract/health.ts';
import type { ScheduleRecord } from '../catalog/schedules.ts';
import { lastDueTime } from '../schedule/due-times.ts';

/** Codes and figures; `contract/health-words.ts` makes the sentences. */
export interface Health {
  state: HealthState;
  /** Why it is in this state. */
  finding: HealthFinding;
  /** What an operator should look at although backups go on. */
  warnings: HealthWarning[];
}

export interface FailingStore {
  store: string;
  /** ISO 8601. */
  since: string;
  problem: string;
}

/** A drill of a backup that did not come back. */
export interface FailedDrill {
  backupId: number;
  /** ISO 8601. */
  at: string;
  problem: string;
}

export interface RefusedInStore {
  store: string;
  /** ISO 8601. */
  since: string;
  uuid: string;
  object: string;
  backupId: number | null;
  documents: number;
  problem: string;
}

export interface HealthFacts {
  /** Those that are enabled. */
  schedules: Pick<ScheduleRecord, 'name' | 'type' | keyof DueFields>[];
  /** The newest good backup of each schedule and type, safety backups left out. */
  good: GoodBackup[];
  /** Runs since the newest of them that failed, were interrupted, or whose backup turned out damaged. */
  failures: number;
  /** The error of the newest of them. */
  lastFailure: string | null;
  /** Sizes of the newest good full backups, newest first. */
  sizes: SizeFigures[];
  /** The newest good backup, a full one if there is any, and its number of warnings. */
  newest: { id: number; warningCount: number | null } | null;
  /** Whether any process starts scheduled backups. */
  scheduler: SchedulerState;
  /** Every completed backup that is damaged, newest first. */
  damaged: DamagedBackup[];
  /** Where backups are written, by name. */
  written: string;
  /** Size of everything there; an error where it cannot be opened. */
  storedBytes: number | HoldfastError;
  /** Stores that lack backups which were to be copied there a while ago. */
  lateCopies: LateCopies[];
  /** Whether a good backup is anywhere but in the database's own store; null without any good backup. */
  anyOutside: boolean | null;
  /** Those that showed an older state than they had when they were last looked at. */
  rolledBack: (KnownRollback & { store: string })[];
  /** Of each store with documents that cannot be believed the first. */
  refused: RefusedInStore[];
  /** The stores outside the database in use whose last self-test failed. */
  failingStores: FailingStore[];
  /** The newest drill with a verdict of its own, if it failed. */
  failedDrill: FailedDrill | null;
  /** Targets of recovery point and recovery time that are missed. */
  recovery: HealthWarning[];
  /** Stores that no scrub has completed in for days. */
  failingScrubs: FailingScrub[];
  /** Damage in the data that nobody has settled, the newest first, and what cleanup keeps because of it. */
  suspicious: { findingId: number; backupId: number; problem: string }[];
  brake: Brake | null;
  failingChannels: FailingChannel[];
  /** Why the protected database does not answer, where the catalog is in another one; null while it does. */
  silentDatabase: string | null;
  /** Databases of the same servers that nothing protects. */
  unprotected: readonly string[];
  now: Date;
}
type DueFields = Pick<
  ScheduleRecord,
  'frequency' | 'time' | 'dayOfWeek' | 'dayOfMonth' | 'cron' | 'timezone' | 'jitterSeconds'
>;

/** How late a backup may be: it takes time, and so may the run before it. */
const patienceMs = 60 * 60_000;

const namedUnprotected = 10;

/** Whether the backups protect the database now. Pure. */
export function healthOf(facts: HealthFacts): Health {
  const lost = unprotecting(facts.damaged, facts.newest);
  const others = facts.damaged.filter((backup) => !lost.includes(backup));
  const { silentDatabase, unprotected } = facts;
  const warnings: HealthWarning[] = [
    ...(silentDatabase === null ? [] : [{ code: 'DATABASE_UNREACHABLE' as const, problem: silentDatabase }]),
    ...facts.suspicious.map((each) => ({ code: 'BACKUP_SUSPICIOUS' as const, ...each })),
    ...(facts.brake ? [{ code: 'CLEANUP_STOPPED' as const, ...facts.brake }] : []),
    ...sizeWarnings(facts.sizes),
    ...ownWarnings(facts.newest),
    ...placeWarnings(facts),
    ...facts.recovery,
    ...(unprotected.length === 0
      ? []
      : [
          {
            code: 'DATABASES_UNPROTECTED' as const,
            databases: unprotected.slice(0, namedUnprotected),
            total: unprotected.length,
          },
        ]),
  ];
  if (others.length > 0) warnings.push({ code: 'BACKUPS_DAMAGED', ...damageFigures(others) });
  warnings.push(...facts.failingStores.map((each) => ({ code: 'STORE_FAILING' as const, ...each })));
  warnings.push(
    ...facts.failingScrubs.map(({ since, ...each }) => ({
      code: 'SCRUB_FAILING' as const,
      ...each,
      since: since.toISOString(),
    })),
  );
  warnings.push(...facts.rolledBack.map((each) => ({ code: 'STORE_ROLLED_BACK' as const, ...each })));
  warnings.push(...facts.refused.map((each) => ({ code: 'STORE_DOCUMENT_REFUSED' as const, ...each })));
  if (facts.failedDrill) warnings.push({ code: 'DRILL_FAILED', ...facts.failedDrill });
  warnings.push(...facts.failingChannels.map(channelWarning));
  if (facts.schedules.length > 0 && facts.scheduler === 'none') warnings.push({ code: 'SCHEDULER_MISSING' });
  return { ...stateOfHealth(facts), warnings };
}

/** What decides the state; all else makes warnings. */
export type StateFacts = Parameters<typeof stateOf>[0] & Pick<HealthFacts, 'damaged' | 'newest'>;

/** The state alone, without the warnings. Pure. */
export function stateOfHealth(facts: StateFacts): Pick<Health, 'state' | 'finding'> {
  const lost = unprotecting(facts.damaged, facts.newest);
  if (lost.length === 0) return stateOf(facts);
  const lastGoodAt = iso(newestFull(facts.good));
  return { state: 'damaged', finding: { code: 'BACKUPS_DAMAGED', lastGoodAt, ...damageFigures(lost) } };
}

function channelWarning(failing: FailingChannel): HealthWarning {
  const { name: channel, kind, failingSince, waiting, givenUp, lastProblem } = failing;
  return {
    code: 'CHANNEL_FAILING',
    channel,
    kind,
    since: iso(failingSince),
    waiting,
    givenUp,
    problem: lastProblem?.problem ?? null,
    status: lastProblem?.status ?? null,
  };
}

/** The newest full backup, because a partial one does not protect the rest; the newest partial one if there is no full one. */
export function newestFull(good: readonly GoodBackup[]): Date | null {
  const whole = good.filter(({ type }) => factsOfType[type].isWhole);
  return newestOf(whole) ?? newestOf(good.filter(({ type }) => factsOfType[type].holdsTables));
}

function stateOf(
  facts: Pick<
    HealthFacts,
    'schedules' | 'good' | 'failures' | 'lastFailure' | 'sizes' | 'written' | 'storedBytes' | 'now'
  >,
): Pick<Health, 'state' | 'finding'> {
  const { schedules, good, failures, lastFailure, sizes, written, storedBytes, now } = facts;
  const lastGoodAt = iso(newestFull(good));
  if (typeof storedBytes !== 'number') {
    const { message } = storedBytes;
    return { state: 'failing', finding: { code: 'STORE_UNUSABLE', lastGoodAt, store: written, message } };
  }
  const last = sizes.find(({ store }) => store === written);
  if (last && storedBytes < last.storedBytes) {
    const figures = { storedBytes, backupId: last.id, neededBytes: last.storedBytes };
    return { state: 'failing', finding: { code: 'STORE_INCOMPLETE', ...figures } };
  }
  if (failures > 0) {
    return { state: 'failing', finding: { code: 'RUNS_FAILED', lastGoodAt, failures, lastFailure } };
  }
  if (!schedules.some(({ type }) => factsOfType[type].holdsTables))
    return { state: 'unscheduled', finding: { code: 'NO_SCHEDULE', lastGoodAt } };
  if (lastGoodAt === null) return { state: 'late', finding: { code: 'NO_BACKUP_YET' } };
  for (const schedule of schedules) {
    const latest = newestOf(good.filter((backup) => serves(backup, schedule)));
    const figures = { lastGoodAt, scheduleName: schedule.name, enabledSchedules: schedules.length };
    if (!latest) return { state: 'late', finding: { code: 'SCHEDULE_WITHOUT_BACKUP', ...figures } };
    const patientUntil = new Date(now.getTime() - patienceMs - schedule.jitterSeconds * 1_000);
    const due = lastDueTime(schedule, latest, patientUntil);
    if (due) {
      return { state: 'late', finding: { code: 'BACKUP_OVERDUE', ...figures, dueAt: due.toISOString() } };
    }
  }
  return { state: 'healthy', finding: { code: 'UP_TO_DATE', lastGoodAt } };
}

/** A full backup serves every schedule of tables, one of globals every one of these; a partial one only the schedule that ordered it. */
function serves(backup: GoodBackup, schedule: Pick<ScheduleRecord, 'name' | 'type'>): boolean {
  const [made, wanted] = [factsOfType[backup.type], factsOfType[schedule.type]];
  if (made.holdsTables !== wanted.holdsTables) return false;
  return made.isWhole || !made.holdsTables || backup.scheduleName === schedule.name;
}

function newestOf(good: readonly GoodBackup[]): Date | null {
  return good.reduce<Date | null>((newest, { at }) => (newest && newest >= at ? newest : at), null);
}

function iso(at: Date | null): string | null {
  return at?.toISOString() ?? null;
}

/**
 * The damaged backups that would protect the database if they were whole: the full ones newer than the newest good
 * backup, or all of them if there is no good one. Safety backups never count.
 */
function unprotecting(damaged: readonly DamagedBackup[], newestGood: { id: number } | null): DamagedBackup[] {
  return damaged.filter(
    ({ id, type, trigger }) =>
      trigger !== 'safety' &&
      factsOfType[type].holdsTables &&
      (!newestGood || (id > newestGood.id && factsOfType[type].isWhole)),
  );
}

/** How many backups and tables a finding names. */
const named = 5;

function damageFigures(damaged: readonly DamagedBackup[]) {
  const tables = [...new Set(damaged.flatMap((backup) => backup.tables))];
  return {
    backupIds: damaged.slice(0, named).map(({ id }) => id),
    backupCount: damaged.length,
    tables: tables.slice(0, named),
    tableCount: tables.length,
  };
}

function placeWarnings({ lateCopies, anyOutside }: HealthFacts): HealthWarning[] {
  const warnings = lateCopies.map(({ newestAt, newestCopyAt, ...late }): HealthWarning => {
    return {
      code: 'COPY_BEHIND',
      ...late,
      newestAt: newestAt.toISOString(),
      newestCopyAt: iso(newestCopyAt),
    };
  });
  return anyOutside === false ? [...warnings, { code: 'ONLY_IN_DATABASE' }] : warnings;
}

/** How many earlier backups it takes to say what is usual. */
const usualFrom = 3;
/** Smaller databases are not compared: they change by large factors. */
const notableBytes = 1024 * 1024;
const notableRows = 1_000;

function sizeWarnings([last, ...earlier]: readonly SizeFigures[]): HealthWarning[] {
  if (!last || earlier.length < usualFrom) return [];
  const { id: backupId, rawBytes, rowCount } = last;
  const usualBytes = median(earlier.map((each) => each.rawBytes));
  const usualRows = median(earlier.map((each) => each.rowCount));
  const warnings: HealthWarning[] = [];
  if (Math.max(usualBytes, rawBytes) >= notableBytes && isUnusual(rawBytes, usualBytes)) {
    warnings.push({ code: 'SIZE_UNUSUAL', backupId, bytes: rawBytes, usualBytes });
  }
  if (Math.max(usualRows, rowCount) >= notableRows && isUnusual(rowCount, usualRows)) {
    warnings.push({ code: 'ROWS_UNUSUAL', backupId, rows: rowCount, usualRows });
  }
  return warnings;
}

/** Less than half of the usual, or more than twice as much. */
function isUnusual(value: number, usual: number): boolean {
  return value * 2 < usual || value > usual * 2;
}

function ownWarnings(newest: HealthFacts['newest']): HealthWarning[] {
  if (!newest?.warningCount) return [];
  return [{ code: 'BACKUP_WARNINGS', backupId: newest.id, warnings: newest.warningCount }];
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

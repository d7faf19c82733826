import { redact } from '../base/redaction.ts';
import type { ScheduleOutcome, ScheduleRecord } from '../catalog/schedules.ts';
import { databaseFailure } from '../postgres/failure.ts';
import { auditSchedule } from './audit.ts';
import { insertBackup, storesOf } from './kinds/backup.ts';
import type { RunContext } from './context.ts';
import { lastDueTime, missedBetween, nextDueTime } from '../schedule/due-times.ts';

/** A run that begins later than this was missed: nothing was there to start it. */
const lateAfterMs = 5 * 60_000;
/** A clock that is set back by more than this was wrong before. */
const clockErrorMs = 25 * 60 * 60_000;
/** How many missed runs are counted at most. */
const countedMissed = 1_000;

export interface DueRuns {
  /** Whether a run was ordered. */
  ordered: boolean;
  /** Milliseconds until the next run is due; null when none ever is. */
  nextInMs: number | null;
}

/**
 * Orders what is due. Any number of processes may ask at the same moment: for each due time one of them orders the run.
 * The database's clock decides, so it does not matter whether theirs agree.
 */
export async function orderDueRuns(context: RunContext): Promise<DueRuns> {
  const enabled = await context.catalog.schedules.enabledNow();
  if (!enabled) return { ordered: false, nextInMs: null };
  const { schedules } = enabled;
  const now = context.now?.() ?? enabled.now;
  let ordered = false;
  for (const schedule of schedules) {
    try {
      ordered = (await orderDueRun(context, schedule, now)) || ordered;
    } catch (error) {
      // One schedule that cannot be read must not keep the others from running.
      context.logger.log('error', `schedule "${schedule.name}": ${redact(databaseFailure(error).message)}`);
    }
  }
  const next = schedules.flatMap((schedule) => nextDueTime(schedule, now)?.getTime() ?? []);
  return { ordered, nextInMs: next.length === 0 ? null : Math.min(...next) - now.getTime() };
}

async function orderDueRun(context: RunContext, schedule: ScheduleRecord, now: Date): Promise<boolean> {
  const { catalog } = context;
  if (schedule.handledUntil.getTime() > now.getTime() + clockErrorMs) {
    // The clock was ahead and has been put right. Waiting until it is there again could take years.
    context.logger.log(
      'warn',
      `schedule "${schedule.name}": the database's clock was set back; starting over`,
    );
    await catalog.pool.transaction((connection) => catalog.schedules.claim(connection, schedule, now));
    return false;
  }
  const due = lastDueTime(schedule, schedule.handledUntil, now);
  if (due === null) return false;
  const decision = await decide(context, schedule, due, now);
  const ordered = await catalog.pool.transaction(async (connection) => {
    if (!(await catalog.schedules.claim(connection, schedule, due))) return undefined;
    // A clock that was set back shows times again that were due before.
    if (await catalog.backups.hasRunOf(connection, schedule.name, due)) return undefined;
    const { earlier, outcome, missed } = decision;
    if (earlier) await catalog.schedules.record(connection, schedule.name, earlier);
    if (missed) {
      await catalog.events.record(connection, { ...missed, scheduleName: schedule.name });
    }
    if (outcome.outcome === 'skipped') {
      await catalog.schedules.record(connection, schedule.name, outcome);
      context.logger.log('warn', `scheduled backup skipped: ${outcome.reason}`, {
        dueAt: due.toISOString(),
      });
      return undefined;
    }
    const { id } = await insertBackup(
      context,
      {
        type: schedule.type,
        passwords: schedule.passwords,
        tables: schedule.tables,
        trigger: 'schedule',
        description: null,
        scheduleName: schedule.name,
        dueAt: due,
        ...storesOf(schedule),
        ...(schedule.jitterSeconds > 0
          ? { notBefore: new Date(due.getTime() + Math.random() * schedule.jitterSeconds * 1_000) }
          : {}),
      },
      'queued',
      connection,
    );
    await catalog.schedules.record(connection, schedule.name, { ...outcome, backupId: id });
    return id;
  });
  if (ordered === undefined) return false;
  await auditSchedule(context, schedule.name, 'createBackup', { kind: 'backup', id: ordered });
  return true;
}

interface Decision {
  /** Counts all that were due before the last one. */
  earlier?: ScheduleOutcome;
  outcome: ScheduleOutcome;
  /** The event for listeners, if a due time was missed or skipped. */
  missed?: { type: 'schedule.missed' | 'schedule.skipped'; message: string };
}

async function decide(
  context: RunContext,
  schedule: ScheduleRecord,
  due: Date,
  now: Date,
): Promise<Decision> {
  const outcome = (kind: ScheduleOutcome['outcome'], reason: string | null): ScheduleOutcome => ({
    dueAt: due,
    outcome: kind,
    reason,
    backupId: null,
  });
  const missed = missedBetween(schedule, schedule.handledUntil, new Date(due.getTime() - 1), countedMissed);
  const earlier: Pick<Decision, 'earlier'> = missed.latest
    ? {
        earlier: {
          dueAt: missed.latest,
          outcome: 'skipped',
          reason: `nothing was running to start ${times(missed.count)}, up to this one`,
          backupId: null,
        },
      }
    : {};
  const unfinished = await context.catalog.backups.unfinishedOf(schedule.name);
  const dueText = `The backup that was due at ${due.toISOString()}`;
  if (unfinished) {
    const why = `the backup ${unfinished.id} of this schedule has not ended`;
    return {
      ...earlier,
      outcome: outcome('skipped', why),
      missed: { type: 'schedule.skipped', message: `${dueText} was left out: ${why}.` },
    };
  }
  const tellEarlier: Pick<Decision, 'missed'> = earlier.earlier
    ? { missed: { type: 'schedule.missed', message: `${earlier.earlier.reason}.` } }
    : {};
  if (now.getTime() - due.getTime() <= lateAfterMs) {
    return { ...earlier, ...tellEarlier, outcome: outcome('started', null) };
  }
  const why = 'nothing was running to start it when it was due';
  const becomes = schedule.missedRuns === 'once' ? 'begins late' : 'was left out';
  return {
    ...earlier,
    outcome: schedule.missedRuns === 'once' ? outcome('late', why) : outcome('skipped', why),
    missed: { type: 'schedule.missed', message: `${dueText} ${becomes}: ${why}.` },
  };
}

function times(count: number): string {
  if (count >= countedMissed) return `${count} runs or more`;
  return count === 1 ? 'one run' : `${count} runs`;
}

import type { ScheduleSettings } from '../catalog/schedules.ts';
import { lastDueTime } from './due-times.ts';

/**
 * `healthy`: the newest due backup is there. `late`: one was due and is not. `failing`: the newest runs did not
 * complete. `unscheduled`: nothing is taken by itself.
 */
export const healthStates = ['healthy', 'late', 'failing', 'unscheduled'] as const;

export interface Health {
  state: (typeof healthStates)[number];
  /** In one sentence. */
  reason: string;
}

export interface HealthFacts {
  schedule: ScheduleSettings | undefined;
  /** When the newest good backup began: the moment its data are of. */
  lastGoodAt: Date | null;
  /** Runs that have ended since, other than completed or cancelled. */
  failures: number;
  /** What the newest of them ended in. */
  lastFailure: string | null;
  now: Date;
}

/** A backup takes its time, and so may the run before it. */
const patienceMs = 60 * 60_000;

/** Whether somebody who trusts in these backups can sleep. Pure. */
export function healthOf({ schedule, lastGoodAt, failures, lastFailure, now }: HealthFacts): Health {
  const since = lastGoodAt
    ? `The last good backup is of ${lastGoodAt.toISOString()}`
    : 'There is no good backup';
  if (failures > 0) {
    const runs = failures === 1 ? 'the last run' : `the last ${failures} runs`;
    const why = lastFailure === null ? '' : `: ${lastFailure}`;
    return { state: 'failing', reason: `${since}; ${runs} failed${why}` };
  }
  if (!schedule?.enabled) {
    return { state: 'unscheduled', reason: `${since}; no schedule is enabled, so none is taken by itself.` };
  }
  if (!lastGoodAt) return { state: 'late', reason: `${since} yet.` };
  const due = lastDueTime(schedule, lastGoodAt, new Date(now.getTime() - patienceMs));
  if (due)
    return { state: 'late', reason: `${since}; one was due at ${due.toISOString()} and is not there.` };
  return { state: 'healthy', reason: `${since}, and no later one is due.` };
}

import { hostname } from 'node:os';
import { redact } from '../base/redaction.ts';
import { databaseFailure } from '../postgres/failure.ts';
import type { JointRun } from '../catalog/joint-runs.ts';
import { runKey } from './active-run.ts';
import type { RunContext } from './context.ts';
import { prepareHelp } from './help.ts';

/** Works on runs that other processes perform, where these have room for one more machine. */
export interface Joining {
  /** Joins what there is to join, in the background. */
  look(): Promise<void>;
  /** Resolves when this process works on no run of another one. */
  ended(): Promise<void>;
}

/** When one that had trouble of its own may join again. */
const rejoinAfterMs = 30_000;
/** Of runs that have long ended most of them are. */
const avoidedMax = 100;

const nameOf = ({ kind, id, fence }: JointRun): string => `${runKey(kind, id)}:${fence}`;

export function joinRuns(context: RunContext): Joining {
  const { catalog, logger, settings, stopping } = context;
  let working: Promise<void> | undefined;
  /** Runs that are not joined from here, and until when: one that cannot be joined never, so that it is said once. */
  const avoided = new Map<string, number>();

  async function join(run: JointRun): Promise<void> {
    const { kind, id } = run;
    const about = { kind, id };
    const name = nameOf(run);
    let work: Awaited<ReturnType<typeof prepareHelp>>;
    try {
      work = await prepareHelp(context, run);
    } catch (error) {
      const reason = redact(databaseFailure(error).message);
      logger.log('warn', `the ${kind} is not joined: ${reason}`, about);
      avoided.set(name, Infinity);
      return;
    }
    try {
      const place = await catalog.jointRuns.join(run, { host: hostname(), connections: settings.jobs });
      if (!place) return;
      logger.log('info', `works on the ${kind} of another process`, about);
      let why = 'it was stopped';
      try {
        const pieces = await work.help(place);
        why = 'the run has ended, or went on without it';
        logger.log('info', `has worked on the ${kind} of another process`, { ...about, pieces });
      } catch (error) {
        if (!stopping.aborted) {
          why = redact(databaseFailure(error).message);
          // Else it would join at once, and meet the same again.
          avoided.set(name, performance.now() + rejoinAfterMs);
          logger.log('warn', `works no longer on the ${kind} of another process: ${why}`, about);
        }
      } finally {
        // What it had claimed is given back at once; else it is when nothing is heard of it.
        await place.leave(why).catch(() => {});
      }
    } finally {
      await work.close();
    }
  }

  return {
    async look() {
      if (working || stopping.aborted) return;
      const open = await catalog.jointRuns.open();
      if (avoided.size > avoidedMax) avoided.clear();
      const run = open.find((each) => {
        const avoidedUntil = avoided.get(nameOf(each)) ?? 0;
        return !context.active.has(runKey(each.kind, each.id)) && performance.now() > avoidedUntil;
      });
      const leave = run && context.gate.tryEnter();
      if (!run || !leave) return;
      working = join(run)
        .catch((error: unknown) => {
          const failure = databaseFailure(error);
          logger.log('warn', `a run could not be joined: ${redact(failure.message)}`);
        })
        .finally(() => {
          leave();
          working = undefined;
        });
    },
    async ended() {
      await working;
    },
  };
}

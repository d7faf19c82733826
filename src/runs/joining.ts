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

export function joinRuns(context: RunContext): Joining {
  const { catalog, logger, settings, stopping } = context;
  let working: Promise<void> | undefined;
  /** Runs that cannot be joined from here, so that it is said once. */
  const refused = new Map<string, string>();

  async function join(run: JointRun): Promise<void> {
    const { kind, id } = run;
    const about = { kind, id };
    const name = `${runKey(kind, id)}:${run.fence}`;
    let work: Awaited<ReturnType<typeof prepareHelp>>;
    try {
      work = await prepareHelp(context, run);
    } catch (error) {
      const reason = redact(databaseFailure(error).message);
      if (refused.get(name) !== reason) logger.log('warn', `the ${kind} is not joined: ${reason}`, about);
      refused.set(name, reason);
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
          refused.set(name, why);
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
      for (const name of refused.keys()) {
        if (open.every(({ kind, id, fence }) => `${runKey(kind, id)}:${fence}` !== name))
          refused.delete(name);
      }
      const run = open.find(({ kind, id, fence }) => {
        const key = runKey(kind, id);
        return !context.active.has(key) && !refused.has(`${key}:${fence}`);
      });
      if (!run) return;
      working = join(run)
        .catch((error: unknown) => {
          const failure = databaseFailure(error);
          logger.log('warn', `a run could not be joined: ${redact(failure.message)}`);
        })
        .finally(() => (working = undefined));
    },
    async ended() {
      await working;
    },
  };
}

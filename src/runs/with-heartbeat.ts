import { setTimeout as pause } from 'node:timers/promises';
import { HoldfastError, superseded, type ErrorCode } from '../base/errors.ts';
import { stackOf } from '../base/stack.ts';
import { redact } from '../base/redaction.ts';
import type { FailedState, RunRecord, RunRows } from '../catalog/runs.ts';
import type { RunControl } from '../engine/run.ts';
import type { Progress } from '../contract/progress.ts';
import { databaseFailure } from '../postgres/failure.ts';
import type { RunKind } from './active-run.ts';
import { auditRunEnd } from './audit.ts';
import type { RunContext } from './context.ts';
import type { Kind, RunInHand } from './kind.ts';
import { keyLost } from './run-keys.ts';
import { redactedBody } from '../base/redacted-body.ts';

/** Also how long another process's wish to cancel may go unnoticed. */
const heartbeatEveryMs = 500;
/** How long the end of a run is tried to be written while the database does not answer. */
const recordForMs = 60_000;
const recordForWhenStoppingMs = 3_000;
/** How long a run that was told to end tries to record it at once: perhaps only the connection does not answer. */
const recordTryMs = 1_000;

export interface Work<T> {
  do(control: RunControl): Promise<T>;
  /** Writes the completed row, unless the work has done so itself. False when the run is another process's by now. */
  complete?(result: T): Promise<boolean>;
}

/** What the heartbeat and the end of a run are written by. */
interface Recorded {
  kind: RunKind;
  id: number;
  fence: number;
  rows: RunRows;
}

/**
 * Does the work of a run while its row shows what becomes of it: heartbeats and progress on the way, then the end.
 * @throws the error the work ended in, which the row then holds too
 */
export async function withHeartbeat<T, Row extends RunRecord>(
  context: RunContext,
  { name: kind, failureCode, rows: rowsOf }: Pick<Kind<Row>, 'name' | 'failureCode' | 'rows'>,
  { record, hold, signal: ending, onProgress, withKey = false }: RunInHand<Row>,
  work: Work<T>,
): Promise<T> {
  const { id } = record;
  const run: Recorded = { kind, id, fence: hold.fence, rows: rowsOf(context.catalog) };
  const cancel = new AbortController();
  const signal = AbortSignal.any([ending, cancel.signal]);
  const heartbeat = startHeartbeat(context, run, (reason) => cancel.abort(reason));
  const about = { kind, id };
  context.logger.log('info', `${kind} started`, about);
  try {
    const result = await work.do({
      signal,
      report(progress) {
        heartbeat.progress = progress;
        onProgress?.(progress);
      },
    });
    heartbeat.stop();
    if (work.complete) {
      const held = await writeEnd(context, about, signal, () => work.complete!(result));
      // A try whose answer was lost may have written it.
      if (held === false && !(await run.rows.heartbeat(run, null)).held) throw superseded();
    }
    context.logger.log('info', `${kind} completed`, about);
    await auditRunEnd(context, about);
    return result;
  } catch (error) {
    let failure = failureOf(error, failureCode, signal);
    if (withKey && failure.code === 'INTERRUPTED') failure = keyLost(failure.message);
    heartbeat.stop();
    const state = stateAfter(failure.code);
    const stack = failure.code === 'INTERNAL' ? { stack: redact(stackOf(error)) } : {};
    context.logger.log(
      state === 'failed' ? 'error' : 'warn',
      `${kind} ${state}: ${redact(failure.message)}`,
      { ...about, code: failure.code, ...stack },
    );
    const write = (): Promise<boolean> => run.rows.fail(run, state, redactedBody(failure));
    const held = await writeEnd(context, about, signal, write);
    if (held !== undefined) await auditRunEnd(context, about, failure);
    if (held === false) context.logger.log('warn', `how the ${kind} ended is in its row already`, about);
    throw failure;
  }
}

function startHeartbeat(
  context: RunContext,
  run: Recorded,
  cancel: (reason: HoldfastError) => void,
): { progress: Progress | null; stop(): void } {
  const stopped = new AbortController();
  const state = { progress: null as Progress | null, stop };
  void beat();

  async function beat(): Promise<void> {
    while (!stopped.signal.aborted) {
      await pause(heartbeatEveryMs, undefined, { signal: stopped.signal, ref: false }).catch(() => {});
      if (stopped.signal.aborted) return;
      try {
        const { held, cancelRequested } = await run.rows.heartbeat(run, state.progress);
        if (!held) cancel(superseded());
        else if (cancelRequested) cancel(new HoldfastError('CANCELLED', `The ${run.kind} was cancelled.`));
      } catch (error) {
        // The run itself finds out whether it can go on; the writer lock protects it meanwhile.
        context.logger.log('warn', `heartbeat failed: ${redact(databaseFailure(error).message)}`, {
          kind: run.kind,
          id: run.id,
        });
      }
    }
  }
  // One that is under way need not be waited for: after the end of the run it changes nothing.
  function stop(): void {
    stopped.abort();
  }
  return state;
}

/**
 * Writes the end of a run, again and again for a while when the database does not answer. After that the row is
 * left to the reaper, which marks it as interrupted: a run must never look completed because writing failed.
 * @returns what was answered; undefined when nobody answered
 */
async function writeEnd(
  context: RunContext,
  about: { kind: RunKind; id: number },
  signal: AbortSignal,
  write: () => Promise<boolean>,
): Promise<boolean | undefined> {
  const started = Date.now();
  for (let wait = 200; ; wait = Math.min(wait * 2, 5_000)) {
    try {
      return signal.aborted ? await promptly(context, write()) : await write();
    } catch (error) {
      const failure = databaseFailure(error);
      const limit = context.stopping.aborted ? recordForWhenStoppingMs : recordForMs;
      if (!failure.definition.retryable || Date.now() - started + wait > limit) {
        context.logger.log(
          'error',
          `the end of the ${about.kind} could not be recorded: ${redact(failure.message)}`,
          {
            ...about,
            code: failure.code,
          },
        );
        return undefined;
      }
    }
    await pause(wait);
  }
}

/**
 * When there is no answer soon, connections on which nothing is heard are given up, and the next try has another one. In a
 * process that ends or does nothing else, all of them: that is faster than to ask about each.
 */
async function promptly<T>({ catalog, stopping, listening }: RunContext, writing: Promise<T>): Promise<T> {
  const { pool } = catalog;
  const limit = setTimeout(
    () => (stopping.aborted || !listening ? pool.breakOff() : pool.breakOffSilent()),
    recordTryMs,
  );
  try {
    return await writing;
  } finally {
    clearTimeout(limit);
  }
}

function failureOf(error: unknown, code: ErrorCode, signal: AbortSignal): HoldfastError {
  const failure = databaseFailure(error);
  // An error after a run was told to stop is a consequence of that, unless it leaves the outcome unknown.
  if (signal.aborted && failure.code !== 'RESTORE_UNCERTAIN') return databaseFailure(signal.reason);
  if (failure.code !== 'INTERNAL' || !failure.details) return failure;
  // An error of the server that has no code of its own in the catalogue.
  return new HoldfastError(code, failure.message, {
    cause: failure,
    details: failure.details,
  });
}

function stateAfter(code: ErrorCode): FailedState {
  if (code === 'CANCELLED') return 'cancelled';
  return code === 'INTERRUPTED' ? 'interrupted' : 'failed';
}

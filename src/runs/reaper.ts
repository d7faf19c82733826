import { HoldfastError } from '../base/errors.ts';
import { redact } from '../base/redaction.ts';
import { endLeftSessions, identitiesOf, tryLockInTransaction } from '../catalog/locks.ts';
import type { LiveRun } from '../catalog/queue.ts';
import { kindsIn, laneOf, lanes, type Lane } from '../catalog/run-tables.ts';
import type { RunKind } from '../contract/states.ts';
import { databaseFailure } from '../postgres/failure.ts';
import type { Queryable } from '../postgres/pool.ts';
import type { RunContext } from './context.ts';
import { kinds } from './kinds/kinds.ts';
import { keyLost } from './run-keys.ts';

/** What is running, as far as the rows tell. A restore comes before its own safety backup. */
export async function runningNow(context: RunContext): Promise<LiveRun[]> {
  return (await context.catalog.queue.live()).filter(isRunning);
}

const isRunning = ({ status }: LiveRun): boolean => status === 'running';

/** Whether a run waits for a process that has its key, and this is not the one. */
export function isWithoutKey({ keys }: RunContext, { status, keyTicket }: LiveRun): boolean {
  return status === 'queued' && keyTicket !== null && keys.secretsOf(keyTicket) === undefined;
}

/**
 * Marks rows that claim to be alive although nobody holds the lock of their lane, and those that wait although nobody has their
 * key: their process was killed, or could not write how it ended. Cheap when there are none.
 */
export async function reap(context: RunContext): Promise<void> {
  const live = await context.catalog.queue.live();
  for (const run of live) if (isWithoutKey(context, run)) await endWithoutKey(context, run);
  const claimed = new Set(live.filter(isRunning).map(({ kind }) => laneOf(kind)));
  // A run of this process holds the lock.
  for (const { kind } of context.active.values()) claimed.delete(laneOf(kind));
  for (const lane of lanes.filter((each) => claimed.has(each))) {
    const interrupted = await context.catalog.pool
      .transaction(async (connection) => {
        const alone = await tryLockInTransaction(connection, lane, context.catalog.schema);
        return alone ? interruptLeftovers(context, lane, connection) : ([] as RunKind[]);
      })
      .catch(noneOnStandby);
    for (const kind of interrupted) await kinds[kind].clearAway?.(context);
  }
}

async function endWithoutKey(context: RunContext, { kind, id, keyTicket }: LiveRun): Promise<void> {
  const { catalog, logger } = context;
  const ended = await catalog.pool
    .transaction(async (connection) => {
      if (!(await tryLockInTransaction(connection, 'key', keyTicket!))) return [];
      await kinds[kind].rows(catalog).interruptWaiting(connection, keyTicket!, waitedInVain.toJSON());
      return [kind];
    })
    .catch(noneOnStandby);
  if (ended.length > 0)
    logger.log('warn', `${kind} that waited with its key ended with its process`, { kind, id });
}

const waitedInVain = keyLost(
  'The process that was asked for this run, and could perform it alone, ended before the run began.',
);

/** A run that a standby shows is the primary's, and so is its lock, which is not seen here. */
function noneOnStandby(error: unknown): RunKind[] {
  if (error instanceof HoldfastError && error.code === 'STANDBY') return [];
  throw error;
}

/**
 * The same for one who holds the lock of a lane already.
 * @returns the kinds of runs there were
 */
export async function interruptLeftovers(
  context: RunContext,
  lane: Lane,
  connection: Queryable,
): Promise<RunKind[]> {
  const error = new HoldfastError(
    'INTERRUPTED',
    'The process that performed the run ended, or lost the database, before it could record the outcome.',
  ).toJSON();
  const withKey = keyLost(error.message).toJSON();
  const interrupted: RunKind[] = [];
  for (const kind of kindsIn(lane)) {
    const { rows, retry, settle } = kinds[kind];
    await settle?.(context, connection);
    const runs = await rows(context.catalog).interruptAll(connection, error, withKey);
    if (runs.length === 0) continue;
    const ids = runs.map(({ id }) => id);
    interrupted.push(kind);
    await endSessionsOf(context, lane, connection, runs);
    context.logger.log('warn', `${kind} of an ended process marked as interrupted`, { kind, ids });
    for (const id of ids) await retry?.(context, connection, id);
  }
  if (interrupted.length > 0) await context.catalog.jointRuns.forgetEnded(connection);
  return interrupted;
}

/** What they have locked must be free for the next run. */
async function endSessionsOf(
  context: RunContext,
  lane: Lane,
  connection: Queryable,
  runs: readonly { fence: number | null }[],
): Promise<void> {
  const { schema } = context.catalog;
  const left = runs.flatMap(({ fence }) => (fence === null ? [] : [{ schema, lane, fence }]));
  const identities = await identitiesOf(connection, left);
  let ended = await endLeftSessions(connection, identities);
  if (context.databases.apart) {
    ended += await endLeftSessions(context.source, identities).catch((error: unknown) => {
      // A server that is not there has no connections; the locks of the run itself are in the catalog's database.
      const { message } = databaseFailure(error);
      context.logger.log('warn', `connections of an ended process could not be closed: ${redact(message)}`);
      return 0;
    });
  }
  if (ended > 0) context.logger.log('warn', `${ended} connections of an ended process closed`);
}

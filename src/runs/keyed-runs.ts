import { HoldfastError } from '../base/errors.ts';
import { redact } from '../base/redaction.ts';
import type { RunKind } from '../contract/states.ts';
import { databaseFailure } from '../postgres/failure.ts';
import type { RunContext } from './context.ts';
import { withIdentity } from './given-identity.ts';
import { reap } from './reaper.ts';
import type { RunSecrets } from './run-keys.ts';

/** Orders a run with a key that stays in the memory of this process until the run has ended. */
export async function orderWithKey<Row>(
  context: RunContext,
  secrets: RunSecrets,
  order: (opened: RunContext, ticket: string) => Promise<Row>,
): Promise<Row> {
  const { keys } = context;
  const ticket = await keys.keep(secrets);
  try {
    const record = await withIdentity(context, secrets.identity, (opened) => order(opened, ticket));
    keys.ordered(ticket);
    return record;
  } catch (error) {
    await keys.forget(ticket);
    throw error;
  }
}

/** For a process that stops: it ends the runs that wait for it. Never throws. */
export async function endRunsWithKeys(context: RunContext): Promise<void> {
  const { keys, logger } = context;
  const tickets = keys.tickets();
  await Promise.all(tickets.map((ticket) => keys.forget(ticket)));
  if (tickets.length === 0) return;
  try {
    await reap(context);
  } catch (error) {
    // Another process sees that nobody has the keys.
    logger.log('warn', `runs that waited with a key stay queued: ${redact(databaseFailure(error).message)}`);
  }
}

export function workerRequired(kind: RunKind): HoldfastError {
  return new HoldfastError(
    'WORKER_REQUIRED',
    `A ${kind} with a key, or with the address of a server, is performed by the process that got it, and this one performs no runs.`,
  );
}

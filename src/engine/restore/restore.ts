/*
 * restore/ owns the carrying out of a plan: transactions, the order of the work, and the proofs before it takes effect. It
 * never decides what `plan/` could have decided, and knows nothing of runs, their rows and locks.
 */
import { abortReason, HoldfastError } from '../../base/errors.ts';
import type { RestoreReport } from '../../contract/restore.ts';
import { databaseFailure, sqlState } from '../../postgres/failure.ts';
import { refuse } from '../plan/refusals.ts';
import type { Plan } from '../plan/plan.ts';
import { restoreBeside } from './beside.ts';
import { restoreInPlace } from './in-place.ts';
import { restoreNewDatabase } from './new-database.ts';
import type { RestoreWork } from './work.ts';

/**
 * Restores a backup as planned. When it resolves, every row count and chunk hash has been proved and the result is
 * committed. When it rejects, a database restored in place is as it was, and a new database does not exist;
 * RESTORE_UNCERTAIN alone means that this is not known.
 *
 * @throws the first refusal of the plan; SCHEMA_DRIFT, TABLE_VANISHED when the database changed since; CANCELLED or the
 *   abort reason; LOCK_TIMEOUT, CHUNK_MISSING, CHUNK_CORRUPT, CONSTRAINT_VIOLATED, MATVIEW_REFRESH_FAILED,
 *   EXTENSION_NOT_CREATED, SEARCH_PATH_NEEDED, PROOF_FAILED, RESTORE_UNCERTAIN, DATABASE_UNREACHABLE,
 *   INSUFFICIENT_PRIVILEGE, STORE_FAILED, RESTORE_FAILED
 */
export async function restore(plan: Plan, work: RestoreWork): Promise<RestoreReport> {
  const { signal } = work.control;
  try {
    signal.throwIfAborted();
    refuse(plan);
    if (plan.mode === 'in-place') return await restoreInPlace(plan, work);
    return plan.mode === 'beside' ? await restoreBeside(plan, work) : await restoreNewDatabase(plan, work);
  } catch (error) {
    // These tell in which state the databases are, which matters more than the cancelling.
    if (error instanceof HoldfastError && error.code === 'RESTORE_UNCERTAIN') throw error;
    if (error instanceof HoldfastError && error.details?.['unfinishedDatabase'] !== undefined) throw error;
    if (signal.aborted) throw abortReason(signal);
    throw restoreFailure(error);
  }
}

/** The failure as an error of the catalogue. */
export function restoreFailure(error: unknown): HoldfastError {
  const failure = databaseFailure(error);
  const state = sqlState(error);
  if (state === undefined || failure.code !== 'INTERNAL') return failure;
  const { message, detail, where } = error as { message: string; detail?: string; where?: string };
  return new HoldfastError('RESTORE_FAILED', message, {
    cause: error,
    details: { sqlState: state, ...(detail ? { detail } : {}), ...(where ? { where } : {}) },
  });
}

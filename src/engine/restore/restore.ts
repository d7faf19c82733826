import { abortReason, HoldfastError } from '../../base/errors.ts';
import type { Manifest } from '../../format/manifest.ts';
import type { ConnectionTarget } from '../../postgres/connection.ts';
import { databaseFailure, sqlState } from '../../postgres/failure.ts';
import type { Store } from '../../store/store.ts';
import type { PreparedRestore } from '../plan/plan.ts';
import type { RestoreRequest } from '../requests.ts';
import type { RestoreReport } from '../../contract/restore.ts';
import { restoreInPlace } from './in-place.ts';
import { restoreNewDatabase } from './new-database.ts';
import type { RunControl } from '../run.ts';

/**
 * Restores a backup. When it resolves, every row count and chunk hash has been proved and the result is
 * committed. When it rejects, a database restored in place is as it was, and a new database does not exist;
 * RESTORE_UNCERTAIN alone says that this could not be made sure of.
 * @param prepared a plan just made for this request, so that it need not be made once more
 *
 * @throws CANCELLED (or the abort reason), SCHEMA_DRIFT, DATABASE_EXISTS, ROLES_MISSING, EXTENSIONS_MISSING,
 *   TABLES_NOT_FOUND, LOCK_TIMEOUT, CHUNK_MISSING, CHUNK_CORRUPT, PROOF_FAILED, RESTORE_UNCERTAIN,
 *   DATABASE_UNREACHABLE, INSUFFICIENT_PRIVILEGE, STORE_FAILED, RESTORE_FAILED
 */
export async function restore(
  target: ConnectionTarget,
  store: Store,
  manifest: Manifest,
  request: RestoreRequest,
  control: RunControl,
  prepared?: PreparedRestore,
): Promise<RestoreReport> {
  const run = request.target.mode === 'in-place' ? restoreInPlace : restoreNewDatabase;
  try {
    control.signal.throwIfAborted();
    return await run(target, store, manifest, request, control, prepared);
  } catch (error) {
    // These say what state things were left in, which matters more than that the run was cancelled.
    if (error instanceof HoldfastError && error.code === 'RESTORE_UNCERTAIN') throw error;
    if (error instanceof HoldfastError && error.details?.['unfinishedDatabase'] !== undefined) throw error;
    if (control.signal.aborted) throw abortReason(control.signal);
    throw restoreFailure(error);
  }
}

/** What went wrong, in the words of the catalogue. */
function restoreFailure(error: unknown): HoldfastError {
  const failure = databaseFailure(error);
  const state = sqlState(error);
  if (state === undefined || failure.code !== 'INTERNAL') return failure;
  const { message, detail, where } = error as { message: string; detail?: string; where?: string };
  return new HoldfastError('RESTORE_FAILED', message, {
    cause: error,
    details: { sqlState: state, ...(detail ? { detail } : {}), ...(where ? { where } : {}) },
  });
}

import { HoldfastError } from '../../base/errors.ts';
import { databaseFailure, sqlState } from '../../postgres/failure.ts';

/**
 * A table that is dropped or altered under way shows as a missing relation or column; one that something else took the
 * place of as the wrong kind of object, or as one that may not be read.
 */
const changedStates = new Set(['42P01', '42703', '42809', '55000']);
/** Where the server's source raises what has no SQLSTATE of its own; unlike its words the same in every language. */
const openRelation = 'relation_open';
const rowSecurityCheck = 'check_enable_rls';

/** What went wrong, in the words of the catalogue. */
export function backupFailure(error: unknown): HoldfastError {
  const state = sqlState(error);
  const { message, routine } = error as { message: string; routine?: string };
  if (state !== undefined && (changedStates.has(state) || routine === openRelation)) {
    return new HoldfastError('TABLE_VANISHED', `Something changed while it was being read: ${message}`, {
      cause: error,
    });
  }
  if (state !== undefined && routine === rowSecurityCheck) {
    return new HoldfastError('ROW_SECURITY_ACTIVE', message, { cause: error });
  }
  const failure = databaseFailure(error);
  if (failure.code !== 'INTERNAL' || state === undefined) return failure;
  return new HoldfastError('BACKUP_FAILED', failure.message, { cause: error, details: { sqlState: state } });
}

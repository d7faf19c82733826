import { HoldfastError } from '../../base/errors.ts';
import type { ServerError } from '../wire/copy-stream.ts';
import { databaseFailure } from '../failure.ts';
import { snapshotLost } from '../snapshot.ts';

const queryCanceled = '57014';

export interface FailureContext {
  /** What the server reported last. */
  fault?: ServerError | undefined;
  /** Whether pg_dump was taking its locks; its wait limit is a statement timeout. */
  locking?: boolean;
  /** Whether pg_dump was taking over the snapshot. */
  joining?: boolean;
  cause?: unknown;
}

/** pg_dump's own message for a sequence that it cannot read; always in English. */
const lacksPrivilege = /user may lack \S+ privilege/;

/** The error of the catalogue for a pg_dump that failed with `text`. */
export function dumpFailure(
  text: string,
  { fault, locking, joining, cause }: FailureContext = {},
): HoldfastError {
  const lost = joining === true ? snapshotLost(fault) : undefined;
  if (lost) return lost;
  const message = `pg_dump could not read the schema: ${text}`;
  const failure = fault && databaseFailure(fault);
  const options = { ...(failure?.details ? { details: failure.details } : {}), cause: cause ?? fault };
  if (locking === true && fault?.code === queryCanceled) {
    return new HoldfastError('LOCK_TIMEOUT', message, options);
  }
  if (failure && failure.code !== 'INTERNAL') {
    return new HoldfastError(failure.code, message, { ...options, hint: failure.hint });
  }
  const code = lacksPrivilege.test(text) ? 'INSUFFICIENT_PRIVILEGE' : 'BACKUP_FAILED';
  return new HoldfastError(code, message, options);
}

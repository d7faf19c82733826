import { HoldfastError } from '../base/errors.ts';
import type { ServerFault } from './pg-dump-protocol.ts';

const insufficientPrivilege = '42501';
const lockNotAvailable = '55P03';
const queryCanceled = '57014';

export interface FailureContext {
  /** What the server reported last, where we could see it. */
  fault?: ServerFault | undefined;
  /** Whether pg_dump was taking its locks; its wait limit is a statement timeout. */
  locking?: boolean;
  cause?: unknown;
}

/** The error of the catalogue for a pg_dump that failed with `text`. */
export function dumpFailure(text: string, context: FailureContext = {}): HoldfastError {
  const sqlstate = context.fault?.sqlstate ?? '';
  const message = `pg_dump could not read the schema: ${text}`;
  const options = {
    ...(sqlstate === '' ? {} : { details: { sqlstate } }),
    ...(context.cause === undefined ? {} : { cause: context.cause }),
  };
  const timedOut =
    sqlstate === queryCanceled || text.includes('canceling statement due to statement timeout');
  const locking = context.locking === true || text.includes('LOCK TABLE');
  if (sqlstate === lockNotAvailable || (timedOut && locking)) {
    return new HoldfastError('LOCK_TIMEOUT', message, options);
  }
  // pg_dump finds out by itself that a sequence cannot be read, and puts it in these words.
  if (sqlstate === insufficientPrivilege || /permission denied|user may lack \S+ privilege/.test(text)) {
    return new HoldfastError('INSUFFICIENT_PRIVILEGE', message, options);
  }
  return new HoldfastError('BACKUP_FAILED', message, options);
}

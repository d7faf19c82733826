import { HoldfastError, type ErrorCode } from '../base/errors.ts';
import { redact } from '../base/redaction.ts';

/** Whole SQLSTATEs first, then classes. https://www.postgresql.org/docs/current/errcodes-appendix.html */
const byState: Record<string, ErrorCode> = {
  '3D000': 'DATABASE_UNREACHABLE', // the database does not exist
  '42501': 'INSUFFICIENT_PRIVILEGE',
  '53100': 'STORE_FAILED', // disk full
  '53200': 'STORE_FAILED', // out of memory
  '53300': 'DATABASE_UNREACHABLE', // too many connections
  '55P03': 'LOCK_TIMEOUT',
  '40P01': 'LOCK_TIMEOUT', // deadlock
  '57014': 'CANCELLED',
  '57P01': 'DATABASE_UNREACHABLE', // shut down by an administrator, or this backend was ended
  '57P02': 'DATABASE_UNREACHABLE', // another backend crashed
  '57P03': 'DATABASE_UNREACHABLE', // starting up or shutting down
  '57P04': 'DATABASE_UNREACHABLE', // the database was dropped
  '57P05': 'DATABASE_UNREACHABLE', // idle_session_timeout
  '25006': 'STORE_FAILED', // a read-only server or transaction
};
const byClass: Record<string, ErrorCode> = {
  '08': 'DATABASE_UNREACHABLE',
  '28': 'DATABASE_AUTHENTICATION',
  '53': 'STORE_FAILED',
  '58': 'STORE_FAILED', // input/output error
};

const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT', // a Unix socket that is not there
  'EACCES', // or may not be opened
]);

// What the driver says in plain words, without a code.
const lostConnection =
  /^(Connection terminated|timeout expired|timeout exceeded when trying to connect|Client (has encountered|was closed)|The server does not support SSL)/;

/** The SQLSTATE of an error of the server; undefined for every other error. */
export function sqlState(error: unknown): string | undefined {
  const { code, severity } = (error ?? {}) as { code?: unknown; severity?: unknown };
  return typeof code === 'string' && severity !== undefined ? code : undefined;
}

/**
 * Any error of the driver as one of ours; a HoldfastError stays what it is. What nobody expected becomes INTERNAL.
 */
export function databaseFailure(error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const message = redact(plainMessage(error));
  const state = sqlState(error);
  if (state !== undefined) return serverFailure(state, message, error);
  const code = (error as { code?: unknown } | null)?.code;
  if ((typeof code === 'string' && networkCodes.has(code)) || lostConnection.test(message)) {
    return new HoldfastError('DATABASE_UNREACHABLE', `The database cannot be reached: ${message}`, {
      cause: error,
    });
  }
  return new HoldfastError('INTERNAL', message, { cause: error });
}

function plainMessage(error: unknown): string {
  // Trying several addresses fails as one AggregateError with an empty message.
  if (error instanceof AggregateError && error.message === '' && error.errors.length > 0) {
    return plainMessage(error.errors[0]);
  }
  return error instanceof Error && error.message !== '' ? error.message : String(error);
}

function serverFailure(state: string, message: string, cause: unknown): HoldfastError {
  const code = byState[state] ?? byClass[state.slice(0, 2)] ?? 'INTERNAL';
  const options = { cause, details: { sqlState: state } };
  if (state === '53300') {
    return new HoldfastError(code, `The server has no free connection: ${message}`, {
      ...options,
      hint: 'Raise max_connections, end idle sessions, or try again when fewer are open.',
    });
  }
  return new HoldfastError(code, message, options);
}

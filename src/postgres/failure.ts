import { errorCatalogue, HoldfastError, type ErrorCode } from '../base/errors.ts';
import { redact } from '../base/redaction.ts';

interface Meaning {
  code: ErrorCode;
  /** Said before the server's own words, where those alone do not say what happened. */
  lead?: string;
  /** Instead of the catalogue's. What the server advises is added to either. */
  hint?: string;
}

/** Whole SQLSTATEs first, then classes. https://www.postgresql.org/docs/current/errcodes-appendix.html */
const meanings: Readonly<Record<string, Meaning>> = {
  '08': { code: 'DATABASE_UNREACHABLE' },
  '22021': { code: 'ENCODING_NOT_SUPPORTED' }, // bytes that are no text in the encoding they should be
  '22P05': { code: 'ENCODING_NOT_SUPPORTED' }, // a character that the other encoding does not have
  '25006': { code: 'READ_ONLY_SERVER' },
  '25P03': { code: 'STATEMENT_TIMEOUT', hint: timeoutHint('idle_in_transaction_session_timeout') },
  '25P04': { code: 'STATEMENT_TIMEOUT', hint: timeoutHint('transaction_timeout') },
  '28': { code: 'DATABASE_AUTHENTICATION' },
  '3D000': {
    code: 'DATABASE_UNREACHABLE',
    hint: 'Correct the name of the database in the connection string, or create it.',
  },
  '40001': { code: 'SERIALIZATION_FAILURE' },
  '40P01': { code: 'DEADLOCK' },
  '42501': { code: 'INSUFFICIENT_PRIVILEGE' },
  '53': { code: 'SERVER_LIMIT' },
  '53100': { code: 'DISK_FULL' },
  '53300': {
    code: 'DATABASE_UNREACHABLE',
    lead: 'The server has no free connection: ',
    hint: 'Raise max_connections, end idle sessions, or try again when fewer are open.',
  },
  '54': { code: 'SERVER_LIMIT' },
  '55P03': { code: 'LOCK_TIMEOUT' },
  // Not by us: what we cancel is reported as what we cancelled it for.
  '57014': { code: 'STATEMENT_TIMEOUT' },
  '57P01': { code: 'DATABASE_UNREACHABLE' }, // shut down by an administrator, or this backend was ended
  '57P02': { code: 'DATABASE_UNREACHABLE' }, // another backend crashed
  '57P03': { code: 'DATABASE_UNREACHABLE' }, // starting up or shutting down
  '57P04': { code: 'DATABASE_UNREACHABLE' }, // the database was dropped
  '57P05': { code: 'STATEMENT_TIMEOUT', hint: timeoutHint('idle_session_timeout') },
  '58': { code: 'SERVER_FILE_FAILED' },
  XX001: { code: 'DATA_CORRUPTED' },
  XX002: { code: 'DATA_CORRUPTED' }, // an index
};

function timeoutHint(setting: string): string {
  return `Holdfast switches ${setting} off for its own connections; a function that was called, or a pooler, has a limit of its own.`;
}

/** Where the server's source reports that its table of locks is full; its words depend on lc_messages, this does not. */
const lockTableSource = 'lock.c';
/** A line that is quoted in full may be a row with a password in it. */
const showsRows = new Set(['23502', '23514']);

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
]);
/** Of a Unix socket that is not there, or may not be opened; of a file they are something else. */
const socketCodes = new Set(['ENOENT', 'EACCES']);

// What the driver says in plain words, without a code.
const lostConnection =
  /^(Connection terminated|timeout expired|timeout exceeded when trying to connect|Client (has encountered|was closed)|The server does not support SSL)/;

/** The SQLSTATE of an error of the server; undefined for every other error. */
export function sqlState(error: unknown): string | undefined {
  const { code, severity } = (error ?? {}) as { code?: unknown; severity?: unknown };
  return typeof code === 'string' && severity !== undefined ? code : undefined;
}

/** Time limits with which a server ends not the statement but the connection. */
const endingStates = new Set<unknown>(['25P03', '25P04', '57P05']);

/** Whether a connection is of no more use after this. */
export function endsConnection({ code, details }: HoldfastError): boolean {
  return (
    code === 'DATABASE_UNREACHABLE' ||
    code === 'CONNECTION_STALLED' ||
    endingStates.has(details?.['sqlState'])
  );
}

/**
 * Any error of the driver as one of ours; a HoldfastError stays what it is. What nobody expected becomes INTERNAL.
 */
export function databaseFailure(error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const message = redact(plainMessage(error));
  const state = sqlState(error);
  if (state !== undefined) return serverFailure(state, message, error);
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  const ofSocket = syscall === 'connect' && socketCodes.has(code ?? '');
  if (ofSocket || networkCodes.has(code ?? '') || lostConnection.test(message)) {
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
  const { detail, hint: advice, file, inHotStandby } = cause as ServerFields;
  const { code, lead = '', hint } = meaningOf(state, file, inHotStandby === true);
  const hints = [hint ?? errorCatalogue[code].hint, advice ? `The server advises: ${redact(advice)}` : ''];
  return new HoldfastError(code, lead + message, {
    cause,
    hint: hints.filter((each) => each !== '').join(' '),
    details: { sqlState: state, ...(detail && !showsRows.has(state) ? { detail: redact(detail) } : {}) },
  });
}

/** Of an error of the server, as the driver names its fields. */
interface ServerFields {
  detail?: string;
  hint?: string;
  file?: string;
  /** Put in by PreparedClient. */
  inHotStandby?: boolean;
}

function meaningOf(state: string, file: string | undefined, inHotStandby: boolean): Meaning {
  if (state === '53200' && file === lockTableSource) return { code: 'OUT_OF_LOCKS' };
  if (state === '25006' && inHotStandby) return { code: 'STANDBY', lead: 'This server is a standby: ' };
  return meanings[state] ?? meanings[state.slice(0, 2)] ?? { code: 'INTERNAL' };
}

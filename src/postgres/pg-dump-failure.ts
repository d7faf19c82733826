import { HoldfastError } from '../base/errors.ts';
import type { ServerFault } from './pg-dump-protocol.ts';

const insufficientPrivilege = '42501';
const lockNotAvailable = '55P03';
const queryCanceled = '57014';
const longestText = 2000;

/**
 * pg_dump's complaints out of what it printed: the lines of its errors, details and hints with those that
 * continue them, without the program's name. Queries it quotes are left out.
 */
export function errorLines(lines: readonly string[]): string {
  const kept: string[] = [];
  let keeping = false;
  for (const line of lines) {
    const [own, level, said = ''] =
      /^\S*pg_dump(?:\.\w+)?: (?:(error|detail|hint): )?(.*)$/s.exec(line) ?? [];
    if (own !== undefined) keeping = level !== undefined && !/^(?:Query|Command) was: /.test(said);
    if (keeping) kept.push(own === undefined ? line : said);
  }
  const text = kept.join('\n').trim();
  return text.length > longestText ? `${text.slice(0, longestText)}…` : text;
}

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

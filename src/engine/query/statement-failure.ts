import { HoldfastError } from '../../base/errors.ts';
import { redact } from '../../base/redaction.ts';
import { bytes } from '../../base/units.ts';
import { AnswerTooLarge, statementOffset } from '../../postgres/answer.ts';
import { databaseFailure, sqlState } from '../../postgres/failure.ts';
import { displayName } from '../../postgres/identifiers.ts';
import type { Asked } from './ask.ts';
import type { Question } from './statement.ts';

export function tookTooLong(timeoutMs: number): HoldfastError {
  return new HoldfastError(
    'QUERY_TIMEOUT',
    `The statement was ended after ${Math.round(timeoutMs / 1_000)} s, its limit.`,
  );
}

const queryCanceled = '57014';
/** What may not be, and what a transaction that only reads may not do. */
const forbidden = new Set(['42501', '25006']);
/** An undefined relation, column, function, type or schema; a materialized view without rows. */
const undefinedObject = new Set(['42P01', '42703', '42883', '42704', '3F000', '55000']);
/** Classes of SQLSTATE that are about the server or the connection. */
const ofTheServer = new Set(['08', '28', '53', '57', '58', 'F0', 'XX']);

/** Whether a function may have failed only because a table that it reads had no rows. */
export function mayLackRows(error: unknown): boolean {
  const state = sqlState(error);
  return state !== undefined && !ofTheServer.has(state.slice(0, 2)) && !/^(42|25006)/.test(state);
}

/** What went wrong with a statement, in words. */
export function statementFailure(
  error: unknown,
  { answerBytesMax, timeoutMs }: Question,
  asked: Pick<Asked, 'leftOut' | 'manifest'>,
): unknown {
  if (error instanceof AnswerTooLarge) {
    return new HoldfastError('QUERY_TOO_LARGE', `The answer is larger than ${bytes(answerBytesMax)}.`, {
      hint: 'Name fewer columns or rows, or only the beginning of long values, with left.',
    });
  }
  const state = sqlState(error);
  if (state === queryCanceled) return tookTooLong(timeoutMs);
  if (state === undefined || ofTheServer.has(state.slice(0, 2))) {
    const failure = databaseFailure(error);
    return failure.code === 'DATABASE_UNREACHABLE' || state !== undefined
      ? new HoldfastError('SCRATCH_FAILED', failure.message, { cause: error })
      : failure;
  }
  const { message, position, hint: advice } = error as Record<string, string | undefined>;
  const at = Number(position) - statementOffset;
  const where = Number.isInteger(at) && at > 0 ? ` (at character ${at})` : '';
  const hint = forbidden.has(state)
    ? 'A statement may read what the backup has, and nothing else.'
    : undefinedObject.has(state)
      ? adviceOn(message ?? '', advice, asked)
      : advice && redact(advice);
  return new HoldfastError('QUERY_FAILED', `${redact(message ?? String(error))}${where}`, {
    cause: error,
    ...(hint ? { hint } : {}),
    details: { sqlState: state },
  });
}

const shownAtMost = 5;

/** The server's own advice, tables of that name in other schemas, and what is not here. */
function adviceOn(
  message: string,
  advice: string | undefined,
  { leftOut, manifest }: Pick<Asked, 'leftOut' | 'manifest'>,
): string | undefined {
  // However the language of the server quotes a name.
  const words = new Set(message.split(/[^\p{L}\p{N}_$]+/u));
  const elsewhere = manifest.tables.filter(({ schema, name }) => words.has(name) && !words.has(schema));
  const parts = [
    ...(advice ? [redact(advice)] : []),
    ...(elsewhere.length === 0
      ? []
      : [`The backup has ${listed(elsewhere.map(displayName))}: name the schema too.`]),
    ...(leftOut.length === 0
      ? []
      : [
          `The scratch database does not have ${listed(leftOut.map(({ what, why }) => `${what} (${redact(why)})`))}.`,
        ]),
  ];
  return parts.length === 0 ? undefined : parts.join(' ');
}

function listed(all: readonly string[]): string {
  const more = all.length > shownAtMost ? `, and ${all.length - shownAtMost} more` : '';
  return `${all.slice(0, shownAtMost).join(', ')}${more}`;
}

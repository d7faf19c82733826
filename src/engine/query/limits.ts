import { HoldfastError } from '../../base/errors.ts';
import { timeLimit, type TimeLimit } from '../../base/time-limit.ts';

/** Raw bytes of the rows that a scratch database has at once. */
export const scratchBytesMax = 4_000_000_000;
export const answerBytesMax = 16_000_000;
/** For all of it: waiting, making the scratch database, fetching rows and the statement. */
const limitMs = 15 * 60_000;

/** The time for one question, which ends with QUERY_TIMEOUT. */
export function questionLimit(): TimeLimit {
  return timeLimit(
    limitMs,
    () =>
      new HoldfastError(
        'QUERY_TIMEOUT',
        `There was no answer within ${limitMs / 60_000} min, in which the scratch database is made, rows are fetched and the statement runs.`,
        {
          hint: 'Name fewer or smaller tables; rows of one table by their key need none of it: holdfast rows.',
        },
      ),
  );
}

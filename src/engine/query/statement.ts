import { timeLimit } from '../../base/time-limit.ts';
import { AnswerTooLarge, declareAnswer, fetchAnswer, type Answer } from '../../postgres/answer.ts';
import type { ConnectionTarget } from '../../postgres/connection.ts';
import { sqlState } from '../../postgres/failure.ts';
import { planOfAnswer, type PlanNode } from '../../postgres/plan-of-answer.ts';
import { Session } from '../../postgres/wire/session.ts';
import { tookTooLong } from './statement-failure.ts';

export interface Question {
  sql: string;
  /** Rows of the answer; what is beyond is cut. */
  rowsMax: number;
  /** Of the answer; a larger one is refused. */
  answerBytesMax: number;
  timeoutMs: number;
}

/** Who may end what does not end. */
export interface Warden {
  reader: ConnectionTarget;
  /** The same without the right to call a function of the backup. */
  plainReader: ConnectionTarget;
  /** Where names without a schema are looked up. */
  searchPath: string;
  endReaders(): Promise<void>;
}

export type Attempt<Lacking> = { answer: Answer } | { lacking: Lacking[] };

/** What the text of a plan may take. */
const planBytesMax = 16 * 1024 * 1024;

/** A plan of the statement under way; undefined where none can be had. */
export type Planned = () => Promise<PlanNode | undefined>;

/** For the server to end it, and to say so. */
const graceMs = 1_000;

const settings = {
  default_transaction_read_only: 'on',
  // A cursor is planned for its first rows without this.
  cursor_tuple_fraction: '1',
  // What a parallel worker locks is not the connection's any more when the worker has ended.
  max_parallel_workers_per_gather: '0',
};
/** What runs ends when this process is gone. Not every system can tell. */
const watchForEnd = 'set client_connection_check_interval = 1000';
const invalidParameterValue = '22023';

/**
 * Runs a statement on a connection of its own, in a transaction that only reads and is never committed.
 * @param lacking looks what the connection of that process has locked of what is not there yet
 * @throws the server's error; QUERY_TIMEOUT, the abort reason
 */
export async function attempt<Lacking>(
  { sql, rowsMax, answerBytesMax, timeoutMs }: Question,
  { reader, searchPath, endReaders }: Pick<Warden, 'reader' | 'searchPath' | 'endReaders'>,
  lacking: (pid: number, planned: Planned) => Promise<Lacking[]>,
  signal: AbortSignal,
): Promise<Attempt<Lacking>> {
  const limit = timeLimit(timeoutMs + graceMs, () => tookTooLong(timeoutMs));
  const either = AbortSignal.any([signal, limit.signal]);
  let session: Session | undefined;
  try {
    session = await Session.open(
      reader,
      {
        applicationName: 'holdfast query',
        settings: { ...settings, search_path: searchPath, statement_timeout: String(timeoutMs) },
      },
      either,
    );
    const pid = session.client.backendPid;
    const planned = plannedOn(session, sql, either);
    await session.execute(watchForEnd).catch((error: unknown) => {
      if (sqlState(error) !== invalidParameterValue) throw error;
    });
    await session.execute('begin transaction read only');
    await declareAnswer(session, sql);
    const before = await lacking(pid, planned);
    if (before.length > 0) return { lacking: before };
    const answer = await fetchAnswer(session, { rowsMax, bytesMax: answerBytesMax });
    const after = await lacking(pid, planned);
    return after.length > 0 ? { lacking: after } : { answer };
  } finally {
    limit.clear();
    await session?.close();
    // A function that catches the cancelling of its statement does not catch this.
    if (either.aborted) await endReaders();
  }
}

function plannedOn(session: Session, sql: string, signal: AbortSignal): Planned {
  return async () => {
    try {
      return await planOfAnswer(session, sql, planBytesMax);
    } catch (error) {
      // All is read then. The statement itself was planned already.
      const isOfThePlan = error instanceof AnswerTooLarge || sqlState(error) !== undefined;
      if (isOfThePlan && !signal.aborted) return undefined;
      throw error;
    }
  };
}

import { abortReason } from '../../base/errors.ts';
import { linkToServer, type LentConnection, type LinkEvents, type ServerLink } from './link.ts';
import type { DumpOutput } from './messages.ts';

/** A pg_dump that reads over a lent connection. */
export interface Dump {
  link: ServerLink;
  /** Settles the dump. */
  outcome: PromiseWithResolvers<DumpOutput>;
}

/**
 * Lends a connection to a pg_dump until that has ended. When it fails, the connection is of no more use: the caller closes it.
 * @param answer takes each answer of the server to pg_dump
 * @param start starts pg_dump, which settles the outcome
 * @throws BACKUP_FAILED, INSUFFICIENT_PRIVILEGE, LOCK_TIMEOUT, DATABASE_UNREACHABLE; CANCELLED or the abort reason
 */
export async function runDump(
  connection: LentConnection,
  signal: AbortSignal | undefined,
  answer: LinkEvents['answer'],
  start: (dump: Dump) => Promise<void>,
): Promise<DumpOutput> {
  const outcome = Promise.withResolvers<DumpOutput>();
  // It may settle before it is awaited.
  outcome.promise.catch(() => {});
  const cancel = (): void => outcome.reject(signal && abortReason(signal));
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    const link = await linkToServer(connection, { answer, broken: outcome.reject });
    if (signal?.aborted) throw abortReason(signal);
    await start({ link, outcome });
    const output = await outcome.promise;
    link.release();
    return output;
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}

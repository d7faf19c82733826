import { HoldfastError } from '../../base/errors.ts';
import { openClient, type ConnectionTarget } from '../../postgres/connection.ts';
import type { Session } from '../../postgres/wire/session.ts';
import type { RestoreReport } from '../../contract/restore.ts';

/**
 * Commits. If the connection breaks during the commit, asks the server whether the transaction was committed.
 * @param record the last thing inside the transaction, of which it is given the number
 * @throws what `record` throws, and then nothing is committed; RESTORE_UNCERTAIN only when the server cannot be asked; the original error when it was rolled back
 */
export async function commitProved(
  session: Session,
  target: ConnectionTarget,
  loaded: RestoreReport['tables'],
  record: (transaction: string) => Promise<void>,
): Promise<void> {
  const [row] = await session.query<{ xid: string }>(
    `select pg_catalog.pg_current_xact_id()::pg_catalog.text as xid`,
  );
  const { xid } = row!;
  // What comes now is ours again. A restore that was reported must survive a crash of the server. And from here on a row is
  // locked that others wait for: should this process be paused, the server gives up, not they.
  await session.execute(
    `set local search_path = ''; set local synchronous_commit = on; set local idle_in_transaction_session_timeout = ${pausedAtMostMs}`,
  );
  await record(xid);
  try {
    await session.execute('commit');
  } catch (error) {
    const status = await askStatus(target, xid);
    if (status === 'committed') return;
    if (status === 'aborted') throw error;
    throw new HoldfastError(
      'RESTORE_UNCERTAIN',
      `The connection broke while transaction ${xid} was committing, and the server could not be asked what became of it.`,
      { cause: error, details: { transaction: xid, tables: loaded } },
    );
  }
}

const pausedAtMostMs = 30_000;
const askForMs = 60_000;
const pauseMs = 1_000;

async function askStatus(target: ConnectionTarget, xid: string): Promise<'committed' | 'aborted' | null> {
  for (const started = Date.now(); Date.now() - started < askForMs;) {
    try {
      const client = await openClient(target, { applicationName: 'holdfast restore' });
      try {
        const { rows } = await client.query<{ status: string | null }>(
          'select pg_catalog.pg_xact_status($1::pg_catalog.xid8) as status',
          [xid],
        );
        const status = rows[0]?.status;
        if (status === 'committed' || status === 'aborted') return status;
        // Still in progress: the server has not noticed yet that the connection broke.
      } finally {
        await client.end();
      }
    } catch {
      // The server may be restarting; it is asked again below.
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  return null;
}

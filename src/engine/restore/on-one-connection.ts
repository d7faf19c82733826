import type { RestoreReport } from '../../contract/restore.ts';
import type { OpenOptions } from '../../postgres/connection.ts';
import { Session } from '../../postgres/wire/session.ts';
import { commitProved } from './commit.ts';
import type { RestoreWork } from './work.ts';

/**
 * Restores on one connection to the live database, in one transaction: all or nothing.
 * @param restore everything but the commit; it leaves the transaction open
 * @throws as `commitProved`, and what `restore` throws: then nothing is left of it
 */
export async function onOneConnection(
  { live, control, record }: Pick<RestoreWork, 'live' | 'control' | 'record'>,
  options: Pick<OpenOptions, 'lockTimeoutMs' | 'settings'>,
  restore: (session: Session) => Promise<RestoreReport>,
): Promise<RestoreReport> {
  const session = await Session.open(
    live,
    { applicationName: 'holdfast restore', ...options },
    control.signal,
  );
  try {
    const report = await restore(session);
    await commitProved(session, live, report.tables, async (transaction) => {
      report.transaction = transaction;
      await record?.(report, session);
    });
    return report;
  } finally {
    // An open transaction ends with its connection: rolled back.
    await session.close();
  }
}

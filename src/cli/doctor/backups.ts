import type { BackupApi } from '../../api/contract.ts';
import { asHoldfastError } from '../terminal/output.ts';
import { ago } from '../terminal/units.ts';
import { fail, ok, warn, type Check } from './check.ts';

const stale = 7 * 24 * 3_600_000;

/** Whether our tables are there, and what the last backups say. */
export async function checkBackups(api: BackupApi): Promise<Check[]> {
  const status = await api.status();
  if (!status.initialized) {
    return [
      fail('tables', 'NOT_INITIALIZED', 'Holdfast is not set up in this database.', 'Run: holdfast init'),
    ];
  }
  const { total, completed } = status.backups;
  const checks = [ok('tables', `set up; ${completed} of ${total} backups are complete`)];
  const last = status.lastCompleted;
  if (last === null) {
    checks.push(warn('last good backup', 'There is no backup yet.', 'Run: holdfast backup'));
  } else {
    const at = last.finishedAt ?? last.createdAt;
    const found = `backup ${last.id}, ${ago(at)}`;
    const old = Date.now() - Date.parse(at) > stale;
    checks.push(
      old
        ? warn('last good backup', `${found}: older than a week.`, 'Run: holdfast backup')
        : ok('last good backup', found),
    );
  }
  const newest = (await api.listBackups({ limit: 1 })).backups[0];
  if (newest && (newest.status === 'failed' || newest.status === 'interrupted')) {
    checks.push(
      warn(
        'newest backup',
        `Backup ${newest.id} ${newest.status === 'failed' ? 'failed' : 'was interrupted'} ${ago(newest.finishedAt ?? newest.createdAt)}.`,
        `See why: holdfast show ${newest.id}`,
      ),
    );
  }
  return checks;
}

/** The same when the question itself fails. */
export async function checkBackupsOrSay(api: BackupApi): Promise<Check[]> {
  try {
    return await checkBackups(api);
  } catch (thrown) {
    const error = asHoldfastError(thrown);
    return [fail('tables', error.code, error.message, error.hint)];
  }
}

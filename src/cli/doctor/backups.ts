import type { BackupApi, BackupSummary } from '../../api/contract.ts';
import { healthSentence, warningSentence } from '../../contract/health-words.ts';
import { lastFullBackup } from '../last-backup.ts';
import { counted, relative } from '../../base/units.ts';
import { localTime } from '../terminal/units.ts';
import { fail, ok, warn, type Check } from './check.ts';
import type { ReadyStatus } from './health.ts';

const stale = 7 * 24 * 3_600_000;

/** What the last backups say. */
export async function checkBackups(api: BackupApi, status: ReadyStatus): Promise<Check[]> {
  const { total, completed } = status.backups;
  const checks = [ok('tables', `set up; ${completed} of ${total} backups are complete`)];
  checks.push(checkAge(await lastFullBackup(api)), checkWhole(status));
  const newest = (await api.listBackups({ limit: 1 })).backups[0];
  if (newest && (newest.status === 'failed' || newest.status === 'interrupted')) {
    checks.push(
      warn(
        'newest backup',
        `Backup ${newest.id} ${newest.status === 'failed' ? 'failed' : 'was interrupted'} ${relative(newest.finishedAt ?? newest.createdAt)}.`,
        `See why: holdfast show ${newest.id}`,
      ),
    );
  }
  return checks;
}

/** What is known without reading the backups; `holdfast verify` reads them. */
function checkWhole({ health, backups }: ReadyStatus): Check {
  const name = 'stored data';
  if (backups.damaged === 0) return ok(name, 'no backup is known to be damaged');
  const warned = health.warnings.find(({ code }) => code === 'BACKUPS_DAMAGED');
  const hint =
    'Run: holdfast backup — it stores again what the database still holds — and check the storage.';
  if (health.state === 'damaged') {
    return fail(name, 'CHUNK_CORRUPT', healthSentence(health.finding, localTime), hint);
  }
  const said = warned ? warningSentence(warned) : `${counted(backups.damaged, 'backup')} are damaged.`;
  return warn(name, said, hint);
}

function checkAge(last: BackupSummary | null): Check {
  const name = 'last good backup';
  if (last === null) return warn(name, 'There is no backup of everything yet.', 'Run: holdfast backup');
  const at = last.finishedAt ?? last.createdAt;
  const found = `backup ${last.id}, ${relative(at)}`;
  if (Date.now() - Date.parse(at) <= stale) return ok(name, found);
  return warn(name, `${found}: older than a week.`, 'Run: holdfast backup');
}

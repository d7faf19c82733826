import type { BackupSummary, StatusAnswer } from '../../api/contract.ts';
import { green, yellow } from '../terminal/style.ts';
import { pairs } from '../terminal/table.ts';
import { fitted, printable } from '../terminal/text.ts';
import { ago, bytes, count } from '../terminal/units.ts';

export function describeStatus(status: StatusAnswer): string {
  if (!status.initialized) {
    return `${yellow('Holdfast is not set up in this database.')}\nSet it up with: holdfast init`;
  }
  const { running, lastCompleted, backups, database, health } = status;
  const mark = health.state === 'healthy' ? green('✓') : yellow('!');
  const warnings = health.warnings.map(({ message }) => `${yellow('!')} ${printable(message)}\n`).join('');
  return `${green('✓')} ${status.message}\n${mark} ${health.state}: ${printable(health.reason)}\n${warnings}${pairs(
    [
      ['database', `${printable(database.name)}, PostgreSQL ${database.serverVersion}`],
      [
        'running',
        running === null ? 'nothing' : `${running.kind} ${running.id}, started ${ago(running.startedAt)}`,
      ],
      [
        'last completed',
        lastCompleted === null
          ? yellow('none yet')
          : `${lastCompleted.id}, ${ago(lastCompleted.finishedAt ?? lastCompleted.createdAt)}, ${scope(lastCompleted)}`,
      ],
      [
        'backups',
        `${count(backups.completed)} completed of ${count(backups.total)}, ${bytes(backups.storedBytes)} stored`,
      ],
      ['holdfast', status.version],
    ],
  )}`;
}

/** A safety backup or one of a few tables must not pass for one of everything. */
function scope(backup: BackupSummary): string {
  const of = backup.type === 'full' ? 'everything' : fitted(printable(backup.tables.join(', ')), 50);
  return backup.trigger === 'safety' ? `before a restore: ${of}` : of;
}

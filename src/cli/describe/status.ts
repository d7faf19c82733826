import type { StatusAnswer } from '../../api/contract.ts';
import { green, yellow } from '../terminal/style.ts';
import { pairs } from '../terminal/table.ts';
import { printable } from '../terminal/text.ts';
import { ago, bytes, count } from '../terminal/units.ts';

export function describeStatus(status: StatusAnswer): string {
  if (!status.initialized) {
    return `${yellow('Holdfast is not set up in this database.')}\nSet it up with: holdfast init`;
  }
  const { running, lastCompleted, backups, database } = status;
  return `${green('✓')} ${status.message}\n${pairs([
    ['database', `${printable(database.name)}, PostgreSQL ${database.serverVersion}`],
    [
      'running',
      running === null ? 'nothing' : `${running.kind} ${running.id}, started ${ago(running.startedAt)}`,
    ],
    [
      'last good backup',
      lastCompleted === null
        ? yellow('none yet')
        : `${lastCompleted.id}, ${ago(lastCompleted.finishedAt ?? lastCompleted.createdAt)}`,
    ],
    [
      'backups',
      `${count(backups.completed)} completed of ${count(backups.total)}, ${bytes(backups.storedBytes)} stored`,
    ],
    ['holdfast', status.version],
  ])}`;
}

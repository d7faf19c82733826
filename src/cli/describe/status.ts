import type { BackupSummary, MissingTablesAnswer, StatusAnswer } from '../../api/contract.ts';
import { keptWhere, notAgainst } from '../../base/words.ts';
import { healthSentence, readSentence, warningSentence } from '../../contract/health-words.ts';
import {
  lastDrillWords,
  openFindingsWords,
  proofsWords,
  provedWords,
  recoveryPointWords,
  recoveryTimeWords,
  reuseWords,
  scrubWords,
} from '../../contract/recovery-words.ts';
import { runnable } from '../command-name.ts';
import { notSetUp } from '../terminal/output.ts';
import { scope as scopeOf } from './backup.ts';
import { green, yellow } from '../terminal/style.ts';
import { pairs } from '../terminal/table.ts';
import { localTime } from '../terminal/units.ts';
import { fitted, printable } from '../terminal/text.ts';
import { bytes, count, counted, relative } from '../../base/units.ts';

export function describeStatus(status: StatusAnswer, missing: MissingTablesAnswer | null): string {
  if (!status.initialized) {
    return `${yellow(notSetUp)}\n${runnable('Set it up with: holdfast init')}`;
  }
  const { running, lastCompleted, backups, database, health } = status;
  const mark = health.state === 'healthy' ? green('✓') : yellow('!');
  const warnings = health.warnings
    .map((warning) => `${yellow('!')} ${printable(warningSentence(warning, localTime))}\n`)
    .join('');
  const { state, words } = status.protection;
  return `${green('✓')} ${status.message}\n${state === 'protected' ? green('✓') : yellow('!')} ${printable(words)}\n${mark} ${health.state}: ${printable(healthSentence(health.finding, localTime))}\n${warnings}${describeMissing(missing)}${pairs(
    [
      ['database', `${printable(database.name)}, PostgreSQL ${database.serverVersion}`],
      [
        'running',
        running === null
          ? 'nothing'
          : `${running.kind} ${running.id}, started ${relative(running.startedAt)}`,
      ],
      [
        'last completed',
        lastCompleted === null
          ? yellow('none yet')
          : `${lastCompleted.id}, ${relative(lastCompleted.finishedAt ?? lastCompleted.createdAt)}, ${scope(lastCompleted)}`,
      ],
      [
        'backups',
        `${count(backups.completed)} completed of ${count(backups.total)}, ${backups.storedBytes === null ? '?' : bytes(backups.storedBytes)} stored`,
      ],
      ...(lastCompleted === null
        ? []
        : ([
            ['stored for it', reuseWords(lastCompleted)],
            ['kept', `${keptWhere(lastCompleted.store)}. ${notAgainst(lastCompleted.store)}`.trim()],
          ] as const)),
      ['recovery point', recoveryPointWords(status.recoveryPoint)],
      ['recovery time', recoveryTimeWords(status.recoveryTime)],
      ['proved', provedWords(status.proved)],
      ['proofs', proofsWords(status.proofs)],
      ['last drill', lastDrillWords(status.lastDrill)],
      ['findings', openFindingsWords(status.findings)],
      ...status.read.map(({ store, since }) => [store, readSentence(since)] as const),
      ...status.scrubs.map((scrub) => [`scrub of ${scrub.store}`, scrubWords(scrub)] as const),
      ['holdfast', status.version],
    ],
  )}`;
}

/** A safety backup or one of a few tables must not pass for one of everything. */
function scope(backup: BackupSummary): string {
  const of = fitted(scopeOf(backup), 50);
  return backup.trigger === 'safety' ? `before a restore: ${of}` : of;
}

const namedAtMost = 5;

function describeMissing(missing: MissingTablesAnswer | null): string {
  if (!missing?.backup || missing.total === 0) return '';
  const { backup, tables, total } = missing;
  const named = tables.slice(0, namedAtMost).map(({ table }) => printable(table));
  const others = total > named.length ? ` and ${counted(total - named.length, 'other')}` : '';
  const what = `${counted(total, 'table')} of backup ${backup.id} ${total === 1 ? 'is' : 'are'} no longer in the database`;
  return `${yellow('!')} ${what}: ${named.join(', ')}${others}. ${runnable(`Restore with: holdfast restore ${backup.id} --tables …`)}\n`;
}

import { count } from '../../base/units.ts';
import type { DiffAnswer } from '../../contract/diff.ts';
import { bold, dim } from '../terminal/style.ts';
import { printable } from '../terminal/text.ts';
import { valueTable, valueWord } from './values.ts';

type Change = DiffAnswer['rows'][number];

/** Of a backup of the database, or of a store alone, where it has no id. */
type Diff = Omit<DiffAnswer, 'backupId' | 'against'> &
  ({ backupId: number; against: number | string } | { backup: string; against: string });

export function describeDiff(answer: Diff): string {
  const backupId = 'backup' in answer ? answer.backup : answer.backupId;
  const { against, added, removed, changed, unchanged, rows, more } = answer;
  const other = against === 'live' ? 'the database' : `backup ${against}`;
  const of = (kind: Change['change']): Change[] => rows.filter(({ change }) => change === kind);
  const counts = `${count(removed)} only in backup ${backupId}, ${count(changed)} changed, ${count(added)} only in ${other}, ${count(unchanged)} the same`;
  const parts = [
    bold(removed + changed + added === 0 ? 'No row differs.' : `${counts}.`),
    ...(removed + changed + added === 0 ? [dim(`${count(unchanged)} rows are the same`)] : []),
    ...columnRemarks(answer).map((remark) => dim(remark)),
    ...section(
      `Only in backup ${backupId}`,
      rowTable(
        answer,
        of('removed').map(({ backup }) => backup ?? []),
      ),
    ),
    ...section(
      `Changed, from backup ${backupId} to ${other}`,
      of('changed').map((each) => changeLine(answer, each)),
    ),
    ...section(
      `Only in ${other}`,
      rowTable(
        answer,
        of('added').map((each) => each.other ?? []),
      ),
    ),
    ...(more ? ['', dim('There are more; --limit shows up to 1000 of each kind')] : []),
  ];
  return parts.join('\n');
}

/** What is not compared, or not as it is. */
function columnRemarks({ onlyInBackup, onlyInOther, otherTypes }: Diff): string[] {
  const names = (all: readonly string[]): string => all.map(printable).join(', ');
  return [
    ...(onlyInBackup.length > 0 ? [`only the backup has the columns ${names(onlyInBackup)}`] : []),
    ...(onlyInOther.length > 0 ? [`the backup does not have the columns ${names(onlyInOther)}`] : []),
    ...otherTypes.map(
      ({ name, backup, other }) =>
        `${printable(name)} was ${printable(backup)} and is ${printable(other)}: compared as text`,
    ),
  ];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', bold(title), ...lines];
}

function rowTable({ columns }: Diff, rows: readonly (readonly (string | null)[])[]): string[] {
  return rows.length === 0 ? [] : [valueTable(columns, rows)];
}

/** `id 5: status new → paid, note (null) → late` */
function changeLine({ columns, key }: Diff, { backup, other, differing }: Change): string {
  const value = (row: Change['backup'], name: string): string =>
    valueWord(row?.[columns.findIndex((column) => column.name === name)] ?? null);
  const which = key.map((name) => `${printable(name)} ${value(backup, name)}`).join(', ');
  const what = differing.map((name) => `${printable(name)} ${value(backup, name)} → ${value(other, name)}`);
  return `${which}: ${what.join(', ')}`;
}

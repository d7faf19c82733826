import { counted } from '../../base/units.ts';
import type { HistoryAnswer } from '../../contract/row-history.ts';
import { bold, dim } from '../terminal/style.ts';
import { printable } from '../terminal/text.ts';
import { valueWord } from './values.ts';

/** A backup of the database, or of a store alone, where it has no id. */
type Named = { id: number } | { backup: string };
type Version = Omit<HistoryAnswer['versions'][number], 'first' | 'last'> & {
  first: Named & { at: string };
  last: Named & { at: string };
};
type History = Omit<HistoryAnswer, 'versions' | 'skipped'> & {
  versions: Version[];
  skipped: (Named & { why: string })[];
};

/** The oldest version first. */
export function describeHistory({ versions, skipped, backups, more, segmentsRead }: History): string {
  const looked = `${counted(backups, 'backup')} looked into${more ? ', and there are older ones' : ''}; ${counted(segmentsRead, 'piece')} of the table read`;
  return [
    ...versions.flatMap((version, i) => [
      bold(`${whenOf(version)}: ${whatOf(version, versions[i - 1])}`),
      ...valueLines(version, versions[i - 1]),
    ]),
    ...skipped.map((each) => dim(`backup ${nameOf(each)} was skipped: ${printable(each.why)}`)),
    dim(looked),
  ].join('\n');
}

function whenOf({ first, last }: Version): string {
  const [from, to] = [nameOf(first), nameOf(last)];
  return from === to ? `Backup ${from}, ${first.at}` : `Backups ${from} to ${to}, ${first.at} to ${last.at}`;
}

function nameOf(backup: Named): string {
  return 'id' in backup ? String(backup.id) : backup.backup;
}

function whatOf({ state, differing }: Version, before: Version | undefined): string {
  if (state === 'no table') return 'there was no such table';
  if (state === 'not there') return before?.state === 'there' ? 'it is gone' : 'it is not there';
  if (before?.state !== 'there') return before ? 'it has come' : 'it is there';
  return `${differing.map(printable).join(', ')} changed`;
}

/** All values of a row that has come, and what has changed of one that was there. */
function valueLines({ values, differing }: Version, before: Version | undefined): string[] {
  if (!values) return [];
  const shown = (value: string | null | undefined): string =>
    value === undefined ? '(no such column)' : valueWord(value);
  if (!before?.values)
    return Object.keys(values).map((name) => `  ${printable(name)} ${shown(values[name])}`);
  return differing.map(
    (name) => `  ${printable(name)} ${shown(before.values?.[name])} → ${shown(values[name])}`,
  );
}

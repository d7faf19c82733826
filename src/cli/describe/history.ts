import { counted } from '../../base/units.ts';
import type { HistoryAnswer } from '../../contract/row-history.ts';
import { bold, dim } from '../terminal/style.ts';
import { printable } from '../terminal/text.ts';
import { valueWord } from './values.ts';

type Version = HistoryAnswer['versions'][number];

/** The oldest version first. */
export function describeHistory({ versions, skipped, backups, more, segmentsRead }: HistoryAnswer): string {
  const looked = `${counted(backups, 'backup')} looked into${more ? ', and there are older ones' : ''}; ${counted(segmentsRead, 'piece')} of the table read`;
  return [
    ...versions.flatMap((version, i) => [
      bold(`${whenOf(version)}: ${whatOf(version, versions[i - 1])}`),
      ...valueLines(version, versions[i - 1]),
    ]),
    ...skipped.map(({ id, why }) => dim(`backup ${id} was skipped: ${printable(why)}`)),
    dim(looked),
  ].join('\n');
}

function whenOf({ first, last }: Version): string {
  return first.id === last.id
    ? `Backup ${first.id}, ${first.at}`
    : `Backups ${first.id} to ${last.id}, ${first.at} to ${last.at}`;
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

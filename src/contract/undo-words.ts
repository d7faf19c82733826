/** What an undo would lose, and which way back a restore has, in sentences that the command line and the admin page share. Pure. */
import { counted } from '../base/units.ts';
import type { PlannedUndo, WrittenSince } from './undo.ts';
import type { WayBack } from './way-back.ts';

export function lossSentences({
  restoreId,
  writtenSince,
  ofRows,
  byRows,
  changedRows = [],
  stays,
}: PlannedUndo): string[] {
  const since = `since restore ${restoreId}`;
  const touched = writtenSince.filter(({ written, gone }) => written !== 0 || gone !== 0);
  if (byRows) {
    return [
      `Exactly the rows that restore ${restoreId} replaced or added are put back as they were; all others stay.`,
      ...(touched.length === 0
        ? [`None of them was written ${since}, so nothing is lost.`]
        : touched.map((each) => `${each.table}: ${tableWords(each, since)}.`)),
      ...(changedRows.length === 0 ? [] : [`Written since: ${namedRows(changedRows)}.`]),
    ];
  }
  if (ofRows) {
    const tables = writtenSince.map(({ table }) => table).join(', ');
    return [
      `Restore ${restoreId} was of chosen rows. Undoing it puts back ${tables} as a whole, as before it: whatever was written there since is lost, to other rows too.`,
    ];
  }
  return [
    ...(touched.length === 0
      ? [`Nothing was written to these tables ${since}, so nothing is lost.`]
      : touched.map((each) => `${each.table}: ${tableWords(each, since)}.`)),
    ...(stays.length === 0
      ? []
      : [
          `${counted(stays.length, 'object')} that restore ${restoreId} created ${stays.length === 1 ? 'stays' : 'stay'}: ${stays.slice(0, 5).join(', ')}${stays.length > 5 ? ', …' : ''}.`,
        ]),
  ];
}

function tableWords({ written, gone }: WrittenSince, since: string): string {
  if (written === null || gone === null) return `what was written ${since} cannot be told, and is lost`;
  const parts = [
    written === 0
      ? ''
      : `${counted(written, 'row')} ${was(written)} inserted or changed ${since} and ${written === 1 ? 'is' : 'are'} lost`,
    gone === 0
      ? ''
      : `${counted(gone, 'row')} that it left ${was(gone)} deleted or changed ${written === 0 ? since : 'since'}`,
  ];
  return parts.filter((part) => part !== '').join('; ');
}

const named = 5;

function namedRows(rows: NonNullable<PlannedUndo['changedRows']>): string {
  const each = rows.slice(0, named).map(
    ({ table, key }) =>
      `${table} ${Object.entries(key)
        .map(([column, value]) => `${column} ${value ?? 'NULL'}`)
        .join(', ')}`,
  );
  return `${each.join('; ')}${rows.length > named ? '; …' : ''}`;
}

/** Of a restore of rows, or of its undo, that is about to begin. */
export function wayBackSentence(wayBack: WayBack): string {
  switch (wayBack) {
    case 'rows':
      return 'The rows that it replaces are kept, so that it can be undone row by row.';
    case 'backup':
      return 'It replaces more than is kept, so the whole tables are backed up first; to undo it puts back whole tables.';
    case null:
      return 'No way back is kept, so it cannot be undone.';
  }
}

const was = (rows: number): string => (rows === 1 ? 'was' : 'were');

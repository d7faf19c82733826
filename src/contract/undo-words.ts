/** What an undo would lose, in sentences that the command line and the admin page share. Pure. */
import { counted } from '../base/units.ts';
import type { PlannedUndo, WrittenSince } from './undo.ts';

export function lossSentences({ restoreId, writtenSince, ofRows, stays }: PlannedUndo): string[] {
  const since = `since restore ${restoreId}`;
  const touched = writtenSince.filter(({ written, gone }) => written !== 0 || gone !== 0);
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

const was = (rows: number): string => (rows === 1 ? 'was' : 'were');

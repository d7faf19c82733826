import { bytes, count, counted } from '../base/units.ts';
import type { Brake, Sign } from './finding.ts';

/** The sentences of the radar, made from figures; the page and the command line use them too. Pure. */

/** What happened to one table: `public.orders lost 45,000 of 48,000 rows (94 %); up to 30 % would have been usual for it` */
export function signSentence(sign: Sign): string {
  switch (sign.kind) {
    case 'gone':
      return `${sign.table} is gone; it had ${counted(sign.rows, 'row')} (${bytes(sign.rawBytes)})`;
    case 'rows-lost': {
      const lost = sign.rowsBefore - sign.rows;
      const how =
        sign.rows === 0 ? `all ${count(lost)} rows` : `${count(lost)} of ${count(sign.rowsBefore)} rows`;
      return `${sign.table} lost ${how} (${percent(lost / sign.rowsBefore)}); ${upTo(sign.usual)}`;
    }
    case 'values-lost':
      return `${sign.table} has ${counted(sign.rows, 'row')} as before, but they hold ${bytes(sign.bytes)} instead of about ${bytes(expectedBytes(sign))}: values were emptied; ${upTo(sign.usual)}`;
    case 'grown':
      return `${sign.table} grew from ${bytes(sign.bytesBefore)} to ${bytes(sign.bytes)}; up to ${times(sign.usual)} as much would have been usual for it`;
    case 'rewritten':
      return sign.rowsChanged === null
        ? `${sign.table} was changed in ${count(sign.rangesChanged)} of ${counted(sign.ranges, 'range')} (${percent(sign.rangesChanged / sign.ranges)}); ${upTo(sign.usual)}`
        : `${count(sign.rowsChanged)} of ${counted(sign.rows, 'row')} of ${sign.table} were changed (${percent(sign.rowsChanged / sign.rows)}); ${upTo(sign.usual)}`;
    case 'scrambled':
      return `${sign.table} hardly compresses any more: ${times(sign.ratio)} smaller, where it was ${times(sign.ratioBefore)}; its values look encrypted or random`;
  }
}

function expectedBytes({ rows, rowsBefore, bytesBefore }: Extract<Sign, { kind: 'values-lost' }>): number {
  return bytesBefore * Math.min(1, rows / rowsBefore);
}

/** The finding as a whole, for a person at three in the morning. */
export function findingSentence(
  { backupId, signs, total }: { backupId: number; signs: readonly Sign[]; total: number },
  withoutId: number | null,
): string {
  const [first] = signs;
  const more =
    total > 1 ? ` ${counted(total - 1, 'other table')} ${total === 2 ? 'looks' : 'look'} damaged too.` : '';
  const way =
    withoutId === null
      ? ''
      : ` The last backup without it is backup ${withoutId}, which is kept until this is settled.`;
  return `In backup ${backupId}, ${first ? signSentence(first) : 'something is unusual'}.${more}${way}`;
}

/** That cleanup is stopped, why and at what cost. */
export function brakeSentence(brake: Brake, time: (iso: string) => string): string {
  const which =
    brake.findings === 1 ? `finding ${brake.findingIds[0]} is` : `${count(brake.findings)} findings are`;
  const held =
    brake.backups === 0
      ? 'So far it would have deleted nothing.'
      : `It holds ${counted(brake.backups, 'backup')} that would have been deleted, about ${bytes(brake.bytes)}.`;
  return `Cleanup of backups from ${time(brake.upTo)} and before has been stopped since ${time(brake.since)}, until ${which} settled. ${held}`;
}

function upTo(share: number): string {
  return `up to ${percent(share)} would have been usual for it`;
}

function percent(share: number): string {
  const value = share * 100;
  // Rows that are left are not rounded away.
  if (value > 99 && value < 100) return `${Math.floor(value * 10) / 10} %`;
  return value < 1 && value > 0 ? `${value.toFixed(1)} %` : `${Math.round(value)} %`;
}

function times(factor: number): string {
  return `${factor < 10 ? factor.toFixed(1) : count(factor)} times`;
}

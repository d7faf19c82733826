import { count, counted } from '../base/units.ts';
import type { LostRows } from './lost-rows.ts';
import type { VerificationReport } from './verification.ts';

/** What verifications prove and find, in words. Pure. */

/** What a completed verification proves, and what it does not. */
export function provedSentence(report: Omit<VerificationReport, 'proved'>): string {
  const { level, chunks, of, tables } = report;
  const all = of === 1 ? 'The one chunk' : `All ${count(of)} chunks`;
  switch (level) {
    case 'presence':
      return `${all} that the backup needs ${of === 1 ? 'is' : 'are'} in the store with the right size; what they hold was not read.`;
    case 'checksum':
      return chunks < of
        ? `The stored bytes of ${counted(chunks, 'chunk')} of ${count(of)}, chosen at random, are those that were written; the others were not read, and nothing was unpacked.`
        : `${all} that the backup needs ${of === 1 ? 'has' : 'have'} the stored bytes that were written; nothing was unpacked.`;
    case 'content':
      return `Every chunk unpacks to what its name says, and ${tables === 1 ? 'the table has its number of rows' : `each of ${counted(tables ?? 0, 'table')} has its number of rows`}.`;
  }
}

/** `rows 1 to 4,096 of 90,000 in public.orders (blocks 0 to 127)` */
export function lostWords({ table, firstRow, rows, of, fromBlock, toBlock }: LostRows): string {
  if (rows >= of) return of === 1 ? `the one row of ${table}` : `all ${count(of)} rows of ${table}`;
  const from = count(firstRow);
  const which = rows === 1 ? `row ${from}` : `rows ${from} to ${count(firstRow + rows - 1)}`;
  const blocks =
    fromBlock === null
      ? ''
      : toBlock === null
        ? ` (from block ${count(fromBlock)} on)`
        : ` (blocks ${count(fromBlock)} to ${count(toBlock - 1)})`;
  return `${which} of ${count(of)} in ${table}${blocks}`;
}

const namedAtMost = 5;

/** The first of them: `…, … and 3 more places`; empty without any. */
export function lostList(lost: readonly LostRows[]): string {
  const named = lost.slice(0, namedAtMost).map(lostWords).join('; ');
  const more = lost.length - namedAtMost;
  return more > 0 ? `${named} and ${count(more)} more` : named;
}

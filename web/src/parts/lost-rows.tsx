import { lostWords } from '../../../src/contract/verification-words.ts';
import type { LostRows } from '../data/client.ts';
import { counted } from '../format/numbers.ts';
import classes from './lost-rows.module.css';

const listed = 20;

/** Which rows cannot be restored, at most; nothing where that is not known. */
export function LostRowsList({ lost }: { lost: readonly LostRows[] }) {
  if (lost.length === 0) return null;
  return (
    <details className={classes.lost}>
      <summary>What cannot be restored, at most: {counted(lost.length, 'range')} of rows</summary>
      <ul>
        {lost.slice(0, listed).map((each) => (
          <li key={`${each.table} ${each.firstRow} ${each.fromBlock}`}>{lostWords(each)}</li>
        ))}
        {lost.length > listed ? <li>and {counted(lost.length - listed, 'more', 'more')}</li> : null}
      </ul>
    </details>
  );
}

/** Of the error of a verification. */
export function lostIn(details: Record<string, unknown> | undefined): LostRows[] {
  const lost = details?.['lost'];
  return Array.isArray(lost) ? (lost as LostRows[]) : [];
}

import type { HoldfastError } from '../../base/errors.ts';
import { lineCutter } from '../../format/copy-fields.ts';
import type { ManifestRange, ManifestTable } from '../../format/manifest.ts';
import { undescribedChunks } from '../../format/undescribed-chunks.ts';
import { displayName } from '../../postgres/identifiers.ts';
import type { Store } from '../../store/store.ts';
import { readRows } from '../read/rows.ts';

const pieceBytes = 64 * 1024;
const tab = Buffer.from('\t');
const lineFeed = Buffer.from('\n');

/**
 * Rows of these ranges as COPY text, each with its place in the backup before it.
 * @param ordinalOf the place of the first row of a range
 */
export async function* candidateLines(
  store: Store,
  part: ManifestTable,
  ranges: readonly ManifestRange[],
  {
    ordinalOf,
    matches,
    onFrame,
  }: {
    ordinalOf: (range: ManifestRange) => number;
    matches: (line: Uint8Array) => boolean;
    onFrame: (storedBytes: number) => void;
  },
): AsyncGenerator<Uint8Array> {
  const columns = part.columns.some(({ generated }) => generated === null);
  let begun: Uint8Array[] = [];
  let bytes = 0;
  for (const range of ranges) {
    const lines = lineCutter();
    let ordinal = ordinalOf(range);
    for await (const piece of readRows(store, [range], displayName(part), onFrame)) {
      for (const line of lines.take(piece)) {
        const place = ordinal++;
        if (!matches(line)) continue;
        // A line is only lent.
        const copy = Buffer.concat([Buffer.from(String(place)), ...(columns ? [tab, line] : []), lineFeed]);
        begun.push(copy);
        bytes += copy.length;
        if (bytes < pieceBytes) continue;
        yield Buffer.concat(begun);
        begun = [];
        bytes = 0;
      }
    }
    const rows = ordinal - ordinalOf(range);
    if (rows !== range.rows || lines.rest > 0) throw otherRows(part, range, rows, lines.rest > 0);
  }
  if (bytes > 0) yield Buffer.concat(begun);
}

/** Places of rows would mean others. */
function otherRows(part: ManifestTable, range: ManifestRange, rows: number, midLine: boolean): HoldfastError {
  const what = midLine
    ? 'end in the midst of a row'
    : `hold ${rows} rows where the manifest says ${range.rows}`;
  return undescribedChunks(
    `${displayName(part)}, blocks ${range.fromBlock} to ${range.toBlock ?? 'the end'}, ${what}.`,
    { table: displayName(part), fromBlock: range.fromBlock },
  );
}

/** The place of the first row of each range among all rows of these tables of a backup. */
export function ordinals(parts: readonly ManifestTable[]): Map<ManifestRange, number> {
  const places = new Map<ManifestRange, number>();
  let next = 0;
  for (const { ranges } of parts) {
    for (const range of ranges) {
      places.set(range, next);
      next += range.rows;
    }
  }
  return places;
}

import { livingLines } from '../../format/living-lines.ts';
import { rangeChunks, type ManifestRange } from '../../format/manifest.ts';
import type { Store } from '../../store/store.ts';
import { readChunks } from './chunk-reader.ts';

/**
 * The rows of these ranges as COPY text, cut anywhere, each piece valid until the next is asked for. A range without drops is
 * given chunk by chunk as it is: only the server counts its rows.
 * @param of the table, for the messages of errors
 * @throws CHUNK_MISSING; CHUNK_CORRUPT, also for a range with drops that has other lines than the manifest says
 */
export async function* readRows(
  store: Store,
  ranges: readonly ManifestRange[],
  of: string,
  onFrame: (storedBytes: number) => void = () => {},
): AsyncGenerator<Uint8Array> {
  const chunks = readChunks(store, rangeChunks(ranges), onFrame);
  try {
    for (const range of ranges) yield* rowsOfRange(range, of, () => nextOf(chunks));
  } finally {
    await chunks.return(undefined);
  }
}

async function* rowsOfRange(
  range: ManifestRange,
  of: string,
  next: () => Promise<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  // Copied: it is only lent until the next one.
  const lines = range.drops && livingLines(range, new Uint8Array(await next()), of);
  for (const { chunks } of range.segments) {
    for (const _ of chunks) {
      const piece = await next();
      const rows = lines ? lines.take(piece) : piece;
      if (rows.length > 0) yield rows;
    }
    lines?.endSegment();
  }
  lines?.end();
}

/** The next of what gives one value for each chunk. */
export async function nextOf<T>(values: AsyncIterator<T>): Promise<T> {
  const { done, value } = await values.next();
  if (done) throw new Error('there are fewer chunks than were asked for');
  return value;
}

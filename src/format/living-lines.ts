import type { HoldfastError } from '../base/errors.ts';
import { readDrops } from './drops.ts';
import { undescribedChunks } from './undescribed-chunks.ts';
import type { ManifestRange } from './manifest.ts';

const lineFeed = 0x0a;

/** Takes the text of one range, cut at any byte, and gives what of it is rows of the backup. */
export interface LivingLines {
  /**
   * The next piece of the text.
   * @param piece its rows are moved together at its beginning
   * @returns that beginning; of a line that goes on in the next piece a part
   */
  take<Memory extends ArrayBufferLike>(piece: Uint8Array<Memory>): Uint8Array<Memory>;
  /** The next segment has ended. @throws CHUNK_CORRUPT when it has other lines than the manifest says */
  endSegment(): void;
  /** All segments have. @throws CHUNK_CORRUPT when the rows are not as many, or as long, as the manifest says */
  end(): void;
  /** Of the lines that ended. */
  readonly rows: number;
}

/**
 * @param drops the content of its drops, which is not kept longer than the range; undefined where it has none
 * @param of the table, for the message of an error
 */
export function livingLines(range: ManifestRange, drops: Uint8Array | undefined, of: string): LivingLines {
  const where = `${of}, blocks ${range.fromBlock} to ${range.toBlock ?? 'the end'},`;
  const runs = readDrops(drops ?? new Uint8Array(), where);
  /** Lines that are left of the run. */
  let left = 0;
  let keeps = false;
  let dropping = 0;
  /** Behind the last drop everything is kept. */
  let rest = false;
  let rows = 0;
  let rawBytes = 0;
  let lines = 0;
  let midLine = false;
  let segment = 0;

  const nextRun = (): void => {
    if (keeps && dropping > 0) {
      keeps = false;
      left = dropping;
      dropping = 0;
      return;
    }
    const run = runs.next();
    keeps = true;
    rest = run.done === true;
    left = run.done ? Infinity : run.value.keep;
    dropping = run.done ? 0 : run.value.drop;
  };
  const disagrees = (what: string): HoldfastError =>
    undescribedChunks(`${where} ${what}.`, { table: of, fromBlock: range.fromBlock });
  return {
    take(piece) {
      let kept = 0;
      for (let at = 0; at < piece.length;) {
        while (left === 0) nextRun();
        const from = at;
        while (left > 0 && at < piece.length) {
          const end = piece.indexOf(lineFeed, at);
          midLine = end < 0;
          at = midLine ? piece.length : end + 1;
          if (midLine) break;
          left--;
          lines++;
          if (keeps) rows++;
        }
        if (!keeps) continue;
        if (kept !== from) piece.copyWithin(kept, from, at);
        kept += at - from;
      }
      rawBytes += kept;
      return piece.subarray(0, kept);
    },
    endSegment() {
      const expected = range.segments[segment++]?.lines ?? 0;
      if (midLine) throw disagrees(`segment ${segment}, ends in the midst of a row`);
      if (lines !== expected) {
        throw disagrees(`segment ${segment}, holds ${lines} lines where the manifest says ${expected}`);
      }
      lines = 0;
    },
    end() {
      while (left === 0) nextRun();
      if (!rest) throw disagrees('is said to have lines that are no rows where it has no lines');
      if (rows !== range.rows) {
        throw disagrees(`hold ${rows} rows where the manifest says ${range.rows}`);
      }
      if (rawBytes !== range.rawBytes) {
        throw disagrees(`hold rows of ${rawBytes} bytes where the manifest says ${range.rawBytes}`);
      }
    },
    get rows() {
      return rows;
    },
  };
}

import { isUtf8 } from 'node:buffer';
import { HoldfastError } from '../base/errors.ts';
import { release } from '../base/memory.ts';
import { maxLineBytes, type Piece } from './line-writer.ts';

/** The content of the chunk that holds a piece, proved to be what its reference says; the caller's own. */
export type ReadChunk<Of extends Piece> = (piece: Of) => Promise<Uint8Array>;

const lineFeed = 0x0a;

/**
 * The lines of the pieces, in order. Holds one piece, and the next, which is read meanwhile.
 * @param of what the pieces are part of, for the message of an error
 * @throws MANIFEST_INVALID for a piece that has other lines than its reference says, a last line without an end, and what
 *   is not UTF-8; what `read` throws
 */
export async function* readLines<Of extends Piece>(
  pieces: readonly Of[],
  read: ReadChunk<Of>,
  of: string,
): AsyncGenerator<string> {
  const begin = (at: number): Promise<Uint8Array> | undefined => {
    const piece = pieces[at];
    const reading = piece && read(piece);
    // Awaited in a later turn; until then a failure must not count as unhandled.
    reading?.catch(() => {});
    return reading;
  };
  let next = begin(0);
  /** The beginning of a line that goes on. */
  let open: Uint8Array[] = [];
  let openBytes = 0;
  try {
    for (const [at, piece] of pieces.entries()) {
      const raw = await next!;
      next = begin(at + 1);
      const where = `${of}, chunk ${piece.id},`;
      const end = raw.lastIndexOf(lineFeed) + 1;
      const rest = raw.subarray(end);
      // Nothing is put together before the line has ended.
      const ended = Buffer.from(raw.buffer, raw.byteOffset, end);
      const whole = end > 0 && open.length > 0 ? Buffer.concat([...open, ended]) : ended;
      if (end > 0) {
        open = [];
        openBytes = 0;
      }
      if (rest.length > 0) open.push(new Uint8Array(rest));
      openBytes += rest.length;
      if (openBytes > maxLineBytes) throw invalid(`${where} has a line of more than ${maxLineBytes} bytes.`);
      if (end === 0) {
        if (piece.items !== 0) throw invalid(`${where} has 0 lines where ${piece.items} should be.`);
        continue;
      }
      if (!isUtf8(whole)) throw invalid(`${where} is not UTF-8.`);
      let items = 0;
      for (let from = 0; from < whole.length; items++) {
        const to = whole.indexOf(lineFeed, from);
        yield whole.toString('utf8', from, to);
        from = to + 1;
      }
      if (items !== piece.items) {
        throw invalid(`${where} has ${items} lines where ${piece.items} should be.`);
      }
      release(raw);
    }
    if (openBytes > 0) throw invalid(`${of} ends in the midst of a line.`);
  } finally {
    await next?.catch(() => {});
  }
}

function invalid(message: string): HoldfastError {
  return new HoldfastError('MANIFEST_INVALID', message);
}

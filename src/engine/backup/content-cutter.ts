const lineFeed = 0x0a;
/** The minimum size of a piece, in bytes. The average is two and a half times as large. */
const leastBytes = 1024 * 1024;
const furtherBytes = 1.5 * 1024 * 1024;
/** The end of a row that decides whether a piece ends with it. */
const decidingBytes = 32;
const hashRange = 2 ** 32;

/**
 * Finds where to cut the text of a table that is read in one piece: after rows that say so themselves, so that behind
 * rows that have changed the same pieces come again, and are in the store already. A range of blocks needs none of this,
 * for what changes in it moves nothing in others.
 */
export interface ContentCutter {
  /**
   * Looks at the bytes from `from` to `to` that were added to `buffer`, which holds one piece from its beginning.
   * @returns where the piece ends, or undefined when it goes on
   */
  end(buffer: Uint8Array, from: number, to: number): number | undefined;
  /** A new piece begins. */
  restart(): void;
}

export function contentCutter(): ContentCutter {
  let rowStart = 0;
  return {
    end(buffer, from, to) {
      for (
        let at = buffer.indexOf(lineFeed, from);
        at >= 0 && at < to;
        at = buffer.indexOf(lineFeed, at + 1)
      ) {
        const rowBytes = at + 1 - rowStart;
        rowStart = at + 1;
        // A long row is as likely to end a piece as short rows of the same total size.
        if (rowStart >= leastBytes && hashBefore(buffer, at) < (rowBytes / furtherBytes) * hashRange)
          return rowStart;
      }
      return undefined;
    },
    restart: () => void (rowStart = 0),
  };
}

/** FNV-1a with a last mixing, of 32 bits. */
function hashBefore(buffer: Uint8Array, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = Math.max(0, end - decidingBytes); at < end; at++) {
    hash = Math.imul(hash ^ (buffer[at] as number), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

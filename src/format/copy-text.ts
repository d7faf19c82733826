import { HoldfastError } from '../base/errors.ts';

const newline = 0x0a;
const endMark = Buffer.from('\n\\.');

export interface CopyText {
  /** Takes the next piece of the text, cut at any byte. @throws CHUNK_CORRUPT */
  follow(piece: Uint8Array): void;
  /** There is no more. @throws CHUNK_CORRUPT */
  end(): void;
}

/**
 * Follows COPY text on its way into a script. A line that begins with `\.` ends the data for psql, which takes what comes
 * after it for SQL; and without a line break at the end it would take our SQL for data. PostgreSQL writes neither.
 * @param table named in errors
 */
export function copyText(table: string): CopyText {
  // Begins at a line's beginning.
  let tail: Uint8Array = Buffer.of(newline);
  return {
    follow(piece) {
      const joint = Buffer.concat([tail, piece.subarray(0, endMark.length - 1)]);
      const whole = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
      if (joint.includes(endMark) || whole.includes(endMark)) {
        throw refused(table, 'a line of it would end the COPY that it is part of');
      }
      const last = piece.length < endMark.length ? Buffer.concat([tail, piece]) : piece;
      tail = Uint8Array.from(last.subarray(-(endMark.length - 1)));
    },
    end() {
      if (tail.at(-1) !== newline) throw refused(table, 'its last row does not end');
    },
  };
}

function refused(table: string, why: string): HoldfastError {
  return new HoldfastError('CHUNK_CORRUPT', `The data of ${table} are not COPY text: ${why}.`, {
    hint: 'Holdfast does not write this. Find out who changed the backup, and restore from another one.',
    details: { table },
  });
}

import { quoteIdentifier, quoteName, type QualifiedName } from './identifiers.ts';
import { copyAsBytes, rangeBounds, storedColumns, type BlockRange, type CopySource } from './ranges.ts';
import type { CopyReceiver } from './wire/copy-stream.ts';

/** Takes the row versions of a range, one after the other. `ctid` is block and line pointer. */
export type TakeRowVersion = (block: number, offset: number, xmin: number) => void;

/** COPY of the row versions of a range, for `rowVersionReader`; in the order of their places, because that is how a range is read. */
export function rowVersionsStatement(table: QualifiedName, range: BlockRange): string {
  return `copy (select ctid, xmin from only ${quoteName(table)}${rangeBounds(range)}) to stdout (format binary)`;
}

/**
 * COPY of rows of a range with their versions, for `versionedText`.
 * @param source has columns and no condition
 * @param wanted the places of those that are wanted; default all. The bounds of the range are said all the same: what
 *   the server reads is at most the range
 */
export function versionedCopyStatement(
  source: CopySource,
  range: BlockRange,
  wanted?: { block: ArrayLike<number>; offset: ArrayLike<number> },
): string {
  const columns = storedColumns(source.columns).map(quoteIdentifier).join(', ');
  const bounds = rangeBounds(range);
  const places = wanted ? `${bounds === '' ? ' where' : ' and'} ctid = any (${placeList(wanted)})` : '';
  const options = source.asBytes ? copyAsBytes : '';
  return `copy (select ctid, xmin, ${columns} from only ${quoteName(source)}${bounds}${places}) to stdout${options}`;
}

function placeList({ block, offset }: { block: ArrayLike<number>; offset: ArrayLike<number> }): string {
  const places = Array.from(block, (each, i) => `"(${each},${offset[i]})"`);
  return `'{${places.join(',')}}'::pg_catalog.tid[]`;
}

const signature = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
/** Signature, flags, and the length of an extension of the header, which there is none of. */
const headerBytes = signature.length + 8;
/** Two columns: each with its length before it, a tid of 6 bytes and a transaction of 4. */
const rowBytes = 2 + 4 + 6 + 4 + 4;
const trailerBytes = 2;

export interface RowVersionReader {
  /** The next bytes of the COPY, cut anywhere; not kept. */
  take(piece: Uint8Array): void;
  /** @throws when the COPY did not end as it should */
  end(): void;
}

/** Reads COPY's binary format. PostgreSQL: COPY, "Binary Format". */
export function rowVersionReader(row: TakeRowVersion): RowVersionReader {
  /** What is left of the piece before. */
  let rest: Buffer = Buffer.alloc(0);
  let inHeader = true;
  let ended = false;
  const unexpected = (what: string): Error => new Error(`the COPY of row versions ${what}`);
  return {
    take(piece) {
      const bytes =
        rest.length > 0
          ? Buffer.concat([rest, piece])
          : Buffer.from(piece.buffer, piece.byteOffset, piece.length);
      let at = 0;
      if (inHeader && bytes.length >= headerBytes) {
        if (!bytes.subarray(0, signature.length).equals(signature)) throw unexpected('has another signature');
        if (bytes.readBigInt64BE(signature.length) !== 0n) throw unexpected('has flags or an extension');
        at = headerBytes;
        inHeader = false;
      }
      while (!inHeader && at + rowBytes <= bytes.length) {
        if (
          bytes.readInt16BE(at) !== 2 ||
          bytes.readInt32BE(at + 2) !== 6 ||
          bytes.readInt32BE(at + 12) !== 4
        ) {
          throw unexpected('has a row of another form');
        }
        row(bytes.readUInt32BE(at + 6), bytes.readUInt16BE(at + 10), bytes.readUInt32BE(at + 16));
        at += rowBytes;
      }
      if (!inHeader && bytes.length - at === trailerBytes && bytes.readInt16BE(at) === -1) {
        ended = true;
        at += trailerBytes;
      }
      rest = Buffer.from(bytes.subarray(at));
    },
    end() {
      if (!ended || rest.length > 0) throw unexpected('did not end');
    },
  };
}

/** What receives several of these statements, and one that confirms them. */
export interface RowVersionsReceiver extends CopyReceiver {
  /** How many statements have ended. */
  readonly statements: number;
  readonly answers: (string | null)[];
}

export function rowVersionsReceiver(
  row: (statement: number, ...version: Parameters<TakeRowVersion>) => void,
): RowVersionsReceiver {
  const answers: (string | null)[] = [];
  let statements = 0;
  const begin = (): RowVersionReader => {
    const statement = statements;
    return rowVersionReader((block, offset, xmin) => row(statement, block, offset, xmin));
  };
  let reader = begin();
  return {
    answers,
    get statements() {
      return statements;
    },
    data: (piece) => reader.take(piece),
    statementEnd() {
      reader.end();
      statements++;
      reader = begin();
    },
    value: (text) => void answers.push(text),
  };
}

/** Reads the text of a COPY whose first two columns are `ctid, xmin`, cut anywhere. */
export interface VersionedText {
  /**
   * @param piece its lines are moved together at its beginning, without these two columns
   * @returns that beginning
   */
  take(piece: Uint8Array): Uint8Array;
  /** @throws when the text ends in the midst of a line */
  end(): void;
}

const lineFeed = 0x0a;
const tab = 0x09;
const zero = 0x30;
/** What the text of a line begins with, `(block,offset)⇥xmin⇥`: what ends each number, and what comes behind it. */
const opening = 0x28;
const comma = 0x2c;
const closing = 0x29;

/** @param line takes each line when it has ended, with its length without these two columns */
export function versionedText(
  line: (block: number, offset: number, xmin: number, bytes: number) => void,
): VersionedText {
  const numbers = [0, 0, 0];
  const ends = [comma, closing, tab];
  /** -1 at the beginning of a line, then which number is read; 3 in the columns that are left. */
  let field = -1;
  let behindClosing = false;
  let length = 0;
  const unexpected = (): Error => new Error('the text of a COPY does not begin its lines with ctid and xmin');
  return {
    take(piece) {
      let kept = 0;
      for (let at = 0; at < piece.length;) {
        if (field === 3) {
          const found = piece.indexOf(lineFeed, at);
          const end = found < 0 ? piece.length : found + 1;
          if (kept !== at) piece.copyWithin(kept, at, end);
          kept += end - at;
          length += end - at;
          at = end;
          if (found < 0) break;
          line(numbers[0]!, numbers[1]!, numbers[2]!, length);
          field = -1;
          length = 0;
          continue;
        }
        const byte = piece[at++]!;
        if (field === -1) {
          if (byte !== opening) throw unexpected();
          numbers[0] = numbers[1] = numbers[2] = 0;
          field = 0;
        } else if (behindClosing) {
          if (byte !== tab) throw unexpected();
          behindClosing = false;
        } else if (byte === ends[field]) {
          behindClosing = byte === closing;
          field++;
        } else {
          const digit = byte - zero;
          if (digit < 0 || digit > 9) throw unexpected();
          numbers[field] = numbers[field]! * 10 + digit;
        }
      }
      return piece.subarray(0, kept);
    },
    end() {
      if (field !== -1) throw unexpected();
    },
  };
}

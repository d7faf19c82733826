import { quoteIdentifier, quoteName, type QualifiedName } from './identifiers.ts';
import { copyAsBytes, rangeBounds, storedColumns, type BlockRange, type CopySource } from './ranges.ts';
import type { CopyReceiver } from './wire/copy-stream.ts';

/** Row versions in an order. All arrays have the same length. */
export interface RowVersions {
  /** `ctid`: block, and line pointer, which is at least 1. */
  block: Uint32Array;
  offset: Uint16Array;
  xmin: Uint32Array;
}

type TakeRowVersion = (block: number, offset: number, xmin: number) => void;

/** COPY of the row versions of a range, for `rowVersionReader`; in the order of their places, because that is how a range is read. */
export function rowVersionsStatement(table: QualifiedName, range: BlockRange): string {
  return `copy (select ctid, xmin from only ${quoteName(table)}${rangeBounds(range)}) to stdout (format binary)`;
}

/**
 * COPY of rows of a range with their versions, for `versionedText`.
 * @param source has columns and no condition
 * @param wanted the places of those that are wanted; default all
 */
export function versionedCopyStatement(source: CopySource, range: BlockRange, wanted?: Places): string {
  const columns = storedColumns(source.columns).map(quoteIdentifier).join(', ');
  const where = wanted ? placesIn(range, wanted) : rangeBounds(range);
  const options = source.asBytes ? copyAsBytes : '';
  return `copy (select ctid, xmin, ${columns} from only ${quoteName(source)}${where}) to stdout${options}`;
}

export type Places = Pick<RowVersions, 'block' | 'offset'>;

/**
 * The WHERE clause of rows in these places of a range, with a space before it. The bounds of the range are said all the same:
 * what the server reads is at most the range.
 */
export function placesIn(range: BlockRange, { block, offset }: Places): string {
  const bounds = rangeBounds(range);
  const places = Array.from(block, (each, i) => `"(${each},${offset[i]})"`).join(',');
  return `${bounds}${bounds === '' ? ' where' : ' and'} ctid = any ('{${places}}'::pg_catalog.tid[])`;
}

const signature = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
/** Signature, flags, and the length of an extension of the header, which there is none of. */
const headerBytes = signature.length + 8;
/** Two columns: each with its length before it, a tid of 6 bytes and a transaction of 4. */
const rowBytes = 2 + 4 + 6 + 4 + 4;
const trailerBytes = 2;

/** Reads the binary format of one COPY of row versions. */
export interface RowVersionReader {
  /** The next bytes, cut anywhere; not kept. */
  take(piece: Uint8Array): void;
  /** @throws when the COPY did not end as it should */
  end(): RowVersions;
}

/** PostgreSQL: COPY, "Binary Format". */
export function rowVersionReader(): RowVersionReader {
  const list = versionList();
  /** What is left of the piece before. */
  let rest: Uint8Array = new Uint8Array();
  let inHeader = true;
  let ended = false;
  return {
    take(piece) {
      const bytes = rest.length > 0 ? Buffer.concat([rest, piece]) : piece;
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      let at = 0;
      if (inHeader) {
        if (bytes.length < headerBytes) {
          rest = new Uint8Array(bytes);
          return;
        }
        requireHeader(bytes, view);
        at = headerBytes;
        inHeader = false;
      }
      for (; at + rowBytes <= bytes.length; at += rowBytes) {
        // Two columns, one of six bytes and one of four.
        const isRow =
          view.getUint32(at) === 0x0002_0000 && view.getUint16(at + 4) === 6 && view.getUint32(at + 12) === 4;
        if (!isRow) throw unexpected('has a row of another form');
        list.add(view.getUint32(at + 6), view.getUint16(at + 10), view.getUint32(at + 16));
      }
      if (bytes.length - at === trailerBytes && view.getInt16(at) === -1) {
        ended = true;
        at += trailerBytes;
      }
      rest = new Uint8Array(bytes.subarray(at));
    },
    end() {
      if (!ended || rest.length > 0) throw unexpected('did not end');
      return list.versions();
    },
  };
}

function requireHeader(bytes: Uint8Array, view: DataView): void {
  if (!signature.every((byte, i) => bytes[i] === byte)) throw unexpected('has another signature');
  if (view.getBigInt64(signature.length) !== 0n) throw unexpected('has flags or an extension');
}

function unexpected(what: string): Error {
  return new Error(`the COPY of row versions ${what}`);
}

function versionList(): { add: TakeRowVersion; versions(): RowVersions } {
  let length = 0;
  let block = new Uint32Array(4096);
  let offset = new Uint16Array(4096);
  let xmin = new Uint32Array(4096);
  const grow = (): void => {
    const room = 2 * length;
    const [blocks, offsets, xmins] = [block, offset, xmin];
    (block = new Uint32Array(room)).set(blocks);
    (offset = new Uint16Array(room)).set(offsets);
    (xmin = new Uint32Array(room)).set(xmins);
  };
  return {
    add(inBlock, atOffset, madeBy) {
      if (length === block.length) grow();
      block[length] = inBlock;
      offset[length] = atOffset;
      xmin[length++] = madeBy;
    },
    versions: () => ({
      block: block.subarray(0, length),
      offset: offset.subarray(0, length),
      xmin: xmin.subarray(0, length),
    }),
  };
}

/** What receives several of these statements, and one that confirms them. */
export interface RowVersionsReceiver extends CopyReceiver {
  /** Of each statement that has ended. */
  readonly versions: RowVersions[];
  readonly answers: (string | null)[];
}

export function rowVersionsReceiver(): RowVersionsReceiver {
  const answers: (string | null)[] = [];
  const versions: RowVersions[] = [];
  let reader = rowVersionReader();
  return {
    answers,
    versions,
    data: (piece) => reader.take(piece),
    statementEnd() {
      versions.push(reader.end());
      reader = rowVersionReader();
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

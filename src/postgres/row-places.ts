import { quoteIdentifier, quoteName, type QualifiedName } from './identifiers.ts';
import { copyAsBytes, rangeBounds, storedColumns, type BlockRange, type CopySource } from './ranges.ts';
import { andWhere, isFresh, isOld } from './row-age.ts';
import type { CopyReceiver } from './wire/copy-stream.ts';

/** Places of row versions in a table (`ctid`), in an order. Both arrays have the same length. */
export interface Places {
  block: Uint32Array;
  /** The line pointer, which is at least 1. */
  offset: Uint16Array;
}

/**
 * COPY of one value, for `placesReader`: the places of those rows of a range that were written before `since`, in their order, because
 * that is how a range is read. See row-age.ts.
 */
export function oldPlacesStatement(table: QualifiedName, range: BlockRange, since: number): string {
  return `copy (select pg_catalog.string_agg(pg_catalog.tidsend(ctid), ''::pg_catalog.bytea)
    from only ${quoteName(table)}${andWhere(range, isOld(since))}) to stdout (format binary)`;
}

/** Rows that are wanted of a range: those that were written from `since` on, and those in some places. */
export interface WantedRows {
  since: number;
  places: Places;
}

/**
 * COPY of rows of a range with their places, for `placedText`.
 * @param source has columns and no condition
 * @param wanted default all
 */
export function placedCopyStatement(source: CopySource, range: BlockRange, wanted?: WantedRows): string {
  const columns = storedColumns(source.columns).map(quoteIdentifier).join(', ');
  const where = wanted ? andWhere(range, isWanted(wanted)) : rangeBounds(range);
  const options = source.asBytes ? copyAsBytes : '';
  return `copy (select ctid, ${columns} from only ${quoteName(source)}${where}) to stdout${options}`;
}

function isWanted({ since, places: { block, offset } }: WantedRows): string {
  if (block.length === 0) return isFresh(since);
  const places = Array.from(block, (each, i) => `"(${each},${offset[i]})"`).join(',');
  return `(${isFresh(since)} or ctid = any ('{${places}}'::pg_catalog.tid[]))`;
}

const signature = Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1');
/** Signature, flags, and the length of an extension of the header, which there is none of. */
const headerBytes = signature.length + 8;
/** Before the value: the number of columns, and its length. */
const valueHeadBytes = 2 + 4;
const trailerBytes = 2;
/** `tidsend`: the block in four bytes, the line pointer in two. */
const placeBytes = 6;

/** The places in the binary format of one COPY of `oldPlacesStatement`. @throws when it is not of this form */
export function readPlaces(copied: Uint8Array): Places {
  const bytes = Buffer.from(copied.buffer, copied.byteOffset, copied.length);
  const valueAt = headerBytes + valueHeadBytes;
  const isWhole =
    bytes.length >= valueAt + trailerBytes &&
    bytes.subarray(0, signature.length).equals(signature) &&
    bytes.readBigInt64BE(signature.length) === 0n &&
    bytes.readInt16BE(headerBytes) === 1 &&
    bytes.readInt16BE(bytes.length - trailerBytes) === -1;
  if (!isWhole) throw new Error('the COPY of places has another form');
  // Of no rows the value is null, whose length is -1.
  const length = Math.max(0, bytes.readInt32BE(headerBytes + 2));
  if (valueAt + length + trailerBytes !== bytes.length || length % placeBytes !== 0) {
    throw new Error('the COPY of places did not end');
  }
  const count = length / placeBytes;
  const places: Places = { block: new Uint32Array(count), offset: new Uint16Array(count) };
  for (let i = 0, at = valueAt; i < count; i++, at += placeBytes) {
    places.block[i] =
      (bytes[at]! * 2 ** 24 + (bytes[at + 1]! << 16) + (bytes[at + 2]! << 8) + bytes[at + 3]!) >>> 0;
    places.offset[i] = (bytes[at + 4]! << 8) + bytes[at + 5]!;
  }
  return places;
}

/** What receives several of these statements, and one that confirms them. */
export interface PlacesReceiver extends CopyReceiver {
  /** Of each statement that has ended. */
  readonly places: Places[];
  readonly answers: (string | null)[];
}

export function placesReceiver(): PlacesReceiver {
  const answers: (string | null)[] = [];
  const places: Places[] = [];
  let pieces: Uint8Array[] = [];
  return {
    answers,
    places,
    data: (piece) => void pieces.push(new Uint8Array(piece)),
    statementEnd() {
      places.push(readPlaces(Buffer.concat(pieces)));
      pieces = [];
    },
    value: (text) => void answers.push(text),
  };
}

/** Reads the text of a COPY whose first column is `ctid`, cut anywhere. */
export interface PlacedText {
  /**
   * @param piece its lines are moved together at its beginning, without this column
   * @returns that beginning
   */
  take(piece: Uint8Array): Uint8Array;
  /** @throws when the text ends in the midst of a line */
  end(): void;
}

const lineFeed = 0x0a;
const tab = 0x09;
const zero = 0x30;
/** What the text of a line begins with, `(block,offset)⇥`, in order: what comes before each number, and behind the last. */
const opening = 0x28;
const comma = 0x2c;
const closing = 0x29;

/** Where in a line the text is. */
type At = 'beginning' | 'block' | 'offset' | 'tab' | 'columns';

/** @param line takes each line when it has ended, with its length without this column */
export function placedText(line: (block: number, offset: number, bytes: number) => void): PlacedText {
  let where: At = 'beginning';
  let block = 0;
  let offset = 0;
  let length = 0;
  const unexpected = (): Error => new Error('the text of a COPY does not begin its lines with ctid');
  const digitOf = (byte: number): number => {
    const digit = byte - zero;
    if (digit < 0 || digit > 9) throw unexpected();
    return digit;
  };
  const takeByte = (byte: number): void => {
    if (where === 'block') {
      if (byte === comma) where = 'offset';
      else block = block * 10 + digitOf(byte);
    } else if (where === 'offset') {
      if (byte === closing) where = 'tab';
      else offset = offset * 10 + digitOf(byte);
    } else if (where === 'tab') {
      if (byte !== tab) throw unexpected();
      where = 'columns';
    } else {
      if (byte !== opening) throw unexpected();
      block = offset = 0;
      where = 'block';
    }
  };
  return {
    take(piece) {
      let kept = 0;
      for (let at = 0; at < piece.length;) {
        if (where !== 'columns') {
          takeByte(piece[at++]!);
          continue;
        }
        const found = piece.indexOf(lineFeed, at);
        const end = found < 0 ? piece.length : found + 1;
        if (kept !== at) piece.copyWithin(kept, at, end);
        kept += end - at;
        length += end - at;
        at = end;
        if (found < 0) break;
        line(block, offset, length);
        where = 'beginning';
        length = 0;
      }
      return piece.subarray(0, kept);
    },
    end() {
      if (where !== 'beginning') throw unexpected();
    },
  };
}

// By its own name: an older Node, which has no zstd, must be able to load this file and be refused.
import * as zlib from 'node:zlib';
import type { DropRun } from '../../format/drops.ts';

/*
 * A row map says which row version each line of a range is. A row version never changes, and its place (`ctid`) and the transaction
 * that made it (`xmin`) name it. So when a range has changed, the map of its lines and the row versions that there are now say which
 * lines are no rows any more, and which rows have no line yet.
 */

/** Row versions in an order. All arrays have the same length. */
export interface RowVersions {
  /** `ctid`: block, and line pointer, which is at least 1. */
  block: Uint32Array;
  offset: Uint16Array;
  xmin: Uint32Array;
}

/** The lines of a segment. A line that is no row any more has the offset 0. */
export interface SegmentMap extends RowVersions {
  /** Length of the line, with its line feed. */
  bytes: Uint32Array;
}

/** Of each segment of a range, in order. */
export type RowMap = readonly SegmentMap[];

/** Gathers lines, whose number is not known before. */
export interface LineList {
  add(block: number, offset: number, xmin: number, bytes: number): void;
  readonly length: number;
  /** Of all lines. */
  readonly bytes: number;
  lines(): SegmentMap;
}

export function lineList(): LineList {
  let room = 1024;
  let length = 0;
  let total = 0;
  let numbers = new Uint32Array(4 * room);
  return {
    add(block, offset, xmin, bytes) {
      if (length === room) {
        room *= 2;
        const more = new Uint32Array(4 * room);
        more.set(numbers);
        numbers = more;
      }
      const at = 4 * length++;
      numbers[at] = block;
      numbers[at + 1] = offset;
      numbers[at + 2] = xmin;
      numbers[at + 3] = bytes;
      total += bytes;
    },
    get length() {
      return length;
    },
    get bytes() {
      return total;
    },
    lines() {
      const lines = emptySegment(length);
      for (let i = 0, at = 0; i < length; i++, at += 4) {
        lines.block[i] = numbers[at]!;
        lines.offset[i] = numbers[at + 1]!;
        lines.xmin[i] = numbers[at + 2]!;
        lines.bytes[i] = numbers[at + 3]!;
      }
      return lines;
    },
  };
}

export function emptySegment(length: number): SegmentMap {
  return {
    block: new Uint32Array(length),
    offset: new Uint16Array(length),
    xmin: new Uint32Array(length),
    bytes: new Uint32Array(length),
  };
}

/** Whether each is behind the one before in the table; dropped lines do not count. */
export function isAscending({ block, offset }: RowVersions): boolean {
  let last = -1;
  for (let i = 0; i < block.length; i++) {
    if (offset[i] === 0) continue;
    const place = placeOf(block[i]!, offset[i]!);
    if (place <= last) return false;
    last = place;
  }
  return true;
}

/** Orders as the places in the table do. */
export function placeOf(block: number, offset: number): number {
  return block * 2 ** 16 + offset;
}

/** The lines of these segments that are no rows, for `dropsText`. */
export function* dropRuns(map: RowMap): Generator<DropRun> {
  let keep = 0;
  let drop = 0;
  for (const { offset } of map) {
    for (const each of offset) {
      if (each === 0) drop++;
      else if (drop === 0) keep++;
      else {
        yield { keep, drop };
        keep = 1;
        drop = 0;
      }
    }
  }
  if (drop > 0) yield { keep, drop };
}

/** The map of a range of more lines would take too much memory. */
export const mappedLinesMax = 1_000_000;

const version = 1;
const columns = ['block', 'offset', 'xmin', 'bytes'] as const;
const encodedBytesMax = 256 * 1024 * 1024;

/** As few bytes as can be: column by column the differences between neighbours, compressed. */
export function encodeRowMap(map: RowMap): Uint8Array {
  const lines = map.reduce((sum, { block }) => sum + block.length, 0);
  const writer = varintWriter(16 + 16 * map.length + lines * columns.length * 5);
  writer.unsigned(version);
  writer.unsigned(map.length);
  for (const segment of map) {
    writer.unsigned(segment.block.length);
    for (const column of columns) {
      let before = 0;
      for (const value of segment[column]) {
        writer.signed(value - before);
        before = value;
      }
    }
  }
  return zlib.zstdCompressSync(writer.bytes());
}

/** @returns undefined for what `encodeRowMap` did not make */
export function decodeRowMap(encoded: Uint8Array): RowMap | undefined {
  try {
    const reader = varintReader(zlib.zstdDecompressSync(encoded, { maxOutputLength: encodedBytesMax }));
    if (reader.unsigned() !== version) return undefined;
    const map = Array.from({ length: reader.count() }, () => {
      const segment = emptySegment(reader.count());
      for (const column of columns) {
        let value = 0;
        for (let i = 0; i < segment.block.length; i++) {
          value += reader.signed();
          segment[column][i] = value;
        }
      }
      return segment;
    });
    return reader.atEnd ? map : undefined;
  } catch {
    return undefined;
  }
}

function varintWriter(most: number): {
  unsigned(value: number): void;
  signed(value: number): void;
  bytes(): Uint8Array;
} {
  const buffer = new Uint8Array(most);
  let at = 0;
  const unsigned = (value: number): void => {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) buffer[at++] = (rest % 0x80) + 0x80;
    buffer[at++] = rest;
  };
  return {
    unsigned,
    signed: (value) => unsigned(value < 0 ? -2 * value - 1 : 2 * value),
    bytes: () => buffer.subarray(0, at),
  };
}

function varintReader(bytes: Uint8Array): {
  unsigned(): number;
  signed(): number;
  /** Of things that follow, each of which takes a byte. */
  count(): number;
  readonly atEnd: boolean;
} {
  let at = 0;
  const unsigned = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 0x80) {
      const byte = bytes[at++];
      if (byte === undefined) throw new RangeError('a row map ends early');
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  };
  return {
    unsigned,
    signed() {
      const value = unsigned();
      return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
    },
    count() {
      const value = unsigned();
      if (value > bytes.length - at) throw new RangeError('a row map ends early');
      return value;
    },
    get atEnd() {
      return at === bytes.length;
    },
  };
}

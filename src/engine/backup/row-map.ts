// By its own name: an older Node, which has no zstd, must be able to load this file and be refused.
import * as zlib from 'node:zlib';
import { sum } from '../../base/sum.ts';
import type { DropRun } from '../../format/drops.ts';
import type { Places } from '../../postgres/row-places.ts';

/*
 * A row map says in which place of the table (`ctid`) the row is that each line of a range is. A row version never changes. So when a
 * range has changed, the map of its lines and the places of the rows that were there before say which lines are no rows any more.
 */

/** The lines of a segment. A line that is no row any more has the offset 0. */
export interface SegmentMap extends Places {
  /** Length of the line, with its line feed. */
  bytes: Uint32Array;
}

/** Of each segment of a range, in order. */
export type RowMap = readonly SegmentMap[];

/** Gathers lines, whose number is not known before. */
export interface LineList {
  add(block: number, offset: number, bytes: number): void;
  readonly length: number;
  /** Of all lines. */
  readonly bytes: number;
  lines(): SegmentMap;
}

export function lineList(): LineList {
  let room = 1024;
  let length = 0;
  let total = 0;
  let numbers = new Uint32Array(3 * room);
  return {
    add(block, offset, bytes) {
      if (length === room) {
        room *= 2;
        const more = new Uint32Array(3 * room);
        more.set(numbers);
        numbers = more;
      }
      const at = 3 * length++;
      numbers[at] = block;
      numbers[at + 1] = offset;
      numbers[at + 2] = bytes;
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
      for (let i = 0, at = 0; i < length; i++, at += 3) {
        lines.block[i] = numbers[at]!;
        lines.offset[i] = numbers[at + 1]!;
        lines.bytes[i] = numbers[at + 2]!;
      }
      return lines;
    },
  };
}

export function emptySegment(length: number): SegmentMap {
  return {
    block: new Uint32Array(length),
    offset: new Uint16Array(length),
    bytes: new Uint32Array(length),
  };
}

/** Whether each is behind the one before in the table; dropped lines do not count. */
export function isAscending({ block, offset }: Places): boolean {
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

const version = 2;
const columns = ['block', 'offset', 'bytes'] as const;
const encodedBytesMax = 256 * 1024 * 1024;

/** As few bytes as can be: column by column the differences between neighbours, compressed. */
export function encodeRowMap(map: RowMap): Uint8Array {
  const lines = sum(map.map(({ block }) => block.length));
  // A difference takes five bytes at most.
  const bytes = new Uint8Array(16 + 8 * map.length + lines * columns.length * 5);
  let at = putVarint(bytes, putVarint(bytes, 0, version), map.length);
  for (const segment of map) {
    at = putVarint(bytes, at, segment.block.length);
    for (const column of columns) at = putDifferences(bytes, at, segment[column]);
  }
  return zlib.zstdCompressSync(bytes.subarray(0, at));
}

/** @returns undefined for what `encodeRowMap` did not make */
export function decodeRowMap(encoded: Uint8Array): RowMap | undefined {
  try {
    const bytes = zlib.zstdDecompressSync(encoded, { maxOutputLength: encodedBytesMax });
    let at = 0;
    const number = (): number => {
      const [value, next] = takeVarint(bytes, at);
      at = next;
      return value;
    };
    if (number() !== version) return undefined;
    const map: SegmentMap[] = [];
    for (let left = number(); left > 0; left--) {
      const length = number();
      // Each line takes a byte at least in each column.
      if (length * columns.length > bytes.length - at) return undefined;
      const segment = emptySegment(length);
      for (const column of columns) at = takeDifferences(bytes, at, segment[column]);
      map.push(segment);
    }
    return at === bytes.length ? map : undefined;
  } catch {
    return undefined;
  }
}

function putDifferences(bytes: Uint8Array, from: number, values: Uint32Array | Uint16Array): number {
  let at = from;
  let before = 0;
  for (let i = 0; i < values.length; i++) {
    const next = values[i]!;
    const difference = next - before;
    before = next;
    // Nearly all of them are short.
    if (difference > -0x40 && difference < 0x40) bytes[at++] = (difference << 1) ^ (difference >> 31);
    else at = putVarint(bytes, at, difference < 0 ? -2 * difference - 1 : 2 * difference);
  }
  return at;
}

function takeDifferences(bytes: Uint8Array, from: number, values: Uint32Array | Uint16Array): number {
  let at = from;
  let value = 0;
  for (let i = 0; i < values.length; i++) {
    const short = bytes[at]!;
    if (short < 0x80) {
      at++;
      value += (short >> 1) ^ -(short & 1);
    } else {
      let zigzag: number;
      [zigzag, at] = takeVarint(bytes, at);
      value += zigzag % 2 === 1 ? -(zigzag + 1) / 2 : zigzag / 2;
    }
    values[i] = value;
  }
  if (at > bytes.length) throw new RangeError('a row map ends early');
  return at;
}

/** @returns the place behind it */
function putVarint(bytes: Uint8Array, from: number, value: number): number {
  let at = from;
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes[at++] = (rest % 0x80) + 0x80;
  bytes[at++] = rest;
  return at;
}

/** @returns the number, and the place behind it */
function takeVarint(bytes: Uint8Array, from: number): [value: number, at: number] {
  let value = 0;
  let at = from;
  for (let factor = 1; ; factor *= 0x80) {
    const byte = bytes[at++];
    if (byte === undefined) throw new RangeError('a row map ends early');
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return [value, at];
  }
}

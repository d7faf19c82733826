/*
 * The least and greatest value of one column in COPY text, found on the way of the text to its chunk. Where it is known, one row is
 * found by reading one range.
 */
import { unescaped } from './copy-fields.ts';

/** How values of a column compare, as their text: whole numbers; times of ISO form, all of one zone; or the bytes of UTF-8. */
export type KeyOrder = 'integer' | 'time' | 'bytes';

export interface KeyField {
  /** Which column of the text it is, from 0. */
  column: number;
  order: KeyOrder;
}

/** A field of a chunk: the text can begin in the midst of a line. */
export interface ChunkKeyField extends KeyField {
  /** From `begunLine`. */
  begun: Uint8Array;
}

export type KeyBounds = readonly [least: string, greatest: string];

/** What is known of the values in some lines: nothing, where one of them cannot be compared; null, where there are none. */
export type FoundKeys = KeyBounds | null | 'unknown';

/** Texts that are longer together than this are not kept. */
const boundsTextMax = 160;
/** How much is looked at of a line that goes on in the next chunk. */
const begunMax = 64 * 1024;

const tab = 0x09;
const lineFeed = 0x0a;
const minus = 0x2d;
const zero = 0x30;
const backslash = 0x5c;
const nothing: Uint8Array = new Uint8Array();

/**
 * The beginning of the line that goes on behind `raw`.
 * @param begun of the line that goes on in `raw`
 */
export function begunLine(raw: Uint8Array, begun: Uint8Array): Uint8Array {
  const last = raw.lastIndexOf(lineFeed);
  if (last === raw.length - 1) return nothing;
  const rest = raw.subarray(last + 1, last + 1 + begunMax);
  return last < 0 ? joined(begun, rest) : new Uint8Array(rest);
}

/** The bounds of a field in the lines of a chunk. A line whose field ends in the next chunk is left to that. */
export function findKeys(raw: Uint8Array, { column, order, begun }: ChunkKeyField): FoundKeys {
  const bounds: Bounds = order === 'integer' ? numberBounds() : textBounds(order);
  let at = 0;
  if (begun.length > 0) {
    const first = raw.indexOf(lineFeed);
    at = first < 0 ? raw.length : first + 1;
    const line = joined(begun, raw.subarray(0, Math.min(at, begunMax)));
    const from = columnStart(line, 0, column);
    const to = from < 0 ? -1 : fieldEnd(line, from);
    if (to >= 0) bounds.take(line, from, to);
    else if (first >= 0 || line.length >= begunMax) return 'unknown';
  }
  while (at < raw.length) {
    const from = columnStart(raw, at, column);
    if (from < 0) break;
    const to = bounds.takeNext(raw, from);
    if (to < 0) break;
    const end = raw[to] === lineFeed ? to : lineEnd(raw, to);
    if (end < 0) break;
    at = end + 1;
  }
  return bounds.found();
}

/** What is known of all lines of both. */
export function widenedKeys(one: FoundKeys, other: FoundKeys, order: KeyOrder): FoundKeys {
  if (one === null || other === null) return one ?? other;
  if (one === 'unknown' || other === 'unknown') return 'unknown';
  const less = order === 'integer' ? lessNumber : lessText;
  return short([less(one[0], other[0]) ? one[0] : other[0], less(one[1], other[1]) ? other[1] : one[1]]);
}

function lessNumber(one: string, other: string): boolean {
  return BigInt(one) < BigInt(other);
}

function lessText(one: string, other: string): boolean {
  return Buffer.compare(Buffer.from(one), Buffer.from(other)) < 0;
}

function short(bounds: KeyBounds): FoundKeys {
  return bounds[0].length + bounds[1].length <= boundsTextMax ? bounds : 'unknown';
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  const room = Math.max(0, begunMax - one.length);
  return room === 0 ? one : Buffer.concat([one, other.subarray(0, room)]);
}

/** Where a column begins in the line that begins at `at`; -1 when the text ends before. */
function columnStart(text: Uint8Array, at: number, column: number): number {
  let from = at;
  for (let left = column; left > 0; left--) {
    const end = fieldEnd(text, from);
    if (end < 0) return -1;
    from = end + 1;
  }
  return from;
}

/** COPY writes neither a tab nor a line feed within a value. */
function fieldEnd(text: Uint8Array, from: number): number {
  for (let at = from; at < text.length; at++) {
    const byte = text[at]!;
    if (byte === tab || byte === lineFeed) return at;
  }
  return -1;
}

/** Up to this length looking at each byte is faster than a call. */
const stepsMax = 96;

function lineEnd(text: Uint8Array, from: number): number {
  const near = Math.min(text.length, from + stepsMax);
  for (let at = from; at < near; at++) if (text[at] === lineFeed) return at;
  return near === text.length ? -1 : text.indexOf(lineFeed, near);
}

interface Bounds {
  take(text: Uint8Array, from: number, to: number): void;
  /** Takes the field that begins at `from`. @returns where it ends; -1, having taken nothing, when the text ends before */
  takeNext(text: Uint8Array, from: number): number;
  found(): FoundKeys;
}

/** Up to this number of digits a number is exact. */
const exactDigits = 15;

function numberBounds(): Bounds {
  let least: number | bigint | undefined;
  let greatest: number | bigint | undefined;
  let unknown = false;
  const bounds: Bounds = {
    takeNext(text, from) {
      // All but negative and very long ones, read once.
      let value = 0;
      let to = from;
      for (; to < text.length; to++) {
        const digit = text[to]! - zero;
        if (digit < 0 || digit > 9) break;
        value = value * 10 + digit;
      }
      if (to === text.length) return -1;
      const plain = (text[to] === tab || text[to] === lineFeed) && to > from && to - from <= exactDigits;
      if (!plain) {
        const end = fieldEnd(text, to);
        if (end >= 0) bounds.take(text, from, end);
        return end;
      }
      if (greatest === undefined || value > greatest) greatest = value;
      if (least === undefined || value < least) least = value;
      return to;
    },
    take(text, from, to) {
      const negative = text[from] === minus;
      let value: number | bigint = 0;
      for (let at = negative ? from + 1 : from; at < to; at++) {
        const digit = text[at]! - zero;
        if (digit < 0 || digit > 9) {
          unknown = true;
          return;
        }
        value = value * 10 + digit;
      }
      if (to - from > exactDigits) value = BigInt(latin1(text, from, to));
      else if (negative) value = -value;
      if (greatest === undefined || value > greatest) greatest = value;
      if (least === undefined || value < least) least = value;
    },
    found: () =>
      unknown ? 'unknown' : least === undefined ? null : short([String(least), String(greatest)]),
  };
  return bounds;
}

/** A piece of text, without its escapes. */
interface Slice {
  text: Uint8Array;
  from: number;
  to: number;
}

function textBounds(order: 'time' | 'bytes'): Bounds {
  let least: Slice | undefined;
  let greatest: Slice | undefined;
  let unknown = false;
  const bounds: Bounds = {
    takeNext(text, from) {
      const to = fieldEnd(text, from);
      if (to >= 0) bounds.take(text, from, to);
      return to;
    },
    take(text, from, to) {
      if (order === 'time' ? !isPlainTime(text, from, to) : to - from > begunMax) unknown = true;
      if (unknown) return;
      const value = order === 'bytes' ? plainText(text, from, to) : { text, from, to };
      if (!value) unknown = true;
      else {
        if (!greatest || compare(value, greatest) > 0) greatest = value;
        if (!least || compare(value, least) < 0) least = value;
      }
    },
    found: () =>
      unknown ? 'unknown' : least === undefined ? null : short([textOf(least), textOf(greatest!)]),
  };
  return bounds;
}

/** @returns undefined for NULL */
function plainText(text: Uint8Array, from: number, to: number): Slice | undefined {
  const field = text.subarray(from, to);
  if (!field.includes(backslash)) return { text, from, to };
  const bytes = unescaped(field);
  return bytes ? { text: bytes, from: 0, to: bytes.length } : undefined;
}

function compare(one: Slice, other: Slice): number {
  const length = Math.min(one.to - one.from, other.to - other.from);
  for (let i = 0; i < length; i++) {
    const difference = one.text[one.from + i]! - other.text[other.from + i]!;
    if (difference !== 0) return difference;
  }
  return one.to - one.from - (other.to - other.from);
}

/** `2024-01-31…`: years of four digits after Christ sort by their text; others, and infinity, do not. */
function isPlainTime(text: Uint8Array, from: number, to: number): boolean {
  const lastDigit = text[to - 1]! - zero;
  return to - from >= 10 && text[from + 4] === minus && lastDigit >= 0 && lastDigit <= 9;
}

function textOf({ text, from, to }: Slice): string {
  return Buffer.from(text.subarray(from, to)).toString();
}

function latin1(text: Uint8Array, from: number, to: number): string {
  return Buffer.from(text.subarray(from, to)).toString('latin1');
}

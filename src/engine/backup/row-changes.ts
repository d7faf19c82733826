import { sum } from '../../base/sum.ts';
import type { RowVersions } from '../../postgres/row-versions.ts';
import { placeOf, type RowMap, type SegmentMap } from './row-map.ts';

/** A range has this many segments at most. */
export const maxSegments = 8;
/** A range in which a larger part of the lines would be no rows is written anew, and so is one with a larger part of new rows. */
const droppedShareMax = 1 / 3;
const wantedShareMax = 1 / 2;
/** Rows that are asked for by their place have their places in the statement. */
const wantedMax = 100_000;

/** What is to be done so that the lines of a range are its rows again. */
export interface RowPlan {
  /** Places of the segments that go on, in the list of all. */
  kept: readonly number[];
  /** Their lines, of which those are dropped that are no rows any more. */
  map: RowMap;
  /** Row versions that have no line in them, in the order of their places: the lines of one more segment. */
  wanted: RowVersions;
  /** Rows of the lines that go on, and their length. */
  rows: number;
  rawBytes: number;
  /** Whether any line is dropped in `map`, and whether any was not before. */
  drops: boolean;
  dropsMore: boolean;
  /** Rows that came or went; one that came and one that went count once, as an updated row does. */
  rowsChanged: number;
}

/**
 * Compares the lines of a range with the row versions that there are now.
 * @param now in the order of their places
 * @returns null where the range is to be written anew: because it has changed too much, or the map is not one of these rows
 */
export function planRows(map: RowMap, now: RowVersions): RowPlan | null {
  const count = now.block.length;
  /** The segment that has a row, by its place in `now`. */
  const owner = new Int16Array(count).fill(-1);
  const segments = map.map((segment, i) => lineUp(segment, now, owner, i));
  if (segments.some((segment) => segment === null)) return null;
  const living = (segments as LinedUp[]).map(({ rows }) => rows);
  const found = sum(living);
  const gone = sum((segments as LinedUp[]).map((segment) => segment.gone));
  const fresh = count - found;

  const kept = keptSegments(living, fresh);
  const isKept = map.map((_, i) => kept.includes(i));
  const wanted = chosen(now, (i) => owner[i] === -1 || !isKept[owner[i]!]);
  const lines = kept.map((i) => (segments as LinedUp[])[i]!);
  const rows = sum(lines.map((each) => each.rows));
  const allLines = sum(lines.map(({ segment }) => segment.block.length));
  const dropped = allLines - rows;
  const fetched = wanted.block.length;
  if (dropped > (allLines + fetched) * droppedShareMax) return null;
  if (fetched > count * wantedShareMax || fetched > wantedMax) return null;
  return {
    kept,
    map: lines.map(({ segment }) => segment),
    wanted,
    rows,
    rawBytes: sum(lines.map(({ rawBytes }) => rawBytes)),
    drops: dropped > 0,
    dropsMore: kept.length < map.length || gone > 0,
    rowsChanged: Math.max(gone, fresh),
  };
}

interface LinedUp {
  segment: SegmentMap;
  rows: number;
  rawBytes: number;
  gone: number;
}

/** @returns null when the lines are not in the order of their places, or two are of the same row */
function lineUp(before: SegmentMap, now: RowVersions, owner: Int16Array, place: number): LinedUp | null {
  const segment: SegmentMap = {
    block: before.block.slice(),
    offset: before.offset.slice(),
    xmin: before.xmin.slice(),
    bytes: before.bytes.slice(),
  };
  const { block, offset, xmin, bytes } = segment;
  let rows = 0;
  let rawBytes = 0;
  let gone = 0;
  let at = 0;
  let last = -1;
  for (let line = 0; line < block.length; line++) {
    if (offset[line] === 0) continue;
    const wanted = placeOf(block[line]!, offset[line]!);
    if (wanted <= last) return null;
    last = wanted;
    while (at < now.block.length && placeOf(now.block[at]!, now.offset[at]!) < wanted) at++;
    const same =
      at < now.block.length &&
      now.block[at] === block[line] &&
      now.offset[at] === offset[line] &&
      now.xmin[at] === xmin[line];
    if (same) {
      if (owner[at] !== -1) return null;
      owner[at] = place;
      rows++;
      rawBytes += bytes[line]!;
    } else {
      gone++;
      block[line] = offset[line] = xmin[line] = bytes[line] = 0;
    }
  }
  return { segment, rows, rawBytes, gone };
}

/**
 * Which segments go on. One without rows does not. When there would be too many, the last ones are read again as part of the new one,
 * from the first on that has no more than twice the rows of all behind it: so the long ones stay, and a row is seldom
 * stored again.
 */
function keptSegments(living: readonly number[], fresh: number): number[] {
  const kept = living.flatMap((rows, i) => (rows > 0 ? [i] : []));
  if (kept.length + (fresh > 0 ? 1 : 0) <= maxSegments) return kept;
  let behind = fresh;
  do behind += living[kept.pop()!]!;
  while (kept.length > 1 && living[kept.at(-1)!]! <= 2 * behind);
  return kept;
}

function chosen(now: RowVersions, isChosen: (i: number) => boolean): RowVersions {
  const places: number[] = [];
  for (let i = 0; i < now.block.length; i++) if (isChosen(i)) places.push(i);
  return {
    block: Uint32Array.from(places, (i) => now.block[i]!),
    offset: Uint16Array.from(places, (i) => now.offset[i]!),
    xmin: Uint32Array.from(places, (i) => now.xmin[i]!),
  };
}

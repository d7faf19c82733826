import { sum } from '../../base/sum.ts';
import type { Places } from '../../postgres/row-places.ts';
import { isAscending, placeOf, type RowMap, type SegmentMap } from './row-map.ts';

/** A range has this many segments at most. */
export const maxSegments = 8;
/** A range in which a larger part of the lines would be no rows is written anew. */
const droppedShareMax = 1 / 3;
/** Rows that are read again by their place have their places in the statement. */
const againMax = 100_000;

/** What is to be done so that the lines of a range are its rows again. */
export interface RowPlan {
  /** Places of the segments that go on, in the list of all. */
  kept: readonly number[];
  /** Their lines, of which those are dropped that are no rows any more. */
  map: RowMap;
  /** Places of the rows that were there before and are to be read again, because their segment does not go on; in order. */
  again: Places;
  /** Of the rows that were there before and are there now, those whose lines go on; and their length. */
  rows: number;
  rawBytes: number;
  /** Whether any line is dropped in `map`, and whether any was not before. */
  drops: boolean;
  dropsMore: boolean;
  /** Rows that are no more. */
  gone: number;
}

/**
 * Compares the lines of a range with the rows that were there before and are there now. What was written since is one more
 * segment, with the rows that are read again.
 * @param old where they are, in order
 * @returns null where the range is to be written anew: because it has changed too much, or the map is not one of these rows
 */
export function planRows(map: RowMap, old: Places): RowPlan | null {
  if (!isAscending(old)) return null;
  /** The segment that has a row, by its place in `old`. */
  const owner = new Int16Array(old.block.length).fill(-1);
  const segments = map.map((segment, i) => lineUp(segment, old, owner, i));
  // A row that was there before has a line, or the map is of other rows.
  if (segments.includes(null) || owner.includes(-1)) return null;
  const lined = segments as LinedUp[];
  const gone = sum(lined.map((segment) => segment.gone));

  const kept = keptSegments(
    lined.map(({ rows }) => rows),
    gone,
  );
  const isKept = map.map((_, i) => kept.includes(i));
  const again = chosen(old, (i) => !isKept[owner[i]!]);
  const lines = kept.map((i) => lined[i]!);
  const rows = sum(lines.map((each) => each.rows));
  const dropped = sum(lines.map(({ segment }) => segment.block.length)) - rows;
  if (dropped > (rows + dropped + again.block.length) * droppedShareMax) return null;
  if (again.block.length > againMax) return null;
  return {
    kept,
    map: lines.map(({ segment }) => segment),
    again,
    rows,
    rawBytes: sum(lines.map(({ rawBytes }) => rawBytes)),
    drops: dropped > 0,
    dropsMore: kept.length < map.length || gone > 0,
    gone,
  };
}

/**
 * Whether rows that were read are those that a plan wants: all that it wants again, and else none that has a line.
 * @param old as it was for the plan
 */
export function areWanted(read: Places, old: Places, { again }: RowPlan): boolean {
  if (!isAscending(read)) return false;
  let known = 0;
  let at = 0;
  for (let i = 0; i < read.block.length; i++) {
    const place = placeOf(read.block[i]!, read.offset[i]!);
    while (at < old.block.length && placeOf(old.block[at]!, old.offset[at]!) < place) at++;
    if (at === old.block.length || placeOf(old.block[at]!, old.offset[at]!) !== place) continue;
    if (known === again.block.length || placeOf(again.block[known]!, again.offset[known]!) !== place)
      return false;
    known++;
  }
  return known === again.block.length;
}

interface LinedUp {
  segment: SegmentMap;
  rows: number;
  rawBytes: number;
  gone: number;
}

/** @returns null when the lines are not in the order of their places, or two are of the same row */
function lineUp(before: SegmentMap, old: Places, owner: Int16Array, place: number): LinedUp | null {
  const segment: SegmentMap = {
    block: new Uint32Array(before.block),
    offset: new Uint16Array(before.offset),
    bytes: new Uint32Array(before.bytes),
  };
  const { block, offset, bytes } = segment;
  const { block: oldBlock, offset: oldOffset } = old;
  const count = oldBlock.length;
  let rows = 0;
  let rawBytes = 0;
  let gone = 0;
  let at = 0;
  let lastBlock = 0;
  let lastOffset = 0;
  for (let line = 0; line < block.length; line++) {
    const ofLine = offset[line]!;
    if (ofLine === 0) continue;
    const inBlock = block[line]!;
    if (inBlock < lastBlock || (inBlock === lastBlock && ofLine <= lastOffset)) return null;
    lastBlock = inBlock;
    lastOffset = ofLine;
    while (at < count && (oldBlock[at]! < inBlock || (oldBlock[at] === inBlock && oldOffset[at]! < ofLine)))
      at++;
    if (at < count && oldBlock[at] === inBlock && oldOffset[at] === ofLine) {
      if (owner[at] !== -1) return null;
      owner[at] = place;
      rows++;
      rawBytes += bytes[line]!;
    } else {
      gone++;
      block[line] = offset[line] = bytes[line] = 0;
    }
  }
  return { segment, rows, rawBytes, gone };
}

/**
 * Which segments go on. One without rows does not. When there would be too many with one more, the last ones are read again as part of
 * that, from the first on that has no more than twice the rows of all behind it: so the long ones stay, and a row is seldom
 * stored again.
 * @param fresh about how many rows the new one has
 */
function keptSegments(living: readonly number[], fresh: number): number[] {
  const kept = living.flatMap((rows, i) => (rows > 0 ? [i] : []));
  if (kept.length < maxSegments) return kept;
  let behind = fresh;
  do behind += living[kept.pop()!]!;
  while (kept.length > 1 && living[kept.at(-1)!]! <= 2 * behind);
  return kept;
}

function chosen(places: Places, isChosen: (i: number) => boolean): Places {
  const at: number[] = [];
  for (let i = 0; i < places.block.length; i++) if (isChosen(i)) at.push(i);
  return {
    block: Uint32Array.from(at, (i) => places.block[i]!),
    offset: Uint16Array.from(at, (i) => places.offset[i]!),
  };
}

import { widenedKeys, type FoundKeys, type KeyBounds } from '../../format/key-bounds.ts';
import { rangeChunks, type ChunkReference } from '../../format/manifest.ts';
import { parseRowCount, type RowCount } from '../../postgres/row-age.ts';
import type { ChunkWriter } from './chunk-writer.ts';
import type { KnownRange } from './known-ranges.ts';
import type { RangeData } from './range-reader.ts';
import type { RangeResult } from './range-memory.ts';
import type { RangeTask } from './range-tasks.ts';
import { maxSegments } from './row-changes.ts';
import { encodeRowMap, isAscending, mappedLinesMax, type LineList } from './row-map.ts';

/** Whether a range is compared with what is known of it before it is read. */
export function isCompared({ known, readAnyway }: RangeTask): boolean {
  return known !== undefined && !readAnyway;
}

/**
 * Whether the rows of a range are those that are known. Each that was written before is one of these; when there are as many
 * and no others, they are the same.
 */
function isUnchanged(known: KnownRange, { rows, fresh }: RowCount): boolean {
  return fresh === 0 && rows === known.rows;
}

/** Of ranges whose rows were counted, those that need not be read: nothing in them has changed, and the store has all of their chunks. */
export async function reuseUnchanged(
  counts: ReadonlyMap<RangeTask, RowCount>,
  writer: ChunkWriter,
): Promise<Map<RangeTask, RangeResult>> {
  return reuseKnown(
    [...counts].flatMap(([task, count]) => (task.known && isUnchanged(task.known, count) ? [task] : [])),
    writer,
  );
}

/** Of ranges in which nothing has changed, those whose chunks are all in the store. */
export async function reuseKnown(
  tasks: readonly RangeTask[],
  writer: ChunkWriter,
): Promise<Map<RangeTask, RangeResult>> {
  const same = tasks.flatMap((task) => (task.known ? [{ task, known: task.known }] : []));
  const lacking = await writer.use(same.flatMap(({ known }) => chunksOf(known)));
  const results = new Map<RangeTask, RangeResult>();
  for (const { task, known } of same) {
    if (chunksOf(known).some(({ id }) => lacking.has(id))) continue;
    results.set(task, {
      rows: known.rows,
      rawBytes: known.rawBytes,
      segments: [...known.segments],
      drops: known.drops,
      keys: () => known.keys,
      how: 'unchanged',
      readRawBytes: 0,
      made: [],
      rowsChanged: 0,
    });
  }
  return results;
}

function chunksOf({ segments, drops, ...range }: KnownRange): ChunkReference[] {
  return rangeChunks([{ ...range, keys: undefined, drops, segments: [...segments] }]);
}

export function parseRowCounts(
  tasks: readonly RangeTask[],
  answers: readonly string[],
): Map<RangeTask, RowCount> {
  return new Map(tasks.map((task, i) => [task, parseRowCount(answers[i]!)]));
}

/**
 * What reading a range gave.
 * @param count of a range that is known
 * @param lines which rows its lines are, where that was read too
 */
export function resultOfReading(
  task: RangeTask,
  data: RangeData,
  count: RowCount | undefined,
  lines?: LineList,
): RangeResult {
  const segments = [{ chunks: data.chunks, lines: data.rows }];
  const differs = task.known && count && !isUnchanged(task.known, count);
  return {
    rows: data.rows,
    rawBytes: data.rawBytes,
    segments,
    rowMap: lines && mapOf(lines, data),
    keys: () => boundsIn(data.keys),
    how: isCompared(task) || differs ? 'changed' : 'read',
    readRawBytes: data.rawBytes,
    made: segments,
    rowsChanged: null,
  };
}

/** The keys of a range of which some rows were read; bounds of them, because rows may be gone. */
export function keysWith(
  { key }: RangeTask,
  known: KnownRange,
  read: RangeData | undefined,
): KeyBounds | null {
  if (!key || !read || read.rows === 0) return known.keys;
  const before: FoundKeys = known.keys ?? (known.rows === 0 ? null : 'unknown');
  return boundsIn(widenedKeys(before, read.keys, key.order));
}

function boundsIn(found: FoundKeys): KeyBounds | null {
  return found === 'unknown' ? null : found;
}

/** Whether its rows are compared at once. Where segments would be read again because there is one more, that is to be known first. */
export function isComparedByRow(task: RangeTask): boolean {
  const { known } = task;
  return (
    isCompared(task) &&
    known?.mapped === true &&
    known.changing === true &&
    known.segments.length < maxSegments
  );
}

/** Whether it is read with the places of its lines: it is likely to change again. */
export function isMapped(task: RangeTask): boolean {
  return task.placed && task.known !== undefined && (isCompared(task) || task.known.mapped === true);
}

function mapOf(list: LineList, { rows, rawBytes }: RangeData): Uint8Array | undefined {
  if (list.length !== rows || list.bytes !== rawBytes || rows > mappedLinesMax) return undefined;
  const lines = list.lines();
  return isAscending(lines) ? encodeRowMap([lines]) : undefined;
}

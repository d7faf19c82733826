import { rangeChunks, type ChunkReference } from '../../format/manifest.ts';
import { parseFingerprint, type Fingerprint } from '../../postgres/fingerprint.ts';
import type { ChunkWriter } from './chunk-writer.ts';
import type { KnownRange } from './known-ranges.ts';
import type { RangeData } from './range-reader.ts';
import type { RangeResult } from './range-memory.ts';
import type { RangeTask } from './range-tasks.ts';
import { encodeRowMap, isAscending, mappedLinesMax, type LineList } from './row-map.ts';

/** Whether a range is compared with what is known of it before it is read. */
export function isCompared({ known, readAnyway }: RangeTask): boolean {
  return known !== undefined && !readAnyway;
}

/**
 * Of ranges whose fingerprints were asked for, those that need not be read: nothing in them has changed, and the store has all of
 * their chunks.
 */
export async function reuseUnchanged(
  fingerprints: ReadonlyMap<RangeTask, Fingerprint>,
  writer: ChunkWriter,
): Promise<Map<RangeTask, RangeResult>> {
  const same = [...fingerprints].flatMap(([task, { hash, rows }]) =>
    task.known && task.known.fingerprint === hash && task.known.rows === rows
      ? [{ task, known: task.known }]
      : [],
  );
  const lacking = await writer.use(same.flatMap(({ known }) => chunksOf(known)));
  const results = new Map<RangeTask, RangeResult>();
  for (const { task, known } of same) {
    if (chunksOf(known).some(({ id }) => lacking.has(id))) continue;
    results.set(task, {
      rows: known.rows,
      rawBytes: known.rawBytes,
      segments: [...known.segments],
      drops: known.drops,
      fingerprint: known.fingerprint,
      keys: fingerprints.get(task)!.keys,
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

export function parseFingerprints(
  tasks: readonly RangeTask[],
  answers: readonly string[],
): Map<RangeTask, Fingerprint> {
  return new Map(tasks.map((task, i) => [task, parseFingerprint(answers[i]!)]));
}

/**
 * What reading a range gave.
 * @param lines which row versions its lines are, where that was read too
 */
export function resultOfReading(
  task: RangeTask,
  data: RangeData,
  fingerprint: Fingerprint | undefined,
  lines?: LineList,
): RangeResult {
  const segments = [{ chunks: data.chunks, lines: data.rows }];
  return {
    rows: data.rows,
    rawBytes: data.rawBytes,
    segments,
    // Of a table without the rows that were read, something is wrong that no fingerprint shows.
    fingerprint: fingerprint?.rows === data.rows ? fingerprint.hash : null,
    rowMap: lines && mapOf(lines, data),
    keys: fingerprint?.keys ?? null,
    how: isCompared(task) || differs(task, fingerprint) ? 'changed' : 'read',
    readRawBytes: data.rawBytes,
    made: segments,
    rowsChanged: null,
  };
}

/** Whether its rows are compared at once. */
export function isComparedByRow(task: RangeTask): boolean {
  return isCompared(task) && task.known?.mapped === true && task.known.changing === true;
}

/** Whether it is read with the row versions of its lines: it is likely to change again. */
export function isMapped(task: RangeTask): boolean {
  return task.versioned && task.known !== undefined && (isCompared(task) || task.known.mapped === true);
}

function mapOf(list: LineList, { rows, rawBytes }: RangeData): Uint8Array | undefined {
  if (list.length !== rows || list.bytes !== rawBytes || rows > mappedLinesMax) return undefined;
  const lines = list.lines();
  return isAscending(lines) ? encodeRowMap([lines]) : undefined;
}

/** Whether it was read for another reason, and has changed since it was read last. */
function differs({ known }: RangeTask, fingerprint: Fingerprint | undefined): boolean {
  if (!known || !fingerprint || known.fingerprint === '') return false;
  return known.fingerprint !== fingerprint.hash;
}

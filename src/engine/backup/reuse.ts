import { parseFingerprint, type Fingerprint } from '../../postgres/fingerprint.ts';
import type { ChunkWriter } from './chunk-writer.ts';
import type { RangeData } from './range-reader.ts';
import type { RangeResult } from './range-memory.ts';
import type { RangeTask } from './range-tasks.ts';

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
  const references = same.flatMap(({ known }) => known.segments.flatMap(({ chunks }) => chunks));
  const lacking = await writer.use(references);
  const results = new Map<RangeTask, RangeResult>();
  for (const { task, known } of same) {
    if (known.segments.some(({ chunks }) => chunks.some(({ id }) => lacking.has(id)))) continue;
    results.set(task, {
      rows: known.rows,
      rawBytes: known.rawBytes,
      segments: [...known.segments],
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

export function parseFingerprints(
  tasks: readonly RangeTask[],
  answers: readonly string[],
): Map<RangeTask, Fingerprint> {
  return new Map(tasks.map((task, i) => [task, parseFingerprint(answers[i]!)]));
}

/** What reading a range gave. */
export function resultOfReading(
  task: RangeTask,
  data: RangeData,
  fingerprint: Fingerprint | undefined,
): RangeResult {
  const segments = [{ chunks: data.chunks, lines: data.rows }];
  return {
    rows: data.rows,
    rawBytes: data.rawBytes,
    segments,
    // Of a table without the rows that were read, something is wrong that no fingerprint shows.
    fingerprint: fingerprint?.rows === data.rows ? fingerprint.hash : null,
    keys: fingerprint?.keys ?? null,
    how: isCompared(task) ? 'changed' : 'read',
    readRawBytes: data.rawBytes,
    made: segments,
    rowsChanged: null,
  };
}

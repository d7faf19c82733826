import { sum } from '../../base/sum.ts';
import { counted } from '../../base/units.ts';
import type { ManifestSegment } from '../../format/manifest.ts';
import type { QualifiedName } from '../../postgres/identifiers.ts';
import type { RangeResult } from './range-memory.ts';
import type { RangeTask } from './range-tasks.ts';
import type { Recalled } from './recall.ts';
import type { SourceTable } from './snapshot.ts';

/** How a finished backup came by the rows of one table: what was reused of earlier backups, and what was read. */
export interface TableReading extends QualifiedName {
  rows: number;
  /** Size as COPY text. */
  rawBytes: number;
  /** Compressed size of the chunks that its rows are in. */
  storedBytes: number;
  ranges: {
    /** Not read, because nothing in them has changed. */
    unchanged: number;
    /** Read because something in them has changed; of some of them only the rows that have. */
    changed: number;
    /** Read without being compared with an earlier backup. */
    read: number;
  };
  /** New and deleted rows in changed ranges, an updated one counting once; null where that is not known. */
  rowsChanged: number | null;
  /** What was read this time, as COPY text, whether the store had it or not. */
  readRawBytes: number;
  /** The compressed size of that. */
  readStoredBytes: number;
  /** In words, for people: `unchanged`, `312 rows changed`, `read: its columns changed`. */
  reason: string;
}

/** @param data has every range of the table */
export function tableReading(
  { relation, tasks }: SourceTable,
  data: ReadonlyMap<RangeTask, RangeResult>,
  { readBecause }: Pick<Recalled, 'readBecause'>,
): TableReading {
  const results = tasks.map((task) => data.get(task)!);
  const count = (how: RangeResult['how']): number => results.filter((result) => result.how === how).length;
  const ranges = { unchanged: count('unchanged'), changed: count('changed'), read: count('read') };
  const rowsChanged = results.some((result) => result.rowsChanged === null)
    ? null
    : sum(results.map((result) => result.rowsChanged!));
  // Known, not compared, and read all the same: nothing says that anything in them has changed.
  const reread = tasks.filter((task) => task.known !== undefined && data.get(task)!.how === 'read').length;
  return {
    schema: relation.schema,
    name: relation.name,
    rows: sum(results.map(({ rows }) => rows)),
    rawBytes: sum(results.map(({ rawBytes }) => rawBytes)),
    storedBytes: storedBytesOf(results.flatMap(({ segments }) => segments)),
    ranges,
    rowsChanged,
    readRawBytes: sum(results.map(({ readRawBytes }) => readRawBytes)),
    readStoredBytes: storedBytesOf(results.flatMap(({ made }) => made)),
    reason: reasonOf(ranges, rowsChanged, readBecause, reread),
  };
}

function reasonOf(
  { unchanged, changed, read }: TableReading['ranges'],
  rowsChanged: number | null,
  readBecause: string | null,
  reread: number,
): string {
  if (readBecause !== null) return `read: ${readBecause}`;
  if (changed + read === 0) return 'unchanged';
  if (changed === 0 && read === reread) return `unchanged; ${counted(read, 'range')} read again to prove it`;
  if (rowsChanged !== null) return `${counted(rowsChanged, 'row')} changed`;
  if (changed === 0) return `${counted(read, 'range')} added, ${unchanged} unchanged`;
  return `${changed + read} of ${counted(unchanged + changed + read, 'range')} changed`;
}

/** Of the chunks in all segments; ranges that are alike have the same ones. */
function storedBytesOf(segments: readonly ManifestSegment[]): number {
  const chunks = new Map(
    segments.flatMap(({ chunks }) => chunks.map(({ id, storedBytes }) => [id, storedBytes])),
  );
  return sum([...chunks.values()]);
}

import type { KeyObject } from 'node:crypto';
import type { KeyBounds } from '../../format/key-bounds.ts';
import type { ChunkReference, ManifestSegment } from '../../format/manifest.ts';
import { pieceDigest, pieceOf, writePieces, type KnownRange, type KnownTable } from './known-ranges.ts';
import type { ConfirmedTable } from './confirmations.ts';
import type { KnownPiece, KnownPlace, KnownRowMap } from '../requests.ts';
import { keepRowMap } from './known-row-maps.ts';
import type { RangeTask } from './range-tasks.ts';
import type { Recalled } from './recall.ts';
import type { SourceTable } from './snapshot.ts';

/** How the rows of a range came into this backup. */
export interface RangeResult {
  rows: number;
  rawBytes: number;
  segments: ManifestSegment[];
  /** Of the manifest's range. */
  drops?: ChunkReference | undefined;
  /** From `encodeRowMap`, where the range has changed before. */
  rowMap?: Uint8Array | undefined;
  /** Known when the references of its chunks are. */
  keys(): KeyBounds | null;
  how: 'unchanged' | 'changed' | 'read';
  /** What was read now. */
  readRawBytes: number;
  /** Chunks that were made now; their references are there once the writer has flushed. */
  made: readonly ManifestSegment[];
  /** Null where that is not known. */
  rowsChanged: number | null;
}

/** Keeps what a backup finds out about ranges, for the next one and for one that goes on after this was cut off. */
export interface RangeMemory {
  note(task: RangeTask, result: RangeResult): void;
  /**
   * Writes what is new and forgets ranges that the tables have no more, when all ranges have been noted. Does not throw.
   * @returns which pieces are true as of this backup's snapshot: all of each table, by its oid
   */
  finish(): Promise<Map<number, ConfirmedTable>>;
}

const saveAfterMs = 15_000;
/** What is known longer than this, in transactions, is written again before it is too old to be compared. */
const rewrittenAfter = 2 ** 30;

interface Noted {
  table: KnownTable;
  /** Pieces to be written. */
  touched: Set<number>;
  /** Ranges that were found to be as they are known from now on, by their first block. */
  found: Set<number>;
}

/** @param writtenBefore see `KnownRange` */
export function rangeMemory(
  recalled: ReadonlyMap<SourceTable, Recalled>,
  place: KnownPlace | undefined,
  key: KeyObject | undefined,
  writtenBefore: number,
): RangeMemory {
  const nowMs = Date.now();
  const noted = new Map<SourceTable, Noted>();
  let maps: KnownRowMap[] = [];
  let waitingMapBytes = 0;
  let waiting: { task: RangeTask; result: RangeResult }[] = [];
  let savedAt = performance.now();
  let saving: Promise<void> = Promise.resolve();

  function take(task: RangeTask, result: RangeResult): void {
    const { table, range } = task;
    const facts = recalled.get(table)?.facts;
    if (!facts) return;
    const entry = entryOf(table);
    const before = entry.table.ranges.get(range.fromBlock);
    const next: KnownRange = {
      ...range,
      rows: result.rows,
      rawBytes: result.rawBytes,
      keys: result.keys(),
      segments: result.segments,
      drops: result.drops,
      mapped: result.how === 'unchanged' ? before?.mapped : result.rowMap !== undefined,
      changing: result.how === 'changed' && result.rowMap !== undefined,
      readAtMs: isWhole(result) ? nowMs : (before?.readAtMs ?? nowMs),
      writtenBefore,
    };
    if (result.rowMap) {
      maps.push(keepRowMap(table.relation.oid, range.fromBlock, result.rowMap, result, key));
    }
    entry.table.ranges.set(range.fromBlock, next);
    entry.found.add(range.fromBlock);
    const settled =
      before &&
      result.how === 'unchanged' &&
      before.toBlock === range.toBlock &&
      !before.changing &&
      writtenBefore - before.writtenBefore < rewrittenAfter;
    // An unchanged range is not written again each time: most of a database does not change.
    if (settled) entry.table.ranges.set(range.fromBlock, before);
    else entry.touched.add(pieceOf(range.fromBlock, entry.table.blocksPerRange));
  }

  function entryOf(table: SourceTable): Noted {
    const there = noted.get(table);
    if (there) return there;
    const { facts, known } = recalled.get(table)!;
    const { blocksPerRange } = table;
    const goesOn = known && known.blocksPerRange === blocksPerRange;
    const entry: Noted = {
      table: {
        facts: facts!,
        blocksPerRange,
        ranges: new Map(goesOn ? known.ranges : []),
        pieces: new Map(goesOn ? known.pieces : []),
      },
      touched: new Set(),
      found: new Set(),
    };
    noted.set(table, entry);
    return entry;
  }

  async function write(last = false): Promise<void> {
    const ready = waiting.filter(({ result }) => hasReferences(result));
    waiting = waiting.filter(({ result }) => !hasReferences(result));
    for (const { task, result } of ready) {
      take(task, result);
      waitingMapBytes -= result.rowMap?.length ?? 0;
    }
    if (last) for (const entry of noted.values()) forgetGone(entry);
    for (const batch of inMapBatches(maps.splice(0))) await place!.saveMaps(batch);
    let batch: KnownPiece[] = [];
    let bytes = 0;
    for (const [table, { table: known, touched }] of noted) {
      if (touched.size === 0) continue;
      const pieces = writePieces(table.relation.oid, known, (piece) => touched.has(piece), key);
      touched.clear();
      const counts = rangesByPiece(known);
      for (const piece of pieces) {
        known.pieces.set(piece.piece, {
          digest: pieceDigest(piece.content),
          ranges: counts.get(piece.piece)!,
        });
        batch.push(piece);
        bytes += piece.content.length;
      }
      if (bytes < batchBytes && batch.length < batchPieces) continue;
      await place!.save(batch);
      batch = [];
      bytes = 0;
    }
    if (batch.length > 0) await place!.save(batch);
  }

  function save(now = false): Promise<void> {
    if (!place || (!now && performance.now() - savedAt < saveAfterMs)) return saving;
    savedAt = performance.now();
    saving = saving.then(() => write()).catch(() => {});
    return saving;
  }

  async function finish(): Promise<Map<number, ConfirmedTable>> {
    if (!place) return new Map();
    saving = saving.then(() => write(true)).catch(() => {});
    await saving;
    return new Map(
      [...noted].map(([{ relation }, { table, touched }]) => {
        const counts = rangesByPiece(table);
        // What is still to be written could not be.
        const digests = [...table.pieces].flatMap(([piece, { digest }]): [number, string][] =>
          counts.has(piece) && !touched.has(piece) ? [[piece, digest]] : [],
        );
        return [relation.oid, { writtenBefore, pieces: new Map(digests) }];
      }),
    );
  }

  return {
    note(task, result) {
      if (!place) return;
      // It helps the next backup, which does without it rather than that this one waits.
      if (result.rowMap && waitingMapBytes > waitingMapBytesMax) result.rowMap = undefined;
      waitingMapBytes += result.rowMap?.length ?? 0;
      waiting.push({ task, result });
      void save(waitingMapBytes > batchBytes);
    },
    finish,
  };
}

/** Ranges of which nothing was found: the table has become shorter. */
function forgetGone({ table, touched, found }: Noted): void {
  for (const fromBlock of table.ranges.keys()) {
    if (found.has(fromBlock)) continue;
    table.ranges.delete(fromBlock);
    touched.add(pieceOf(fromBlock, table.blocksPerRange));
  }
  const counts = rangesByPiece(table);
  // What is kept has some that were too old to be recalled.
  for (const [piece, { ranges }] of table.pieces) if (ranges !== counts.get(piece)) touched.add(piece);
}

function rangesByPiece({ ranges, blocksPerRange }: KnownTable): Map<number, number> {
  const counts = new Map<number, number>();
  for (const fromBlock of ranges.keys()) {
    const piece = pieceOf(fromBlock, blocksPerRange);
    counts.set(piece, (counts.get(piece) ?? 0) + 1);
  }
  return counts;
}

const batchBytes = 4 * 1024 * 1024;
const batchPieces = 1_000;
const waitingMapBytesMax = 32 * 1024 * 1024;

function* inMapBatches(maps: readonly KnownRowMap[]): Generator<KnownRowMap[]> {
  let batch: KnownRowMap[] = [];
  let bytes = 0;
  for (const map of maps) {
    batch.push(map);
    bytes += map.content.length;
    if (bytes < batchBytes && batch.length < batchPieces) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}

/** A chunk has its name when it is compressed. */
function hasReferences({ segments }: RangeResult): boolean {
  return segments.every(({ chunks }) => chunks.every(({ id }) => id !== ''));
}

/** Whether all of its rows were read now. */
function isWhole({ how, segments, made }: RangeResult): boolean {
  return how !== 'unchanged' && segments.length === made.length;
}

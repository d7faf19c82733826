import { sum } from '../base/sum.ts';
import {
  invalidManifest,
  type ChunkReference,
  type Manifest,
  type ManifestRange,
  type ManifestTable,
} from './manifest.ts';
import type { ServerGlobals } from './globals.ts';
import { maxChunksInLine, type Item } from './parts.ts';

/** What comes in lines of a manifest, in their order. */
export function* itemsOf(manifest: Manifest): Generator<Item> {
  const { schema, tables, sequences, largeObjects, warnings, globals } = manifest;
  for (const value of schema.entries) yield { kind: 'entries', name: 'entry', value };
  for (const value of schema.leftOut) yield { kind: 'entries', name: 'leftOut', value };
  for (const table of tables) yield* itemsOfTable(table);
  for (const value of sequences) yield { kind: 'sequences', name: 'sequence', value };
  for (const value of largeObjects.objects) yield { kind: 'large-objects', name: 'object', value };
  for (const value of inLines(largeObjects.chunks)) yield { kind: 'large-objects', name: 'chunks', value };
  for (const value of warnings) yield { kind: 'warnings', name: 'warning', value };
  if (globals) yield* itemsOfGlobals(globals);
}

function* itemsOfGlobals(globals: ServerGlobals): Generator<Item> {
  for (const value of globals.roles) yield { kind: 'globals', name: 'role', value };
  for (const value of globals.memberships) yield { kind: 'globals', name: 'membership', value };
  for (const value of globals.settings) yield { kind: 'globals', name: 'setting', value };
  for (const value of globals.parameters) yield { kind: 'globals', name: 'parameter', value };
  for (const value of globals.tablespaces) yield { kind: 'globals', name: 'tablespace', value };
}

/** A table, then each of its ranges with its segments. */
export function* itemsOfTable({ ranges, ...table }: ManifestTable): Generator<Item> {
  yield { kind: 'tables', name: 'table', value: table };
  for (const { segments, ...range } of ranges) {
    yield { kind: 'tables', name: 'range', value: range };
    for (const segment of segments) {
      const [chunks = [], ...further] = inLines(segment.chunks);
      yield { kind: 'tables', name: 'segment', value: { ...segment, chunks } };
      for (const value of further) yield { kind: 'tables', name: 'chunks', value };
    }
  }
}

/**
 * Chunks for one line each. Where a line ends is decided by its last chunk, so that one that is new in between does not
 * move all that follow.
 */
function* inLines(chunks: readonly ChunkReference[]): Generator<ChunkReference[]> {
  let line: ChunkReference[] = [];
  for (const chunk of chunks) {
    line.push(chunk);
    // One id in 64.
    const ends = line.length >= maxChunksInLine || (Number.parseInt(chunk.id.slice(0, 2), 16) & 63) === 0;
    if (!ends) continue;
    yield line;
    line = [];
  }
  if (line.length > 0) yield line;
}

/** The chunks of a line, in their order. */
export function chunksIn(item: Item): readonly ChunkReference[] {
  if (item.name === 'range') return item.value.drops ? [item.value.drops] : [];
  if (item.name === 'segment') return item.value.chunks;
  return item.name === 'chunks' ? item.value : [];
}

/**
 * Puts tables together from their lines.
 * @throws MANIFEST_INVALID for a line without the one that it belongs to, and numbers of rows and bytes that are not the sums
 *   that they should be
 */
export class TableBuilder {
  #table: ManifestTable | undefined;

  /** @returns the table before, when this line begins another one */
  add(item: Item & { kind: 'tables' }): ManifestTable | undefined {
    if (item.name === 'table') {
      const done = this.end();
      this.#table = { ...item.value, ranges: [] };
      return done;
    }
    const range = this.#table?.ranges.at(-1);
    if (item.name === 'range') this.#ranges().push({ ...item.value, segments: [] });
    else if (!range) throw invalidManifest([`tables: ${item.name} without a range before it`]);
    else if (item.name === 'segment') range.segments.push(item.value);
    else this.#chunks(range).push(...item.value);
    return undefined;
  }

  /** @returns the last table */
  end(): ManifestTable | undefined {
    const table = this.#table;
    this.#table = undefined;
    if (table) requireSums(table);
    return table;
  }

  #ranges(): ManifestRange[] {
    if (!this.#table) throw invalidManifest(['tables: range without a table before it']);
    return this.#table.ranges;
  }

  #chunks(range: ManifestRange): ChunkReference[] {
    const segment = range.segments.at(-1);
    if (!segment) throw invalidManifest(['tables: chunks without a segment before them']);
    return segment.chunks;
  }
}

function requireSums({ schema, name, rows, rawBytes, ranges }: ManifestTable): void {
  const whole =
    ranges.every(isSumOfSegments) &&
    rows === sum(ranges.map((range) => range.rows)) &&
    rawBytes === sum(ranges.map((range) => range.rawBytes));
  if (!whole) {
    throw invalidManifest([`table ${JSON.stringify([schema, name])} does not have the rows of its ranges`]);
  }
}

/** With drops fewer, of both, but not none: such a range needs no segments. */
function isSumOfSegments({ rows, rawBytes, drops, segments }: ManifestRange): boolean {
  const lines = sum(segments.map((segment) => segment.lines));
  const textBytes = sum(segments.flatMap(({ chunks }) => chunks.map((chunk) => chunk.rawBytes)));
  return drops
    ? rows > 0 && rows < lines && rawBytes > 0 && rawBytes < textBytes
    : rows === lines && rawBytes === textBytes;
}

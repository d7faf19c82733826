import { ChunkWriter } from '../../src/engine/backup/chunk-writer.ts';
import { documentOf, writePieces } from '../../src/engine/backup/write-manifest.ts';
import { readManifest } from '../../src/engine/read/manifest.ts';
import { readRows } from '../../src/engine/read/rows.ts';
import { dropsText, type DropRun } from '../../src/format/drops.ts';
import type { ChunkReference, Manifest, ManifestRange, ManifestSegment } from '../../src/format/manifest.ts';
import type { Store } from '../../src/store/store.ts';

/** Gives numbers from 0 to below `below`. */
export type Random = (below: number) => number;

/** Numbers that are the same for the same seed. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** A line that is a row of the backup, or is not. */
export interface Line {
  text: string;
  isRow: boolean;
}

/** The drops of lines, the simple way. */
export function runsOfLines(lines: readonly Line[]): DropRun[] {
  const runs: DropRun[] = [];
  let keep = 0;
  let drop = 0;
  for (const { isRow } of lines) {
    if (isRow && drop > 0) {
      runs.push({ keep, drop });
      keep = 0;
      drop = 0;
    }
    if (isRow) keep++;
    else drop++;
  }
  if (drop > 0) runs.push({ keep, drop });
  return runs;
}

/** Cuts bytes in up to `most` pieces, at any place. */
export function cut(bytes: Buffer, most: number, random: Random): Buffer[] {
  const borders = Array.from({ length: random(most) }, () => random(bytes.length));
  const ends = [...new Set([0, ...borders, bytes.length])].toSorted((a, b) => a - b);
  return ends.slice(1).map((end, i) => bytes.subarray(ends[i], end));
}

/** How many segments a range has, and how many of their lines are no rows, in percent. */
export interface Scatter {
  segments: number;
  dead: number;
}

function scattered(rows: readonly string[], random: Random, { segments: count, dead }: Scatter): Line[][] {
  const segments: Line[][] = Array.from({ length: count }, () => []);
  for (const text of rows) {
    const segment = segments[random(segments.length)]!;
    while (random(100) < dead) segment.push({ text: `no row ${'x'.repeat(random(200))}`, isRow: false });
    segment.push({ text, isRow: true });
  }
  if (dead > 0) segments[random(segments.length)]!.push({ text: 'no row', isRow: false });
  return segments;
}

/**
 * The same backup with its rows in other segments, under the same name.
 * @param scatter of a table; by default at random, from no dead lines to nearly all
 */
export async function inSegments(
  store: Store,
  manifest: Manifest,
  random: Random,
  scatter: (table: string) => Scatter = () => ({
    segments: 1 + random(8),
    dead: [0, 0, 1, 30, 97][random(5)]!,
  }),
): Promise<Manifest> {
  const writer = new ChunkWriter(store, 1, 1, () => {});
  const put = (raw: Buffer): Promise<ChunkReference> => writer.put(new Uint8Array(raw), false, false);
  const rewritten = async (range: ManifestRange, table: string): Promise<ManifestRange> => {
    const pieces: Buffer[] = [];
    for await (const piece of readRows(store, [range], table)) pieces.push(Buffer.from(piece));
    // As bytes: rows need not be UTF-8.
    const rows = Buffer.concat(pieces).toString('latin1').split('\n').slice(0, -1);
    if (rows.length === 0) return range;
    const lines = scattered(rows, random, scatter(table));
    const segments: ManifestSegment[] = [];
    for (const of of lines) {
      const text = Buffer.from(of.map((line) => `${line.text}\n`).join(''), 'latin1');
      const chunks: ChunkReference[] = [];
      for (const piece of text.length > 0 ? cut(text, 6, random) : []) chunks.push(await put(piece));
      segments.push({ chunks, lines: of.length });
    }
    const { drops: _, ...rest } = range;
    const runs = runsOfLines(lines.flat());
    return {
      ...rest,
      ...(runs.length > 0 ? { drops: await put(Buffer.from(dropsText(runs))) } : {}),
      segments,
    };
  };
  const tables: Manifest['tables'] = [];
  for (const table of manifest.tables) {
    const ranges: ManifestRange[] = [];
    for (const range of table.ranges) ranges.push(await rewritten(range, table.name));
    tables.push({ ...table, ranges });
  }
  const written = await writePieces({ ...manifest, tables }, (raw, plain) => writer.put(raw, plain));
  await writer.flush();
  const place = { store: store.keys.id ?? 'unnamed', counter: 1, previous: null };
  const { document } = documentOf(written, place, { keys: store.keys, about: null, at: new Date() });
  await store.putManifest(manifest.uuid, document, written.names);
  if (store.keys.sealed && !store.keys.open) return written.manifest;
  return readManifest(store, await store.getManifest(manifest.uuid), manifest.uuid);
}

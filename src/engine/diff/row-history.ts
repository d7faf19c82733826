import { HoldfastError } from '../../base/errors.ts';
import { fieldsOf, lineCutter } from '../../format/copy-fields.ts';
import { readDrops } from '../../format/drops.ts';
import type {
  ChunkReference,
  Manifest,
  ManifestRange,
  ManifestSegment,
  ManifestTable,
} from '../../format/manifest.ts';
import { undescribedChunks } from '../../format/undescribed-chunks.ts';
import { displayName } from '../../postgres/identifiers.ts';
import type { Store } from '../../store/store.ts';
import { keyOf, matcher, mayHoldKey, storedColumns } from '../look/find-rows.ts';
import type { WantedKey } from '../look/key-values.ts';
import { readChunks } from '../read/chunk-reader.ts';
import { tablesNamed } from '../entries/named-tables.ts';
import { primaryKeyOf } from '../entries/unique-keys.ts';

/** Values by column, as PostgreSQL writes them; null where there is no such row. */
export type RowValues = Record<string, string | null> | null;

export interface RowFinder {
  /**
   * The row as a backup has it. Segments that an earlier one had, too, are not read again.
   * @throws TABLES_NOT_FOUND; INVALID_REQUEST for columns that the table does not have, and when more than one row has the key;
   *   CHUNK_MISSING, CHUNK_CORRUPT; the reason of the signal
   */
  find(store: Store, manifest: Manifest, signal: AbortSignal): Promise<RowValues>;
  /** Segments that were read so far. */
  readonly segmentsRead: number;
}

interface Match {
  /** From the beginning of the segment. */
  line: number;
  text: Uint8Array;
}

/** More of one segment are many rows, and not versions of one. */
const matchesMax = 1_000;

export function rowFinder(wanted: { table: string; key: WantedKey }): RowFinder {
  const seen = new Map<string, Match[]>();
  let segmentsRead = 0;
  return {
    get segmentsRead() {
      return segmentsRead;
    },
    async find(store, manifest, signal) {
      const tables = tablesNamed(manifest, wanted.table);
      const key = keyOf({ table: wanted.table, key: byColumn(wanted.key, manifest, tables[0]!) }, tables[0]!);
      const found: NonNullable<RowValues>[] = [];
      for (const table of tables) {
        const isWanted = matcher(table, key);
        const names = storedColumns(table).map(({ name }) => name);
        for (const range of table.ranges) {
          if (range.rows === 0 || !mayHoldKey(table, range, key)) continue;
          const matches: Match[] = [];
          let before = 0;
          for (const segment of range.segments) {
            const name = JSON.stringify([names, segment.chunks.map(({ id }) => id)]);
            let known = seen.get(name);
            if (!known) {
              known = await matchesIn(store, table, segment, isWanted, signal);
              seen.set(name, known);
              segmentsRead++;
            }
            for (const { line, text } of known) matches.push({ line: before + line, text });
            before += segment.lines;
          }
          for (const text of await livingOf(store, table, range, matches)) {
            const values = fieldsOf(text);
            found.push(Object.fromEntries(names.map((name, i) => [name, values[i] ?? null])));
          }
        }
      }
      if (found.length > 1) {
        throw moreThanOne(wanted.table);
      }
      return found[0] ?? null;
    },
  };
}

/** A value alone is one of the first column of the primary key. */
function byColumn(key: WantedKey, manifest: Manifest, table: ManifestTable): WantedKey {
  if (typeof key === 'object') return key;
  const column = table.keyColumn ?? primaryKeyOf(manifest, table)?.[0];
  return column === undefined ? key : { [column]: key };
}

async function matchesIn(
  store: Store,
  table: ManifestTable,
  { chunks, lines: expected }: ManifestSegment,
  isWanted: (line: Uint8Array) => boolean,
  signal: AbortSignal,
): Promise<Match[]> {
  const found: Match[] = [];
  const lines = lineCutter();
  let line = 0;
  for await (const piece of readChunks(store, chunks)) {
    signal.throwIfAborted();
    for (const text of lines.take(piece)) {
      if (isWanted(text)) found.push({ line, text: new Uint8Array(text) });
      line++;
    }
    if (found.length <= matchesMax) continue;
    throw moreThanOne(displayName(table));
  }
  if (line === expected && lines.rest === 0) return found;
  throw undescribedChunks(
    `A segment of ${displayName(table)} holds ${line} lines where the manifest says ${expected}.`,
    { table: displayName(table) },
  );
}

function moreThanOne(table: string): HoldfastError {
  return new HoldfastError('INVALID_REQUEST', `More than one row of ${table} has this key.`, {
    hint: 'Name all columns of the primary key, as in {"order_id": 5, "line": 2}.',
  });
}

/** Those of some lines of a range that are rows of the backup. */
async function livingOf(
  store: Store,
  table: ManifestTable,
  { drops }: ManifestRange,
  matches: readonly Match[],
): Promise<Uint8Array[]> {
  if (!drops || matches.length === 0) return matches.map(({ text }) => text);
  const text = await wholeOf(store, drops);
  const living: Uint8Array[] = [];
  let at = 0;
  let next = 0;
  for (const { keep, drop } of readDrops(text, displayName(table))) {
    for (; next < matches.length && matches[next]!.line < at + keep; next++) living.push(matches[next]!.text);
    at += keep + drop;
    while (next < matches.length && matches[next]!.line < at) next++;
  }
  for (; next < matches.length; next++) living.push(matches[next]!.text);
  return living;
}

async function wholeOf(store: Store, reference: ChunkReference): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  // Each is only lent until the next one.
  for await (const piece of readChunks(store, [reference])) pieces.push(new Uint8Array(piece));
  return Buffer.concat(pieces);
}

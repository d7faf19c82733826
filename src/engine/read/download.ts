import { randomBytes } from 'node:crypto';
import { Readable, pipeline } from 'node:stream';
import { promisify } from 'node:util';
// By its own name: an older Node, which has no zstd, must be able to load this file and be refused.
import * as zlib from 'node:zlib';
import type { SqlFormat } from '../../contract/backup.ts';
import { HoldfastError } from '../../base/errors.ts';
import { release } from '../../base/memory.ts';
import { copyText, type CopyText } from '../../format/copy-text.ts';
import { encodeChunk } from '../../format/chunk.ts';
import { livingLines } from '../../format/living-lines.ts';
import {
  rangeChunks,
  rangeOfLargeObjects,
  type ChunkReference,
  type Manifest,
  type ManifestRange,
  type SchemaEntry,
} from '../../format/manifest.ts';
import {
  endOfCopy,
  scriptEnd,
  scriptEntry,
  scriptHead,
  scriptLeftOut,
  scriptForDatabase,
} from '../../format/sql-script.ts';
import { psqlText } from '../../format/psql-text.ts';
import { databaseStatements } from '../../postgres/inspect/database-properties.ts';
import { displayName, quoteIdentifier } from '../../postgres/identifiers.ts';
import { largeObjectStage } from '../../postgres/inspect/large-objects.ts';
import { copyInStatement, storedColumns } from '../../postgres/ranges.ts';
import { setvalCall } from '../../postgres/inspect/sequences.ts';
import type { Store } from '../../store/store.ts';
import { decodeStored, decodeStoredFrame, readFrames } from './chunk-reader.ts';
import { definitionsOfGlobals, scriptOfGlobals } from './globals-script.ts';
import { nextOf } from './rows.ts';
import { entrySql, isLate } from '../entries/sql.ts';
import { omittedForeignKeys } from '../entries/omitted-foreign-keys.ts';
import { inLoadOrder } from '../entries/load-order.ts';
import { scriptGuards } from './script-guards.ts';

/** Text of ours; a chunk of rows as it is stored; rows of a range that has drops. */
type Part = { text: string } | StoredRows | { rows: Uint8Array<ArrayBuffer>; copy: CopyText };
type StoredRows = { reference: ChunkReference; frame: Uint8Array; copy: CopyText };

/** Text is gathered up to this length before it is handed on. */
const textBytes = 256 * 1024;
/** The zstd level of rows that are encoded again. */
const rowsLevel = 2;

/**
 * A backup as one SQL script. As `sql.zst` the frames are passed on as they are. The stream fails, and
 * never ends cleanly, when a chunk is missing or damaged. Holds a few chunks at a time.
 */
export function exportSql(
  store: Store,
  manifest: Manifest,
  format: SqlFormat,
  signal?: AbortSignal,
): ReadableStream<Uint8Array> {
  const parts = gathered(scriptParts(store, manifest), signal);
  if (format === 'sql.zst')
    return ReadableStream.from(zstdFrames(store, parts)) as ReadableStream<Uint8Array>;
  if (format === 'sql') return ReadableStream.from(plainBytes(store, parts)) as ReadableStream<Uint8Array>;
  const gzip = zlib.createGzip({ level: zlib.constants.Z_BEST_SPEED, chunkSize: 256 * 1024 });
  // An error on either side destroys the other; the reader of the stream gets it.
  pipeline(Readable.from(plainBytes(store, parts)), gzip, () => {});
  return Readable.toWeb(gzip) as ReadableStream<Uint8Array>;
}

/** The definitions of a backup as SQL, in the order of a download. */
export function schemaSql(manifest: Manifest): string {
  if (manifest.globals) return definitionsOfGlobals(manifest.globals);
  const { entries } = manifest.schema;
  const early = entries.filter((entry) => !isLate(entry));
  return [
    ...early.filter((entry) => entry.section === 'pre-data'),
    ...early.filter((entry) => entry.section === 'post-data'),
    ...entries.filter(isLate),
  ]
    .map((entry) => scriptEntry(entry, entrySql(entry, true)))
    .join('');
}

async function* scriptParts(store: Store, manifest: Manifest): AsyncGenerator<Part> {
  if (manifest.globals) return yield { text: scriptOfGlobals(manifest, manifest.globals) };
  const { entries } = manifest.schema;
  const everything = { tables: manifest.tables, whole: manifest.type === 'full' };
  const leftOut = new Set(omittedForeignKeys(manifest, everything));
  const entry = (each: SchemaEntry): Part => ({
    text: leftOut.has(each)
      ? scriptLeftOut(each, 'the table it refers to is not in this partial backup')
      : scriptEntry(each, guards.around(each, entrySql(each, true))),
  });

  const guards = scriptGuards(manifest);
  const restrictKey = randomBytes(32).toString('hex');
  /** The parts of the manifest that it contains. */
  const checked = (text: string, of: string): Part => ({ text: psqlText(text, of) });
  yield { text: scriptHead(manifest, restrictKey) };
  yield checked(guards.settings, 'source.evaluation of the manifest');
  const { database, source } = manifest;
  const statements = database ? databaseStatements(source.database, database) : [];
  yield { text: scriptForDatabase(statements.map(({ sql }) => sql)) };
  for (const each of entries) if (each.section === 'pre-data' && !isLate(each)) yield entry(each);
  for (const object of manifest.schema.leftOut) {
    yield { text: scriptLeftOut(object, "it needs Holdfast's own tables, which are not here") };
  }
  yield checked(guards.checksAway, 'the checks');
  for (const table of inLoadOrder(manifest, manifest.tables)) {
    if (table.rows === 0) continue;
    const name = `table ${displayName(table)} of the manifest`;
    const copy = copyInStatement(table.loadVia ?? table, storedColumns(table.columns));
    yield checked(guards.beforeRows(table), name);
    yield checked(`${copy};\n`, name);
    yield* copyParts(store, table.ranges, displayName(table));
    yield checked(guards.afterRows(table), name);
  }
  yield* largeObjectParts(store, manifest);
  for (const sequence of manifest.sequences) {
    yield checked(`SELECT ${setvalCall(sequence)};\n`, `sequence ${displayName(sequence)} of the manifest`);
  }
  yield { text: '\n' };
  for (const each of entries) if (each.section === 'post-data' && !isLate(each)) yield entry(each);
  yield checked(guards.checksBack, 'the checks');
  for (const each of entries) if (isLate(each)) yield entry(each);
  yield { text: scriptEnd(restrictKey) };
}

async function* largeObjectParts(store: Store, manifest: Manifest): AsyncGenerator<Part> {
  const { objects } = manifest.largeObjects;
  if (objects.length === 0) return;
  yield { text: 'BEGIN;\n' };
  for (const object of objects) yield { text: `SELECT pg_catalog.lo_create('${object.oid}');\n` };
  yield { text: `${largeObjectStage.create};\n${largeObjectStage.copy};\n` };
  yield* copyParts(store, [rangeOfLargeObjects(manifest.largeObjects)], 'the large objects');
  yield { text: `${largeObjectStage.fill};\n${largeObjectStage.drop};\n` };
  for (const { oid, owner, sql } of objects) {
    const described = psqlText(sql, `large object ${oid} of the manifest`);
    yield { text: `ALTER LARGE OBJECT ${oid} OWNER TO ${quoteIdentifier(owner)};\n${described}\n` };
  }
  yield { text: 'COMMIT;\n\n' };
}

/** The data of one COPY, and what ends it. */
async function* copyParts(store: Store, ranges: readonly ManifestRange[], of: string): AsyncGenerator<Part> {
  const copy = copyText(of);
  const frames = readFrames(store, rangeChunks(ranges));
  try {
    for (const range of ranges) yield* rangeParts(store, range, of, copy, () => nextOf(frames));
  } finally {
    await frames.return(undefined);
  }
  // The consumer has decoded the last part by now.
  copy.end();
  yield { text: endOfCopy };
}

/** Without drops its frames, as they are. */
async function* rangeParts(
  store: Store,
  range: ManifestRange,
  of: string,
  copy: CopyText,
  next: () => Promise<{ reference: ChunkReference; frame: Uint8Array }>,
): AsyncGenerator<Part> {
  const decoded = async (): Promise<Uint8Array<ArrayBuffer>> => {
    const { reference, frame } = await next();
    return await decodeStored(store, reference, frame);
  };
  const lines = range.drops && livingLines(range, await decoded(), of);
  for (const { chunks } of range.segments) {
    for (const _ of chunks) {
      if (!lines) {
        yield { ...(await next()), copy };
        continue;
      }
      const rows = lines.take(await decoded());
      if (rows.length > 0) yield { rows, copy };
    }
    lines?.endSegment();
  }
  lines?.end();
}

/** Joins neighbouring texts, and ends when the signal says so. */
async function* gathered(parts: AsyncGenerator<Part>, signal: AbortSignal | undefined): AsyncGenerator<Part> {
  let text = '';
  for await (const part of parts) {
    if (signal?.aborted) throw new HoldfastError('CANCELLED', 'The download was cancelled.');
    if ('text' in part) {
      text += part.text;
      if (text.length < textBytes) continue;
      yield { text };
      text = '';
      continue;
    }
    if (text !== '') yield { text };
    text = '';
    yield part;
  }
  if (text !== '') yield { text };
}

async function* zstdFrames(store: Store, parts: AsyncIterable<Part>): AsyncGenerator<Uint8Array> {
  for await (const part of parts) {
    if ('text' in part) {
      yield await promisify(zlib.zstdCompress)(Buffer.from(part.text), {
        params: { [zlib.constants.ZSTD_c_checksumFlag]: 1 },
      });
    } else if ('rows' in part) {
      part.copy.follow(part.rows);
      const { chunk, memory } = await encodeChunk(part.rows, rowsLevel, undefined);
      release(new Uint8Array(memory));
      yield chunk.frame;
    } else {
      // A damaged chunk must not go out: decoding proves it, and costs little beside the network.
      const { raw, frame } = await decodeStoredFrame(store, part.reference, part.frame);
      part.copy.follow(raw);
      release(raw);
      yield frame;
    }
  }
}

async function* plainBytes(store: Store, parts: AsyncIterable<Part>): AsyncGenerator<Uint8Array> {
  for await (const part of parts) {
    if ('text' in part) {
      yield Buffer.from(part.text);
      continue;
    }
    const rows = 'rows' in part ? part.rows : await decodeStored(store, part.reference, part.frame);
    part.copy.follow(rows);
    yield rows;
  }
}

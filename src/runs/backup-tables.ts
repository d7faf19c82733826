import { createHash } from 'node:crypto';
import type { BackupRecord } from '../catalog/backup-record.ts';
import {
  largeObjectsName,
  packTables,
  type BackupTable,
  type BackupTables,
} from '../catalog/table-figures.ts';
import type { TableReading } from '../engine/backup/table-reading.ts';
import { databaseKeyOf } from '../format/database-key.ts';
import { rangeChunks, type Manifest, type ManifestTable } from '../format/manifest.ts';
import { keyOf } from '../radar/figures.ts';
import type { RunContext } from './context.ts';

/**
 * What a backup has of each table, for the catalog.
 * @param readings how the rows of each table were come by; without them nobody knows, and all of it counts as read
 */
export function tablesOf(manifest: Manifest, readings: readonly TableReading[] = []): BackupTables {
  const byName = new Map(readings.map((reading) => [keyOf(reading), reading]));
  const oids = new Map(manifest.schema.entries.map(({ id, oid }) => [id, oid]));
  const bounds = boundsOf(manifest);
  const tables = manifest.tables.map((table): BackupTable => {
    const { schema, name, entryId, ancestors } = table;
    const { ranges, rowsChanged, readRawBytes, readStoredBytes, reason, ...size } =
      byName.get(keyOf(table)) ?? readWhole(table);
    const top = ancestors.at(-1);
    return {
      schema,
      name,
      rows: size.rows,
      rawBytes: size.rawBytes,
      storedBytes: size.storedBytes,
      ranges,
      rowsChanged,
      readRawBytes,
      readStoredBytes,
      oid: (entryId === null ? null : oids.get(entryId)) || null,
      shape: shapeOf(table),
      root: top ? keyOf(top) : null,
      bound: bounds.get(keyOf(table)) ?? null,
      reason,
    };
  });
  return { source: databaseKeyOf(manifest.source), tables: [...tables, ...largeObjectsOf(manifest)] };
}

/**
 * What the catalog has of the tables of a backup; of one that was imported, or taken by an earlier version, it is made from the
 * manifest and kept.
 */
export async function keptTables(
  { catalog }: RunContext,
  { id }: BackupRecord,
  manifest: Manifest,
): Promise<readonly BackupTable[]> {
  const kept = await catalog.tableFigures.read(id);
  if (kept) return kept.tables;
  const made = tablesOf(manifest);
  await catalog.tableFigures.fill(id, await packTables(made));
  return made.tables;
}

const unknownReason = 'read: how it was read is not known';

function readWhole(table: ManifestTable): Omit<TableReading, 'schema' | 'name'> {
  const { rows, rawBytes, ranges } = table;
  const storedBytes = rangeChunks(ranges).reduce((sum, chunk) => sum + chunk.storedBytes, 0);
  return {
    rows,
    rawBytes,
    storedBytes,
    ranges: { unchanged: 0, changed: 0, read: ranges.length },
    rowsChanged: null,
    readRawBytes: rawBytes,
    readStoredBytes: storedBytes,
    reason: unknownReason,
  };
}

/** Equal for tables with the same columns, in whichever order their names come. */
function shapeOf({ columns }: ManifestTable): string {
  const text = JSON.stringify(columns.map(({ name, type, generated }) => [name, type, generated]));
  return createHash('sha256').update(text).digest('base64url').slice(0, 12);
}

/** Of partitions, out of `ALTER TABLE … ATTACH PARTITION … FOR VALUES …`; it is long where a bound is. */
function boundsOf({ schema }: Manifest): Map<string, string> {
  const bounds = new Map<string, string>();
  for (const { kind, schema: of, name, sql } of schema.entries) {
    if (kind !== 'TABLE ATTACH' || of === null) continue;
    const at = Math.max(sql.lastIndexOf(' FOR VALUES '), sql.lastIndexOf(' DEFAULT;'));
    bounds.set(keyOf({ schema: of, name }), boundOf(sql.slice(Math.max(0, at))));
  }
  return bounds;
}

const boundAtMost = 100;

function boundOf(text: string): string {
  const from = /^ FOR VALUES FROM \((.*?)\) TO \(/s.exec(text);
  if (from) return from[1]!.slice(0, boundAtMost);
  if (text.startsWith(' FOR VALUES WITH')) return 'hash';
  return text.startsWith(' FOR VALUES IN') ? 'list' : 'default';
}

/** All large objects are like one more table. */
function largeObjectsOf({ largeObjects }: Manifest): BackupTable[] {
  const { objects, rawBytes, chunks } = largeObjects;
  if (objects.length === 0 && rawBytes === 0) return [];
  const storedBytes = chunks.reduce((sum, chunk) => sum + chunk.storedBytes, 0);
  return [
    {
      ...largeObjectsName,
      rows: objects.length,
      rawBytes,
      storedBytes,
      ranges: { unchanged: 0, changed: 0, read: 1 },
      rowsChanged: null,
      readRawBytes: rawBytes,
      readStoredBytes: storedBytes,
      oid: null,
      shape: 'large objects',
      root: null,
      bound: null,
      reason: 'read: large objects always are',
    },
  ];
}

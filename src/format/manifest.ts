/*
 * format/ owns the bytes of a backup: manifest, chunks, COPY text and SQL script, as docs/FORMAT.md specifies them.
 * It never knows a server or a store.
 */
import { z } from 'zod';
import { withoutAttributeVersions } from '../base/attribute-versions.ts';
import { HoldfastError } from '../base/errors.ts';
import { backupType } from '../contract/backup-type.ts';
import { maxChunkBytes } from './chunk-codec.ts';
import { serverGlobals } from './globals.ts';

/**
 * The manifest: what describes one backup completely, in memory the same for every version of the format.
 * docs/FORMAT.md is its specification. Readers ignore fields they do not know inside a known format version; writers
 * never reuse a name.
 */

export const count = z.number().int().min(0);

export const digest = z.string().regex(/^[0-9a-f]{64}$/);

export const chunkReference = z.object({
  /** Lower-case hex: SHA-256 of the frame; in a sealed store its name under the name key. */
  id: digest,
  rawBytes: count.min(1).max(maxChunkBytes),
  /** Of the frame; of the sealed frame in a sealed store. */
  storedBytes: count.min(1),
  /** Lower-case hex SHA-256 of the sealed frame; of sealed chunks alone. */
  storedHash: digest.optional(),
});
export type ChunkReference = z.infer<typeof chunkReference>;

export const schemaEntry = z.object({
  /** pg_dump's dump id; unique in one manifest. */
  id: z.number().int(),
  section: z.enum(['pre-data', 'post-data']),
  /** pg_dump's description: TABLE, INDEX, FK CONSTRAINT, ACL, … */
  kind: z.string(),
  schema: z.string().nullable(),
  /** pg_dump's tag; for what hangs on a table it is `table name`. */
  name: z.string(),
  owner: z.string().nullable(),
  /** Oid of the catalog the object is in, and its oid there, on the source server. 0 for none. */
  catalogOid: count,
  oid: count,
  dependsOn: z.array(z.number().int()),
  /** Complete statements, each ended with `;`, as pg_dump prints them. Backups of earlier versions may have more in them. */
  sql: z.string().overwrite(withoutAttributeVersions),
  /** The statement that gives it its owner, or empty. */
  ownerSql: z.string(),
});
export type SchemaEntry = z.infer<typeof schemaEntry>;

/** What the database has and no restore makes, because it needs Holdfast's own tables. */
export const leftOutObject = z.object({
  kind: z.string(),
  schema: z.string().nullable(),
  name: z.string(),
  sql: z.string(),
});
export type LeftOutObject = z.infer<typeof leftOutObject>;

export const manifestColumn = z.object({
  name: z.string(),
  /** format_type() with an empty search_path. */
  type: z.string(),
  notNull: z.boolean(),
  /** `always` / `by default` identity. */
  identity: z.enum(['always', 'by default']).nullable(),
  /** A generated column is described but its values are not stored. */
  generated: z.enum(['stored', 'virtual']).nullable(),
  collation: z.string().nullable(),
});
export type ManifestColumn = z.infer<typeof manifestColumn>;

/** Lines that were read together. */
export const manifestSegment = z.object({
  chunks: z.array(chunkReference),
  /** Lines of COPY text in the chunks. */
  lines: count,
});
export type ManifestSegment = z.infer<typeof manifestSegment>;

/** Where a range lies, and how much it holds. */
export const rangeExtent = z.object({
  /** First block; the range ends before `toBlock`, or is open-ended when that is null. */
  fromBlock: count,
  toBlock: count.nullable(),
  /** Rows of the backup, and their length as COPY text: dropped lines are not counted. */
  rows: count,
  rawBytes: count,
  /** No row of it has a smaller value of the table's `keyColumn` than the first, or a greater one than the second; as text. */
  keys: z.tuple([z.string(), z.string()]).optional(),
});

export const manifestRange = rangeExtent.extend({
  /** Which lines of the segments are not rows of the backup, as format/drops.ts reads it; absent where all are rows. */
  drops: chunkReference.optional(),
  segments: z.array(manifestSegment),
});
export type ManifestRange = z.infer<typeof manifestRange>;

/**
 * Every chunk that these ranges need: of each range its drops, then the text of its segments. The text alone is not the rows:
 * engine/read/rows.ts reads those.
 */
export function rangeChunks(ranges: readonly ManifestRange[]): ChunkReference[] {
  return ranges.flatMap(({ drops, segments }) => [
    ...(drops ? [drops] : []),
    ...segments.flatMap(({ chunks }) => chunks),
  ]);
}

/** The pieces of large objects as one range, to be read like those of a table. */
export function rangeOfLargeObjects(of: Manifest['largeObjects']): ManifestRange {
  const { rows, rawBytes, chunks } = of;
  return { fromBlock: 0, toBlock: null, rows, rawBytes, segments: [{ chunks, lines: rows }] };
}

export const manifestTable = z.object({
  schema: z.string(),
  name: z.string(),
  /** Id of the schema entry that creates it; null for a table that belongs to an extension. */
  entryId: z.number().int().nullable(),
  /** The extension that a configuration table belongs to. */
  extension: z.string().optional(),
  /** `table` for an ordinary table or a partition, `extension-config` for rows an extension asked to have dumped. */
  kind: z.enum(['table', 'extension-config']),
  /** The WHERE clause of an extension's configuration table (pg_extension.extcondition). */
  condition: z.string().nullable(),
  /** Columns in attribute order, dropped ones left out. */
  columns: z.array(manifestColumn),
  /** The column that `keys` of its ranges are of: the first of the primary key. */
  keyColumn: z.string().optional(),
  /** Every table it is a partition of or inherits from, directly or not. */
  ancestors: z.array(z.object({ schema: z.string(), name: z.string() })),
  /**
   * The partitioned table to load the rows through, where a row's partition may be another one after a restore:
   * hash partitions by an enum, whose hash depends on oids.
   */
  loadVia: z.object({ schema: z.string(), name: z.string() }).nullable(),
  rows: count,
  rawBytes: count,
  ranges: z.array(manifestRange),
});
export type ManifestTable = z.infer<typeof manifestTable>;

export const manifestSequence = z.object({
  schema: z.string(),
  name: z.string(),
  /** A bigint, as text. */
  lastValue: z.string().regex(/^-?\d+$/),
  isCalled: z.boolean(),
  /** The extension that it belongs to. */
  extension: z.string().optional(),
  /** The table whose column owns it (serial, identity). */
  ownedBy: z.object({ schema: z.string(), name: z.string(), column: z.string() }).nullable(),
});
export type ManifestSequence = z.infer<typeof manifestSequence>;

export const manifestLargeObject = z.object({
  oid: count,
  owner: z.string(),
  /** Statements that set privileges and comment, complete. */
  sql: z.string(),
});
export type ManifestLargeObject = z.infer<typeof manifestLargeObject>;

export const manifestSource = z.object({
  /** pg_control_system().system_identifier, as text. */
  systemIdentifier: z.string(),
  database: z.string(),
  /** pg_database.oid: stays with a database that is renamed. Not in older backups. */
  databaseOid: count.optional(),
  /** server_version_num. */
  serverVersionNum: z.number().int(),
  serverVersion: z.string(),
  encoding: z.string(),
  collate: z.string(),
  ctype: z.string(),
  /** c libc, i icu, b builtin, as in pg_database.datlocprovider; null before PostgreSQL 15. */
  localeProvider: z.enum(['c', 'i', 'b']).nullable(),
  /** The ICU or builtin locale. */
  locale: z.string().nullable(),
  icuRules: z.string().nullable(),
  /**
   * The settings under which a session of the backup's role in the database began, of those that can change what an
   * expression gives: a restore evaluates the application's expressions under them.
   */
  evaluation: z.record(z.string(), z.string()).optional(),
});
export type ManifestSource = z.infer<typeof manifestSource>;

/** What belongs to the database itself, beside what `source` says of it. */
export const manifestDatabase = z.object({
  owner: z.string(),
  comment: z.string().nullable(),
  /** -1 for none. */
  connectionLimit: z.number().int(),
  isTemplate: z.boolean(),
  /** Null for the server's default. */
  tablespace: z.string().nullable(),
  /** All there are, the owner's and PUBLIC's (`grantee` null) too; null for those that a new database has. */
  privileges: z
    .array(z.object({ grantee: z.string().nullable(), privilege: z.string(), grantable: z.boolean() }))
    .nullable(),
  securityLabels: z.array(z.object({ provider: z.string(), label: z.string() })),
  /** ALTER DATABASE … SET; of one role in this database where `role` is not null. */
  settings: z.array(z.object({ role: z.string().nullable(), name: z.string(), value: z.string() })),
});
export type ManifestDatabase = z.infer<typeof manifestDatabase>;

export const manifestWarning = z.object({
  code: z.string(),
  /** What it is about, for people; null for the database as a whole. */
  object: z.string().nullable(),
  message: z.string(),
  /** The table it is about, so that a restore of other tables need not repeat it. */
  table: z.object({ schema: z.string(), name: z.string() }).nullable().default(null),
});
export type ManifestWarning = z.infer<typeof manifestWarning>;

export const manifest = z.object({
  format: z.string(),
  uuid: z.uuid(),
  type: backupType,
  /** What was asked for, as given; empty for everything. */
  requestedTables: z.array(z.string()),
  source: manifestSource,
  /** Null in older backups. */
  database: manifestDatabase.nullable().default(null),
  snapshot: z.object({
    /** ISO 8601, UTC, of the snapshot. */
    at: z.iso.datetime(),
    /** pg_current_wal_lsn(), or the replay position on a standby. */
    lsn: z.string(),
    /** pg_current_snapshot(), as text. */
    xids: z.string(),
  }),
  /** Settings in force on every connection that read data. */
  settings: z.record(z.string(), z.string()),
  /** Roles that the schema names; they are not part of a backup. */
  roles: z.array(z.string()),
  extensions: z.array(z.object({ name: z.string(), version: z.string(), schema: z.string() })),
  schema: z.object({
    /** e.g. `pg_dump 18.3 (wasm)`. */
    dumper: z.string(),
    entries: z.array(schemaEntry),
    /** What the database has and no restore makes, because it needs Holdfast's own tables. */
    leftOut: z.array(leftOutObject).default([]),
  }),
  tables: z.array(manifestTable),
  sequences: z.array(manifestSequence),
  largeObjects: z.object({
    objects: z.array(manifestLargeObject),
    /** COPY text of (oid, position, bytes) rows, in order. */
    chunks: z.array(chunkReference),
    rows: count,
    rawBytes: count,
  }),
  /** What the backup could not read apart from rows, or what a restore does not bring back automatically. */
  warnings: z.array(manifestWarning).default([]),
  /** Of type `globals` and of no other, which has nothing else: roles and tablespaces of the server. */
  globals: serverGlobals.optional(),
  totals: z.object({
    tables: count,
    rows: count,
    rawBytes: count,
    storedBytes: count,
    chunks: count,
    largeObjects: count,
  }),
});
export type Manifest = z.infer<typeof manifest>;

/** What a manifest names twice: a reader that took both would load the same rows or run the same SQL twice. */
export function namedTwice({ tables, sequences, schema, largeObjects }: Manifest): string[] {
  const qualified = (kind: string, each: { schema: string; name: string }): string =>
    `${kind} ${JSON.stringify([each.schema, each.name])}`;
  const names = [
    ...tables.map((table) => qualified('table', table)),
    ...sequences.map((sequence) => qualified('sequence', sequence)),
    ...schema.entries.map(({ id }) => `schema entry ${id}`),
    ...largeObjects.objects.map(({ oid }) => `large object ${oid}`),
  ];
  const seen = new Set<string>();
  return names.filter((name) => seen.size === seen.add(name).size);
}

/** MANIFEST_INVALID with the first of what is wrong. */
export function invalidManifest(problems: readonly string[]): HoldfastError {
  return new HoldfastError('MANIFEST_INVALID', 'The manifest is invalid.', {
    details: { problems: problems.slice(0, 5) },
  });
}

/** What zod finds wrong, with where it is. */
export function problemsOf({ issues }: z.ZodError): string[] {
  return issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
}

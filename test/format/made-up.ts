import { createHash } from 'node:crypto';
import { decodeChunk, encodeChunk } from '../../src/format/chunk.ts';
import type {
  ChunkReference,
  Manifest,
  ManifestRange,
  ManifestTable,
  SchemaEntry,
} from '../../src/format/manifest.ts';

/* Manifests of databases that do not exist, and a place for their chunks. */

/** Chunks in memory. */
export function chunkPlace(): {
  put(raw: Uint8Array<ArrayBuffer>): Promise<ChunkReference>;
  read(reference: ChunkReference): Promise<Uint8Array>;
  readonly chunks: Map<string, Uint8Array>;
} {
  const chunks = new Map<string, Uint8Array>();
  return {
    chunks,
    async put(raw) {
      const { chunk } = await encodeChunk(raw, 1, undefined);
      const { frame, ...reference } = chunk;
      chunks.set(reference.id, frame.slice());
      return reference;
    },
    read: (reference) => decodeChunk(reference, chunks.get(reference.id)!, undefined),
  };
}

export function madeUpChunk(name: string): ChunkReference {
  const id = createHash('sha256').update(name).digest('hex');
  return { id, rawBytes: 4_000_000, storedBytes: 1_000_000 + (Number.parseInt(id.slice(0, 4), 16) % 1000) };
}

export function madeUpTable(name: string, ranges = 1, chunksInRange = 1, columns = 10): ManifestTable {
  const rangeOf = (at: number): ManifestRange => ({
    fromBlock: at * 1024,
    toBlock: at === ranges - 1 ? null : (at + 1) * 1024,
    rows: 70,
    rawBytes: 4_000_000 * chunksInRange,
    segments: [
      {
        chunks: Array.from({ length: chunksInRange }, (_, i) => madeUpChunk(`${name} ${at} ${i}`)),
        lines: 70,
      },
    ],
  });
  return {
    schema: 'public',
    name,
    entryId: null,
    kind: 'table',
    condition: null,
    columns: Array.from({ length: columns }, (_, i) => ({
      name: `column_${i}`,
      type: i % 2 ? 'text' : 'bigint',
      notNull: i === 0,
      identity: null,
      generated: null,
      collation: null,
    })),
    ancestors: [],
    loadVia: null,
    rows: 70 * ranges,
    rawBytes: 4_000_000 * chunksInRange * ranges,
    ranges: Array.from({ length: ranges }, (_, at) => rangeOf(at)),
  };
}

/** The entries of a table, as pg_dump numbers them. */
function entriesOf(table: ManifestTable, at: number): SchemaEntry[] {
  const common = { schema: table.schema, owner: 'shop', ownerSql: '', catalogOid: 1259 };
  const oid = Number.parseInt(madeUpChunk(table.name).id.slice(0, 7), 16);
  const columns = table.columns.map(({ name, type }) => `    ${name} ${type}`).join(',\n');
  return [
    {
      ...common,
      id: at * 2,
      section: 'pre-data',
      kind: 'TABLE',
      name: table.name,
      oid,
      dependsOn: [],
      sql: `CREATE TABLE public.${table.name} (\n${columns}\n);\n`,
    },
    {
      ...common,
      id: at * 2 + 1,
      section: 'post-data',
      kind: 'CONSTRAINT',
      name: `${table.name} ${table.name}_pkey`,
      oid: oid + 1,
      dependsOn: [at * 2],
      sql: `ALTER TABLE ONLY public.${table.name} ADD CONSTRAINT ${table.name}_pkey PRIMARY KEY (column_0);\n`,
    },
  ];
}

/** A manifest of these tables, with what belongs to them. */
export function madeUpManifest(tables: readonly ManifestTable[]): Manifest {
  const entries = tables.map((table, at) => entriesOf(table, at + 1));
  const sum = (numbers: number[]): number => numbers.reduce((total, each) => total + each, 0);
  return {
    format: 'holdfast/2',
    uuid: '6f1f2c1e-0000-4000-8000-000000000003',
    type: 'full',
    requestedTables: [],
    source: {
      systemIdentifier: '7000000000000000000',
      database: 'shop',
      databaseOid: 16384,
      serverVersionNum: 180004,
      serverVersion: '18.4',
      encoding: 'UTF8',
      collate: 'C',
      ctype: 'C',
      localeProvider: 'c',
      locale: null,
      icuRules: null,
    },
    database: null,
    snapshot: { at: '2026-01-02T03:04:05.000Z', lsn: '0/1', xids: '700:700:' },
    settings: {},
    roles: ['shop'],
    extensions: [],
    schema: {
      dumper: 'pg_dump 18.3 (wasm)',
      entries: [...entries.map(([table]) => table!), ...entries.map(([, key]) => key!)],
      leftOut: [],
    },
    tables: tables.map((table, at) => ({ ...table, entryId: entries[at]![0]!.id })),
    sequences: tables.slice(0, 50).map(({ name }, i) => ({
      schema: 'public',
      name: `${name}_seq`,
      lastValue: String(i),
      isCalled: true,
      ownedBy: { schema: 'public', name, column: 'column_0' },
    })),
    largeObjects: { objects: [], chunks: [], rows: 0, rawBytes: 0 },
    warnings: [],
    totals: {
      tables: tables.length,
      rows: sum(tables.map(({ rows }) => rows)),
      rawBytes: sum(tables.map(({ rawBytes }) => rawBytes)),
      storedBytes: 0,
      chunks: 0,
      largeObjects: 0,
    },
  };
}

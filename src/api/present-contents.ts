import type { BackupTable } from '../catalog/table-figures.ts';
import type { GlobalsContents } from '../contract/globals-contents.ts';
import { rangeChunks, type Manifest } from '../format/manifest.ts';
import { displayName } from '../postgres/identifiers.ts';
import type { BackupContents } from './contract.ts';

/** @param kept what the catalog has of its tables */
export function presentContents(manifest: Manifest, kept: readonly BackupTable[] = []): BackupContents {
  const byName = new Map(kept.map((table) => [displayName(table), table]));
  return {
    database: manifest.source.database,
    snapshotAt: manifest.snapshot.at,
    lsn: manifest.snapshot.lsn,
    tables: manifest.tables.map((table) => {
      const chunks = rangeChunks(table.ranges);
      return {
        table: displayName(table),
        rows: table.rows,
        rawBytes: table.rawBytes,
        storedBytes: chunks.reduce((sum, chunk) => sum + chunk.storedBytes, 0),
        chunks: chunks.length,
        reuse: reuseOf(byName.get(displayName(table))),
      };
    }),
    partitions: partitionsOf(manifest),
    sequences: manifest.sequences.length,
    largeObjects: manifest.totals.largeObjects,
    extensions: manifest.extensions.map((extension) => extension.name),
    roles: manifest.roles,
    globals: presentGlobals(manifest),
    encoding: manifest.source.encoding,
    collation: manifest.source.locale ?? manifest.source.collate,
    format: manifest.format,
    dumper: manifest.schema.dumper,
    settings: manifest.settings,
    warnings: manifest.warnings.map(({ code, object, message }) => ({ code, object, message })),
  };
}

function reuseOf(table: BackupTable | undefined): BackupContents['tables'][number]['reuse'] {
  if (!table) return null;
  const { ranges, rowsChanged, readRawBytes, reason } = table;
  return {
    reason,
    rangesUnchanged: ranges.unchanged,
    rangesChanged: ranges.changed,
    rangesRead: ranges.read,
    rowsChanged,
    readBytes: readRawBytes,
  };
}

/** What holds rows itself and is attached to a partitioned table. */
function partitionsOf({ schema, tables }: Manifest): number {
  const attached = new Set(
    schema.entries
      .filter((entry) => entry.kind === 'TABLE ATTACH')
      .map((entry) => displayName({ schema: entry.schema ?? '', name: entry.name })),
  );
  return tables.filter((table) => attached.has(displayName(table))).length;
}

function presentGlobals({ globals }: Manifest): GlobalsContents | null {
  if (!globals) return null;
  const { passwords, roles, memberships, settings, parameters, tablespaces } = globals;
  return {
    passwords,
    roles: roles.map(({ name }) => name),
    memberships: memberships.length,
    settings: settings.length,
    parameters: parameters.map(({ name }) => name),
    tablespaces: tablespaces.map(({ name, location }) => ({ name, location })),
  };
}

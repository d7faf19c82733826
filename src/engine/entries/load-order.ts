import type { Manifest, ManifestTable } from '../../format/manifest.ts';
import { nameKey } from './identity.ts';

/** The order in which tables are filled. */
export interface LoadOrder {
  /** Configuration of extensions, which input functions and generated columns of other tables may read. */
  extensions: ManifestTable[];
  /** In any order, and at once. */
  free: ManifestTable[];
  /** Their generated columns call functions that a user made, which may read the others: last, one by one. */
  calling: ManifestTable[];
}

export function loadOrder(manifest: Manifest, tables: readonly ManifestTable[]): LoadOrder {
  const functions = new Set(
    manifest.schema.entries.filter((entry) => entry.kind === 'FUNCTION').map((entry) => entry.id),
  );
  const calling = new Set(
    manifest.schema.entries
      .filter((entry) => entry.kind === 'TABLE' && entry.dependsOn.some((id) => functions.has(id)))
      .map((entry) => entry.id),
  );
  // A partition's columns are its parent's, whose entry has the dependency.
  const named = new Map(
    manifest.schema.entries.filter((entry) => calling.has(entry.id)).map((entry) => [nameKey(entry), entry]),
  );
  const calls = (table: ManifestTable): boolean =>
    table.columns.some((column) => column.generated === 'stored') &&
    [table, ...table.ancestors].some((each) => named.has(nameKey(each)));
  const own = tables.filter((table) => table.kind === 'table');
  const byPlace = (table: ManifestTable): number =>
    manifest.schema.entries.findIndex((entry) => entry.id === table.entryId);
  return {
    extensions: tables.filter((table) => table.kind === 'extension-config'),
    free: own.filter((table) => !calls(table)),
    calling: own.filter(calls).toSorted((a, b) => byPlace(a) - byPlace(b)),
  };
}

/** The same as one list. */
export function inLoadOrder(manifest: Manifest, tables: readonly ManifestTable[]): ManifestTable[] {
  const { extensions, free, calling } = loadOrder(manifest, tables);
  return [...extensions, ...free, ...calling];
}

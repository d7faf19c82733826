import { requireTables } from '../with-tables.ts';
import type { Manifest, ManifestSequence, ManifestTable } from '../../format/manifest.ts';
import { displayName, quoteName, type QualifiedName } from '../../postgres/identifiers.ts';
import type { RestoreContent } from '../../contract/restore-depth.ts';
import type { UndoneRestore } from '../../contract/undo.ts';
import { leftOutWithExtensions, type LeftOut } from './left-out.ts';
import { selectByPattern } from './selection.ts';
import { undoneScope } from './undone-scope.ts';

/** What of a backup a restore brings back. */
export interface RestoreScope {
  tables: ManifestTable[];
  sequences: ManifestSequence[];
  /** Those of them that also number rows which are not restored: other partitions or children of the same table. */
  sharedSequences: Set<ManifestSequence>;
  largeObjects: boolean;
  /** Everything that the database had, not only chosen tables. */
  whole: boolean;
  /** What goes with the extensions that are left out. */
  leftOut: LeftOut;
  /** Where definitions are replaced too: what belongs to the scope beside its tables. */
  replaces?: {
    /** What they are part of, as a whole. */
    tables: QualifiedName[];
    /** Objects, as `describeEntry` names them. */
    objects: ReadonlySet<string>;
  };
}

/**
 * Finds what a restore covers. A pattern that names a partitioned table or an inheritance parent takes
 * its partitions and children along.
 * @throws TABLES_NOT_FOUND, INVALID_REQUEST for an extension that the backup does not have
 */
export function restoreScope(
  manifest: Manifest,
  request: {
    restoreType: 'full' | 'partial' | 'rows';
    tables: readonly string[];
    content?: RestoreContent;
    withoutExtensions?: readonly string[];
    undone?: UndoneRestore | undefined;
  },
): RestoreScope {
  requireTables(manifest);
  if (request.undone) return undoneScope(manifest, request.undone);
  const partial = request.restoreType !== 'full' || request.tables.length > 0;
  const leftOut = leftOutWithExtensions(manifest, request.withoutExtensions ?? []);
  const named = partial ? chooseTables(manifest, request.tables) : manifest.tables;
  const tables = named.filter((table) => !leftOut.tables.has(table));
  const whole = !partial && manifest.type === 'full';
  const covered = new Set(
    tables.flatMap((table) => [displayName(table), ...table.ancestors.map(displayName)]),
  );
  const sequences = manifest.sequences.filter(
    (sequence) =>
      !leftOut.sequences.has(sequence) &&
      (whole || (sequence.ownedBy && covered.has(displayName(sequence.ownedBy)))),
  );
  const chosen = new Set(tables);
  const left = new Set(
    manifest.tables
      .filter((table) => !chosen.has(table))
      .flatMap((table) => [displayName(table), ...table.ancestors.map(displayName)]),
  );
  return {
    tables,
    sequences,
    sharedSequences: new Set(
      sequences.filter((sequence) => sequence.ownedBy && left.has(displayName(sequence.ownedBy))),
    ),
    largeObjects: whole && request.content !== 'schema',
    whole,
    leftOut,
  };
}

/** The same where definitions are replaced too: with what the tables are part of, where all of that is in the scope. */
export function withDefinitions(
  scope: RestoreScope,
  manifest: Manifest,
  objects: readonly string[],
): RestoreScope {
  const chosen = new Set(scope.tables);
  const others = manifest.tables.filter((table) => !chosen.has(table));
  const shared = new Set(others.flatMap(({ ancestors }) => ancestors.map(quoteName)));
  const above = new Map(
    scope.tables.flatMap(({ ancestors }) => ancestors.map((each) => [quoteName(each), each] as const)),
  );
  const tables = [...above].filter(([name]) => !shared.has(name)).map(([, table]) => table);
  return { ...scope, replaces: { tables, objects: new Set(objects) } };
}

/** Sequences that belong to no table. */
export interface FreeSequences {
  created: QualifiedName[];
  /** The chosen tables draw numbers from them, and others may too. */
  used: QualifiedName[];
}

/** The same with sequences that belong to no table. */
export function withFreeSequences(
  scope: RestoreScope,
  manifest: Manifest,
  { created, used }: FreeSequences,
): RestoreScope {
  const named = (names: readonly QualifiedName[]): ManifestSequence[] => {
    const wanted = new Set(names.map(quoteName));
    return manifest.sequences.filter((sequence) => wanted.has(quoteName(sequence)));
  };
  const own = new Set(scope.sequences);
  const fresh = named(created).filter((sequence) => !own.has(sequence));
  const drawn = named(used).filter((sequence) => !own.has(sequence) && !fresh.includes(sequence));
  return {
    ...scope,
    sequences: [...scope.sequences, ...fresh, ...drawn],
    sharedSequences: new Set([...scope.sharedSequences, ...drawn]),
  };
}

function chooseTables(manifest: Manifest, patterns: readonly string[]): ManifestTable[] {
  const parents = new Map<string, QualifiedName>();
  for (const table of manifest.tables) {
    for (const ancestor of table.ancestors) parents.set(displayName(ancestor), ancestor);
  }
  for (const table of manifest.tables) parents.delete(displayName(table));
  const selected = selectByPattern<QualifiedName>(patterns, [...manifest.tables, ...parents.values()]);
  const names = new Set([...selected].map(displayName));
  return manifest.tables.filter(
    (table) =>
      names.has(displayName(table)) || table.ancestors.some((ancestor) => names.has(displayName(ancestor))),
  );
}

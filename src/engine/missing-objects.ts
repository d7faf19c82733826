import type { Manifest, SchemaEntry } from '../format/manifest.ts';
import type { RestoreScope } from './restore-scope.ts';

/** Kinds that a restore in place creates where the database has none, because data or its users need them. */
const standaloneKinds = new Set([
  'SCHEMA',
  'EXTENSION',
  'TYPE',
  'SHELL TYPE',
  'DOMAIN',
  'FUNCTION',
  'PROCEDURE',
  'AGGREGATE',
  'OPERATOR',
  'OPERATOR FAMILY',
  'OPERATOR CLASS',
  'CAST',
  'COLLATION',
  'CONVERSION',
  'TEXT SEARCH PARSER',
  'TEXT SEARCH DICTIONARY',
  'TEXT SEARCH TEMPLATE',
  'TEXT SEARCH CONFIGURATION',
  'TABLE',
  'VIEW',
  'MATERIALIZED VIEW',
  'SEQUENCE',
]);

/** Kinds that only make sense on another object; they are created exactly where that object is. */
const attachedKinds = new Set([
  'ACL',
  'CHECK CONSTRAINT',
  'COMMENT',
  'CONSTRAINT',
  'DEFAULT',
  'FK CONSTRAINT',
  'INDEX',
  'INDEX ATTACH',
  'MATERIALIZED VIEW DATA',
  'POLICY',
  'ROW SECURITY',
  'RULE',
  'SECURITY LABEL',
  'SEQUENCE OWNED BY',
  'STATISTICS',
  'TABLE ATTACH',
  'TRIGGER',
]);

export interface MissingObjects {
  /** In an order that respects dependencies. */
  create: SchemaEntry[];
  /** What would have to be created but cannot, and why; plain sentences. */
  warnings: string[];
}

/**
 * The objects of a backup that the live database lacks and a restore in place brings back. For chosen tables:
 * those tables where they are missing, what they need, and what hung on them. For everything: every missing
 * object of a kind that holds or serves data. An index or constraint that someone dropped from a table that is
 * still there was dropped for a reason, and stays away.
 */
export function missingObjects(
  manifest: Manifest,
  live: readonly SchemaEntry[],
  scope: RestoreScope,
): MissingObjects {
  const { entries } = manifest.schema;
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const present = new Set(live.map(entryKey));
  const isPresent = (entry: SchemaEntry): boolean => present.has(entryKey(entry));
  const create = new Set<SchemaEntry>();

  const need = (entry: SchemaEntry): void => {
    if (create.has(entry) || isPresent(entry)) return;
    create.add(entry);
    for (const id of entry.dependsOn) {
      const dependency = byId.get(id);
      if (dependency && standaloneKinds.has(dependency.kind)) need(dependency);
    }
  };

  if (scope.whole) {
    for (const entry of entries) if (standaloneKinds.has(entry.kind)) need(entry);
  } else {
    const names = new Set(
      scope.tables.flatMap((table) =>
        [table, ...table.ancestors].map((t) => JSON.stringify([t.schema, t.name])),
      ),
    );
    for (const entry of entries) {
      if (entry.kind === 'TABLE' && names.has(JSON.stringify([entry.schema, entry.name]))) need(entry);
    }
  }

  const warnings: string[] = [];
  // What hangs on created objects; in pg_dump's order a thing comes after what it hangs on.
  for (const entry of entries) {
    // A sequence that depends on a table is that of a serial or identity column.
    const follows =
      attachedKinds.has(entry.kind) || ['VIEW', 'MATERIALIZED VIEW', 'SEQUENCE'].includes(entry.kind);
    if (!follows || create.has(entry) || !entry.dependsOn.some((id) => isCreated(id))) continue;
    if (standaloneKinds.has(entry.kind) && isPresent(entry)) continue;
    const lacking = entry.dependsOn
      .map((id) => byId.get(id))
      .filter((dependency) => dependency && !create.has(dependency) && !isPresent(dependency));
    if (lacking.length > 0) {
      warnings.push(
        `${describeEntry(entry)} is not created, because it needs ${lacking.map((l) => describeEntry(l as SchemaEntry)).join(' and ')}, which is missing.`,
      );
    } else create.add(entry);
  }

  function isCreated(id: number): boolean {
    const entry = byId.get(id);
    return entry !== undefined && create.has(entry);
  }
  return { create: entries.filter((entry) => create.has(entry)), warnings };
}

/** `INDEX public.orders_by_day` for people. */
export function describeEntry(entry: SchemaEntry): string {
  return `${entry.kind} ${entry.schema === null ? '' : `${entry.schema}.`}${entry.name}`;
}

function entryKey(entry: SchemaEntry): string {
  return JSON.stringify([entry.kind, entry.schema, entry.name]);
}

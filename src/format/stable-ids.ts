import { hash } from 'node:crypto';
import type { Manifest, SchemaEntry } from './manifest.ts';

/**
 * A manifest whose entries are numbered by what they are. pg_dump counts: with one table more, everything that comes after
 * it has another number, and a line that says so is another line.
 */
export function withStableIds(manifest: Manifest): Manifest {
  const ids = new Map<number, number>();
  const taken = new Set<number>();
  for (const entry of manifest.schema.entries) {
    let id = numberOf(entry, 0);
    for (let again = 1; taken.has(id); again++) id = numberOf(entry, again);
    taken.add(id);
    ids.set(entry.id, id);
  }
  const entries = manifest.schema.entries.map((entry) => ({
    ...entry,
    id: ids.get(entry.id)!,
    dependsOn: entry.dependsOn.flatMap((id) => ids.get(id) ?? []).toSorted((a, b) => a - b),
  }));
  const tables = manifest.tables.map((table) => ({
    ...table,
    entryId: table.entryId === null ? null : (ids.get(table.entryId) ?? null),
  }));
  return { ...manifest, schema: { ...manifest.schema, entries }, tables };
}

/** 52 bits, which a JSON number holds exactly. */
function numberOf({ kind, schema, name, catalogOid, oid }: SchemaEntry, again: number): number {
  const digest = hash('sha256', JSON.stringify([kind, schema, name, catalogOid, oid, again]), 'hex');
  return Number.parseInt(digest.slice(0, 13), 16);
}

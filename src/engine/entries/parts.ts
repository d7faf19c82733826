import type { SchemaEntry } from '../../format/manifest.ts';
import { entryKind } from '../../postgres/pg-dump/kinds.ts';
import type { EntryIndex } from './identity.ts';

/** Kinds of relations that other entries can be parts of. */
const relations = new Set(['TABLE', 'FOREIGN TABLE', 'VIEW', 'MATERIALIZED VIEW', 'DOMAIN']);

/** What says how an object is, and is nothing that could be missed alone. */
const attributes = new Set([
  'ACL',
  'COMMENT',
  'SECURITY LABEL',
  'ROW SECURITY',
  'DEFAULT',
  'SEQUENCE OWNED BY',
  'TABLE ATTACH',
  'INDEX ATTACH',
  'MATERIALIZED VIEW DATA',
]);

export const isPart = (entry: SchemaEntry): boolean => entryKind(entry.kind).role === 'part';
export const isAttribute = (entry: SchemaEntry): boolean => attributes.has(entry.kind);

/** The object that a part belongs to, through other parts: of a comment on an index the table. An object belongs to itself. */
export function ownerOf(index: EntryIndex, entry: SchemaEntry): SchemaEntry | undefined {
  let owner: SchemaEntry | undefined = entry;
  for (let depth = 0; owner && isPart(owner) && depth < 10; depth++) {
    const needed: SchemaEntry[] = index.dependencies(owner);
    owner = index.relationOf(owner) ?? needed.find(({ kind }) => relations.has(kind)) ?? needed[0];
  }
  return owner;
}

/** An entry with all parts of it. */
export function withParts(index: EntryIndex, entry: SchemaEntry): Set<SchemaEntry> {
  const found = new Set([entry]);
  // What hangs on something comes after it.
  for (const each of index.entries) {
    if (!isPart(each) || found.has(each)) continue;
    const relation = index.relationOf(each);
    const owners = relation ? [relation] : index.dependencies(each);
    if (owners.some((owner) => found.has(owner)) && belongs(index, each, found)) found.add(each);
  }
  return found;
}

/** Whether a part is one of these and not of something that merely needs them, such as a foreign key of another table. */
function belongs(index: EntryIndex, part: SchemaEntry, owners: ReadonlySet<SchemaEntry>): boolean {
  const owner = ownerOf(index, part);
  if (owner && owners.has(owner)) return true;
  // Of a comment on a foreign key: the table of that key is its owner.
  return index.dependencies(part).some((each) => isPart(each) && owners.has(each)) && isAttribute(part);
}

/** Which entries need each one. */
export function dependentsIn(index: EntryIndex): Map<SchemaEntry, SchemaEntry[]> {
  const found = new Map<SchemaEntry, SchemaEntry[]>();
  for (const entry of index.entries) {
    for (const needed of index.dependencies(entry)) {
      const known = found.get(needed);
      if (known) known.push(entry);
      else found.set(needed, [entry]);
    }
  }
  return found;
}

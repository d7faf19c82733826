import type { SchemaEntry } from '../../format/manifest.ts';
import { nameKey, type EntryIndex } from './identity.ts';

/**
 * What is created around the data of tables that become partitions of a table which is there already. ATTACH gives a
 * partition all that its parent has, and a key that the parent made cannot be made again under the backup's name. So
 * such a table is filled separately, gets its own indexes and constraints, and is attached then: the server finds what
 * it would have made.
 */
export interface AttachOrder {
  /** Entries of the section before the data that have to wait. */
  deferred: ReadonlySet<SchemaEntry>;
  /** What comes between the emptying of the tables and their rows, for rows that are loaded by way of the parent. */
  beforeData: SchemaEntry[];
  afterData: SchemaEntry[];
}

const ownKinds = new Set(['CONSTRAINT', 'CHECK CONSTRAINT', 'INDEX', 'INDEX ATTACH']);

/**
 * @param create in pg_dump's order
 * @param afterData those of them that come after the data
 * @param loadedByParent whether rows of this table are loaded by way of the one it is attached to
 */
export function attachOrder(
  index: EntryIndex,
  create: readonly SchemaEntry[],
  afterData: readonly SchemaEntry[],
  loadedByParent: (table: SchemaEntry) => boolean,
): AttachOrder {
  const created = new Set(create);
  const ends = new Map<SchemaEntry, { parent: SchemaEntry; child: SchemaEntry }>();
  for (const entry of create) {
    const found = entry.kind === 'TABLE ATTACH' ? attachEnds(index, entry) : undefined;
    if (found) ends.set(entry, found);
  }
  const deferred = new Set([...ends.keys()].filter((entry) => !created.has(ends.get(entry)!.parent)));
  if (deferred.size === 0) return { deferred, beforeData: [], afterData: [...afterData] };

  /** For each table below a deferred attachment, that attachment. */
  const above = new Map<SchemaEntry, SchemaEntry>();
  for (const attach of deferred) above.set(ends.get(attach)!.child, attach);
  for (let before = -1; before !== above.size;) {
    before = above.size;
    for (const { parent, child } of ends.values()) {
      const attach = above.get(parent);
      if (attach && !above.has(child)) above.set(child, attach);
    }
  }
  const attachedIndexes = new Set(create.filter(({ kind }) => kind === 'INDEX ATTACH').map(nameKey));
  const isAttached = (entry: SchemaEntry): boolean => {
    const relation = index.relationOf(entry);
    const name = relation ? entry.name.slice(relation.name.length + 1) : entry.name;
    return attachedIndexes.has(nameKey({ schema: entry.schema, name }));
  };
  const attachmentOf = (entry: SchemaEntry): SchemaEntry | undefined => {
    if (entry.kind === 'INDEX ATTACH') {
      const [first, ...others] = index.dependencies(entry).filter(({ kind }) => kind === 'TABLE');
      // To an index of the live parent: after the table.
      const attach = first && above.get(first);
      return others.every((table) => above.get(table) === attach) ? attach : undefined;
    }
    const relation = index.relationOf(entry) ?? index.dependencies(entry).find((each) => above.has(each));
    return relation && above.get(relation);
  };

  const needs = new Map<SchemaEntry, SchemaEntry[]>();
  const own: SchemaEntry[] = [];
  const rest: SchemaEntry[] = [];
  for (const entry of afterData) {
    const attach = ownKinds.has(entry.kind) ? attachmentOf(entry) : undefined;
    if (attach) {
      own.push(entry);
      const known = needs.get(attach);
      if (known) known.push(entry);
      else needs.set(attach, [entry]);
    } else rest.push(entry);
  }
  // Where two indexes are the same, the server takes the one that was made first.
  own.sort((a, b) => Number(isAttached(b)) - Number(isAttached(a)));
  const early = [...deferred].filter((attach) =>
    [...above].some(([table, by]) => by === attach && loadedByParent(table)),
  );
  const waiting = new Set([...afterData, ...deferred]);
  const placed = new Set<SchemaEntry>();
  const inOrder = (entries: Iterable<SchemaEntry>): SchemaEntry[] => {
    const result: SchemaEntry[] = [];
    const place = (entry: SchemaEntry): void => {
      if (placed.has(entry) || !waiting.has(entry)) return;
      placed.add(entry);
      for (const needed of [...(needs.get(entry) ?? []), ...index.dependencies(entry)]) place(needed);
      result.push(entry);
    };
    for (const entry of entries) place(entry);
    return result;
  };
  return {
    deferred,
    beforeData: inOrder(early),
    afterData: inOrder([...own, ...deferred, ...rest]),
  };
}

/** The two tables of a TABLE ATTACH, whose tag is the name of the partition. */
export function attachEnds(
  index: EntryIndex,
  attach: SchemaEntry,
): { parent: SchemaEntry; child: SchemaEntry } | undefined {
  const tables = index
    .dependencies(attach)
    .filter(({ kind }) => kind === 'TABLE' || kind === 'FOREIGN TABLE');
  const child = tables.find(({ schema, name }) => schema === attach.schema && name === attach.name);
  const parent = tables.find((table) => table !== child);
  return child && parent ? { parent, child } : undefined;
}

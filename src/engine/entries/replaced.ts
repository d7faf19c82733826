import type { SchemaEntry } from '../../format/manifest.ts';
import { describeEntry, nameKey, type EntryIndex } from './identity.ts';
import { attachEnds } from './attach-order.ts';
import { dependentsIn, isAttribute, isPart, ownerOf } from './parts.ts';
import { counterparts } from './schema-changes.ts';
import { scopeEntries } from './schema-scope.ts';
import type { RestoreScope } from './scope.ts';
import { tableRepairs } from './table-repairs.ts';

/** The schema of today, with the statements that drop each entry. */
export interface DroppableSchema {
  index: EntryIndex;
  /** By id, without CASCADE. */
  drops: ReadonlyMap<number, string>;
}

export interface Replaced {
  /** Entries of today that are dropped, with what goes along with them; in pg_dump's order. */
  dropped: SchemaEntry[];
  /** What is restored of today's schema: the named tables with all that belongs to them. */
  own: ReadonlySet<SchemaEntry>;
  /** What needs something that would be dropped, and cannot be dropped itself. */
  stuck: { entry: SchemaEntry; needs: SchemaEntry }[];
}

/** Objects that can be dropped and made again without losing anything but rows of tables. */
const replaceable = new Set([
  'TABLE',
  'VIEW',
  'MATERIALIZED VIEW',
  'FUNCTION',
  'PROCEDURE',
  'AGGREGATE',
  'SEQUENCE',
  'TYPE',
  'DOMAIN',
]);
/** Other objects that can be where something hangs on what is replaced. */
const remakeable = new Set(['OPERATOR', 'CAST', 'STATISTICS', ...replaceable]);
/** Parts that are dropped by themselves. */
const separable = new Set([
  'INDEX',
  'CONSTRAINT',
  'FK CONSTRAINT',
  'TRIGGER',
  'POLICY',
  'RULE',
  'STATISTICS',
  'DEFAULT',
]);
const indexed = new Set(['INDEX', 'CONSTRAINT']);

/**
 * What of today's schema has to go so that the named tables, and what belongs to them, can be made as in the backup: what is
 * defined in another way, what came since, and everything that needs any of that.
 */
export function replacedEntries(
  backup: EntryIndex,
  { index: live, drops }: DroppableSchema,
  scope: RestoreScope,
): Replaced {
  const backupOf = counterparts(live, backup);
  const now = counterparts(backup, live);
  const { own, wanted } = ownEntries(backup, live, scope);
  const inTrees = partitionTrees(live);
  const asked = scope.replaces?.objects ?? new Set();
  const apart = (part: SchemaEntry): boolean => {
    if (!separable.has(part.kind) || !drops.has(part.id)) return false;
    const owner = ownerOf(live, part);
    return !indexed.has(part.kind) || owner === undefined || !inTrees.has(owner);
  };
  /** The sequence of an identity column goes and comes with its table. */
  const withoutOwnDrop = (entry: SchemaEntry): SchemaEntry | undefined =>
    entry.kind === 'SEQUENCE' && !drops.has(entry.id)
      ? live.dependencies(entry).find(({ kind }) => kind === 'TABLE')
      : entry;
  const seeds = new Set<SchemaEntry>();
  const seed = (entry: SchemaEntry): void => {
    const whole = isPart(entry) && !apart(entry) ? ownerOf(live, entry) : withoutOwnDrop(entry);
    if (whole && (isPart(whole) || replaceable.has(whole.kind))) seeds.add(whole);
  };
  for (const entry of wanted) {
    if (backup.viewOf(entry)) continue;
    const is = now(entry);
    if (!is) {
      const holder = entry.kind === 'TABLE' ? viewNamed(live, entry) : undefined;
      if (holder) seed(holder);
      continue;
    }
    const same = backup.definitionOf(entry) === live.definitionOf(is) && entry.ownerSql === is.ownerSql;
    if (same) continue;
    const repaired = entry.kind === 'TABLE' && entry.ownerSql === is.ownerSql;
    if (!repaired || !tableRepairs(entry.sql, is.sql).complete) seed(is);
  }
  for (const entry of live.entries) {
    if (backupOf(entry) || live.viewOf(entry)) continue;
    const owner = ownerOf(live, entry);
    if (isPart(entry) && own.has(entry) && owner && backupOf(owner)) seed(entry);
    if (
      entry.kind === 'TABLE' &&
      parentsOf(live, entry).some((parent) => own.has(parent) && backupOf(parent))
    ) {
      seed(entry);
    }
    if (asked.has(describeEntry(entry)) && replaceable.has(entry.kind) && entry.kind !== 'TABLE') seed(entry);
  }
  return { own, ...closure(live, seeds, { own, backupOf, apart, drops }) };
}

/** On both sides: what is restored. */
function ownEntries(
  backup: EntryIndex,
  live: EntryIndex,
  scope: RestoreScope,
): { own: Set<SchemaEntry>; wanted: Set<SchemaEntry> } {
  if (scope.whole) return { own: new Set(live.entries), wanted: new Set(backup.entries) };
  const wanted = scopeEntries(backup, scope);
  const types = (entry: SchemaEntry): void => {
    for (const needed of backup.dependencies(entry)) {
      if (wanted.has(needed) || (needed.kind !== 'TYPE' && needed.kind !== 'DOMAIN')) continue;
      wanted.add(needed);
      types(needed);
    }
  };
  for (const entry of wanted) types(entry);
  const own = scopeEntries(live, scope);
  const is = counterparts(backup, live);
  for (const entry of wanted) {
    const counterpart = is(entry);
    if (counterpart) own.add(counterpart);
  }
  return { own, wanted };
}

interface Rules {
  own: ReadonlySet<SchemaEntry>;
  backupOf(entry: SchemaEntry): SchemaEntry | undefined;
  apart(part: SchemaEntry): boolean;
  drops: ReadonlyMap<number, string>;
}

function closure(
  live: EntryIndex,
  seeds: ReadonlySet<SchemaEntry>,
  { own, backupOf, apart, drops }: Rules,
): Pick<Replaced, 'dropped' | 'stuck'> {
  const dependents = dependentsIn(live);
  const gone = new Set(seeds);
  const stuck: Replaced['stuck'] = [];
  const queue = [...seeds];
  const drop = (entry: SchemaEntry): void => {
    if (gone.has(entry)) return;
    gone.add(entry);
    queue.push(entry);
  };
  const follow = (entry: SchemaEntry, needs: SchemaEntry): void => {
    if (gone.has(entry)) return;
    if (entry.kind === 'TABLE ATTACH') {
      drop(entry);
      // A partition would go with its table without a word.
      const ends = attachEnds(live, entry);
      if (ends && gone.has(ends.parent)) follow(ends.child, ends.parent);
    } else if (isPart(entry)) {
      const owner = ownerOf(live, entry);
      if (isAttribute(entry) || (owner && gone.has(owner)) || apart(entry)) drop(entry);
      else if (owner && (owner.kind !== 'TABLE' || own.has(owner))) follow(owner, needs);
      else stuck.push({ entry, needs });
    } else if (entry.kind === 'TABLE') {
      const cameSince = !backupOf(entry) && parentsOf(live, entry).includes(needs);
      if (own.has(entry) && backupOf(entry)) drop(entry);
      else if (cameSince) drop(entry);
      else stuck.push({ entry, needs });
    } else if (entry.kind === 'SEQUENCE' || (remakeable.has(entry.kind) && drops.has(entry.id))) drop(entry);
    else stuck.push({ entry, needs });
  };
  for (let needs = queue.shift(); needs; needs = queue.shift()) {
    for (const entry of dependents.get(needs) ?? []) follow(entry, needs);
  }
  return { dropped: live.entries.filter((entry) => gone.has(entry)), stuck };
}

/** The statements that drop these entries, in their order; what goes with its table has none. */
export function dropStatements({ index, drops }: DroppableSchema, dropped: readonly SchemaEntry[]): string[] {
  const gone = new Set(dropped);
  const attached = new Set(index.entries.filter(({ kind }) => kind === 'INDEX ATTACH').map(nameKey));
  const goesAlong = (entry: SchemaEntry): boolean => {
    if (entry.kind === 'SEQUENCE') {
      return index.dependencies(entry).some((needed) => needed.kind === 'TABLE' && gone.has(needed));
    }
    if (!isPart(entry)) return false;
    if (!separable.has(entry.kind)) return true;
    if (!indexed.has(entry.kind)) return false;
    const relation = index.relationOf(entry);
    const name = relation ? entry.name.slice(relation.name.length + 1) : entry.name;
    if (attached.has(nameKey({ schema: entry.schema, name }))) return true;
    return entry.kind === 'CONSTRAINT' && !/ (?:PRIMARY KEY|UNIQUE|EXCLUDE)\b/.test(entry.sql);
  };
  return dropped.toReversed().flatMap((entry) => {
    const sql = drops.get(entry.id);
    return sql === undefined || goesAlong(entry) ? [] : [sql];
  });
}

/** Tables that partitions are attached to, and partitions. */
function partitionTrees(live: EntryIndex): Set<SchemaEntry> {
  return new Set(
    live.entries
      .filter(({ kind }) => kind === 'TABLE ATTACH')
      .flatMap((entry) => Object.values(attachEnds(live, entry) ?? {})),
  );
}

/** The tables that a table inherits from or is attached to. */
function parentsOf(live: EntryIndex, table: SchemaEntry): SchemaEntry[] {
  const inherited = /\nINHERITS \(/.test(table.sql)
    ? live.dependencies(table).filter(({ kind }) => kind === 'TABLE')
    : [];
  const attached = live.entries
    .filter(
      ({ kind, schema, name }) => kind === 'TABLE ATTACH' && schema === table.schema && name === table.name,
    )
    .flatMap((entry) => attachEnds(live, entry)?.parent ?? []);
  return [...inherited, ...attached];
}

function viewNamed(live: EntryIndex, { schema, name }: SchemaEntry): SchemaEntry | undefined {
  return live.entries.find(
    (entry) =>
      (entry.kind === 'VIEW' || entry.kind === 'MATERIALIZED VIEW') &&
      entry.schema === schema &&
      entry.name === name,
  );
}

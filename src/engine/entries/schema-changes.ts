import type { ManifestTable, SchemaEntry } from '../../format/manifest.ts';
import { entryKind } from '../../postgres/pg-dump/kinds.ts';
import { againstIdentity } from './identity-columns.ts';
import { describeEntry, type EntryIndex } from './identity.ts';
import { isPart } from './parts.ts';
import { isGrant } from './sql.ts';
import type { RestoreScope } from './scope.ts';
import { scopeEntries, wantedEntries } from './schema-scope.ts';
import { tableRepairs, type TableRepair } from './table-repairs.ts';

/** What a restore in place does about the schema, and what it leaves as it is. */
export interface SchemaChanges {
  /** Missing entries of the backup that are created, in an order that respects dependencies. */
  create: SchemaEntry[];
  /** Missing entries that are not created, and why; a clause. */
  leftOut: { entry: SchemaEntry; reason: string }[];
  /** Entries that are in both and defined differently; the database's stays. */
  differs: { entry: SchemaEntry; difference: string }[];
  /** What comes back of tables that are there, and is part of their definition. */
  repairs: { table: SchemaEntry; repairs: TableRepair[] }[];
  /** Entries of the database that the backup does not have. */
  extra: SchemaEntry[];
  /** Every entry of the backup that the restore answers for. */
  scope: ReadonlySet<SchemaEntry>;
}

export interface ComparisonOptions {
  owners: boolean;
  /** Whether both sides were written by the same pg_dump from the same server, so that equal things read the same. */
  comparable: boolean;
  /** Whether a table keeps the definition that it has today, of which nothing is repaired. */
  keeps(table: SchemaEntry): boolean;
  /** What is dropped and made again. Default: nothing */
  returning?: ReadonlySet<SchemaEntry>;
  /** What does not come back because of that, with the reasons. */
  ofToday: ReadonlyMap<SchemaEntry, string>;
  /**
   * Why an entry cannot or shall not be created; undefined where it can.
   * @param alone whether all that it hangs on is there already
   */
  forbidden(entry: SchemaEntry, alone: boolean): string | undefined;
}

/**
 * Compares the schema of a backup with the live one, as pg_dump sees both. What is missing comes back: in a restore
 * of everything all of it; in one of chosen tables the tables, what they need, what hangs on them, and what depends
 * on anything that is created.
 */
export function schemaChanges(
  backup: EntryIndex,
  live: EntryIndex,
  scope: RestoreScope,
  options: ComparisonOptions,
): SchemaChanges {
  const counterpart = counterparts(backup, live);
  const ignored = (entry: SchemaEntry): boolean => !options.owners && isGrant(entry);
  const isMissing = (entry: SchemaEntry): boolean => !counterpart(entry) && !ignored(entry);

  const wanted = wantedEntries(backup, scope, isMissing, options.returning);
  const reasons = obstacles(backup, live, wanted, isMissing, options);
  const covered = scope.whole ? new Set(backup.entries) : scopeEntries(backup, scope);
  for (const entry of wanted) covered.add(entry);
  for (const entry of covered) if (ignored(entry)) covered.delete(entry);

  const create = backup.entries.filter((entry) => wanted.has(entry) && !reasons.has(entry));
  const created = new Set(create);
  const differs: SchemaChanges['differs'] = [];
  const repairs: SchemaChanges['repairs'] = [];
  for (const entry of covered) {
    const now = counterpart(entry);
    const difference = now && differenceBetween(backup, entry, live, now, options);
    if (now === undefined || difference === undefined) continue;
    const possible = backup.dependencies(entry).every((needed) => created.has(needed) || !isMissing(needed));
    const repairable = entry.kind === 'TABLE' && possible && !options.keeps(entry);
    const found = repairable ? tableRepairs(entry.sql, now.sql) : undefined;
    if (found && found.repairs.length > 0) repairs.push({ table: entry, repairs: found.repairs });
    if (!found?.complete || (options.owners && entry.ownerSql !== now.ownerSql)) {
      differs.push({ entry, difference });
    }
  }
  return {
    create,
    leftOut: backup.entries.flatMap((entry) => {
      const reason = reasons.get(entry);
      return reason === undefined ? [] : [{ entry, reason }];
    }),
    differs,
    repairs,
    extra: additions(backup, live, scope),
    scope: covered,
  };
}

/** The same object in the other dump. The rule that is a view's definition is there when the view is. */
export function counterparts(
  from: EntryIndex,
  to: EntryIndex,
): (entry: SchemaEntry) => SchemaEntry | undefined {
  return (entry) => to.find(from.identityOf(from.viewOf(entry) ?? entry));
}

/** Which of the wanted entries cannot be created, and why. */
function obstacles(
  backup: EntryIndex,
  live: EntryIndex,
  wanted: ReadonlySet<SchemaEntry>,
  isMissing: (entry: SchemaEntry) => boolean,
  { forbidden, ofToday }: ComparisonOptions,
): Map<SchemaEntry, string> {
  const taken = takenNames(live);
  const identity = againstIdentity(live);
  const found = new Map<SchemaEntry, string>();
  const rules = new Map<SchemaEntry, SchemaEntry>();
  for (const entry of wanted) {
    const view = backup.viewOf(entry);
    if (view) rules.set(view, entry);
  }
  const reasonAgainst = (entry: SchemaEntry): string | undefined => {
    const today = ofToday.get(entry);
    if (today !== undefined) return today;
    const holder = taken(entry);
    if (holder) return `the database has ${describeEntry(holder)}`;
    const column = identity(entry);
    if (column !== undefined) return column;
    const lacking = backup
      .dependencies(entry)
      .filter((needed) => isMissing(needed) && (!wanted.has(needed) || found.has(needed)));
    if (lacking.length > 0) {
      const one = lacking.length === 1;
      return `it needs ${lacking.map(describeEntry).join(' and ')}, which ${one ? 'is' : 'are'} missing`;
    }
    // Without its rule a view would show nothing but NULLs.
    const rule = rules.get(entry);
    const alone = !backup.dependencies(entry).some((needed) => wanted.has(needed));
    return (rule && found.get(rule)) ?? forbidden(entry, alone);
  };
  for (let before = -1; before !== found.size;) {
    before = found.size;
    for (const entry of wanted) {
      if (found.has(entry)) continue;
      const reason = reasonAgainst(entry);
      if (reason !== undefined) found.set(entry, reason);
    }
  }
  return found;
}

/** Finds what else has the name that an entry needs for itself. */
function takenNames(live: EntryIndex): (entry: SchemaEntry) => SchemaEntry | undefined {
  const keys = ({ kind, schema, name }: SchemaEntry): string[] => {
    const place = entryKind(kind).nameIn;
    const places = place === 'both' ? ['class', 'type'] : place === undefined ? [] : [place];
    return places.map((each) => JSON.stringify([each, schema, name]));
  };
  const holders = new Map(live.entries.flatMap((entry) => keys(entry).map((key) => [key, entry] as const)));
  return (entry) => keys(entry).flatMap((key) => holders.get(key) ?? [])[0];
}

function differenceBetween(
  backup: EntryIndex,
  entry: SchemaEntry,
  live: EntryIndex,
  now: SchemaEntry,
  { owners, comparable }: ComparisonOptions,
): string | undefined {
  // The rule that is a view's definition is compared with the view.
  if (!comparable || backup.viewOf(entry)) return undefined;
  if (backup.definitionOf(entry) !== live.definitionOf(now)) return 'is defined differently';
  if (owners && entry.ownerSql !== now.ownerSql) {
    return `belongs to ${now.owner} in the database and to ${entry.owner} in the backup`;
  }
  return undefined;
}

/** What the database has besides, less the parts of objects that are named themselves. */
function additions(backup: EntryIndex, live: EntryIndex, scope: RestoreScope): SchemaEntry[] {
  const known = counterparts(live, backup);
  const looked = scope.whole ? live.entries : [...scopeEntries(live, scope)];
  const extra = new Set(looked.filter((entry) => !known(entry)));
  return [...extra].filter((entry) => {
    const owner = live.relationOf(entry);
    return !isPart(entry) || !(owner ? [owner] : live.dependencies(entry)).some((each) => extra.has(each));
  });
}

/** The tables that a restore must fill and that cannot be created, with the reasons. */
export function tablesLeftOut(
  changes: SchemaChanges,
  scope: RestoreScope,
): { table: ManifestTable; reason: string }[] {
  const tables = new Map(scope.tables.map((table) => [table.entryId, table]));
  return changes.leftOut.flatMap(({ entry, reason }) => {
    const table = tables.get(entry.id);
    return table ? [{ table, reason }] : [];
  });
}

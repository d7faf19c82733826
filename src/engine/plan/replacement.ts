import type { ReplacedObject } from '../../contract/replace.ts';
import type { Drift } from '../../contract/drift.ts';
import type { Manifest, ManifestColumn, SchemaEntry } from '../../format/manifest.ts';
import { readColumnUses } from '../../postgres/inspect/column-uses.ts';
import { displayName, quoteName, type QualifiedName } from '../../postgres/identifiers.ts';
import type { TableConstraint } from '../../postgres/inspect/constraints.ts';
import type { Session } from '../../postgres/wire/session.ts';
import { describeEntry, nameKey, relationName, type EntryIndex } from '../entries/identity.ts';
import { isPartitioned } from '../entries/named-tables.ts';
import { isAttribute, isPart, ownerOf } from '../entries/parts.ts';
import { dropStatements, replacedEntries, type DroppableSchema } from '../entries/replaced.ts';
import { targetSchema, type TargetSchema } from '../entries/returning.ts';
import { counterparts } from '../entries/schema-changes.ts';
import type { RestoreScope } from '../entries/scope.ts';
import type { Plan } from './plan.ts';
import type { PlannedSchema } from './planned-schema.ts';

/** What of today's schema is dropped, and what becomes of it. */
export interface Replacement {
  /** Today's schema, before anything is dropped. */
  today: DroppableSchema;
  /** Entries of it that are dropped, in pg_dump's order. */
  dropped: SchemaEntry[];
  /** What drops them, in their order. */
  statements: string[];
  target: TargetSchema;
  /** Why something cannot be replaced. */
  stuck: Drift[];
}

/** Decides what is dropped so that the scope can be made as in the backup. */
export async function planReplacement(
  session: Session,
  manifest: Manifest,
  today: DroppableSchema,
  backup: EntryIndex,
  scope: RestoreScope,
): Promise<Replacement> {
  const replaced = replacedEntries(backup, today, scope);
  const { dropped } = replaced;
  const misfits = await misfitting(session, manifest, today.index, dropped);
  return {
    today,
    dropped,
    statements: dropStatements(today, dropped),
    target: targetSchema(backup, today.index, replaced, { whole: scope.whole, misfits }),
    stuck: replaced.stuck.map(({ entry, needs }) => ({
      table: describeEntry(needs),
      difference: `has to be made again, and ${describeEntry(entry)} needs it, which is not restored`,
    })),
  };
}

/** Objects that need columns of dropped tables that these do not have in the backup, or that are of another type there. */
async function misfitting(
  session: Session,
  manifest: Manifest,
  live: EntryIndex,
  dropped: readonly SchemaEntry[],
): Promise<Set<SchemaEntry>> {
  const tables = dropped.filter(({ kind }) => kind === 'TABLE');
  if (tables.length === 0) return new Set();
  const byOid = new Map(live.entries.map((entry) => [`${entry.catalogOid} ${entry.oid}`, entry]));
  const uses = await readColumnUses(
    session,
    tables.map(({ oid }) => oid),
  );
  const found = new Set<SchemaEntry>();
  for (const { catalogOid, oid, relation, column, type } of uses) {
    const entry = byOid.get(`${catalogOid} ${oid}`);
    const then = columnsThen(manifest, relation).find(({ name }) => name === column);
    if (entry && then?.type !== type) found.add(entry);
  }
  return found;
}

/** Of a partitioned table those of a partition. */
function columnsThen({ tables }: Manifest, name: QualifiedName): readonly ManifestColumn[] {
  const is = (table: QualifiedName): boolean => quoteName(table) === quoteName(name);
  return (tables.find(is) ?? tables.find(({ ancestors }) => ancestors.some(is)))?.columns ?? [];
}

/** What comes back in the form of the backup, with the differences; then what comes back as it is today. */
export function describeReplacement(
  { today, dropped, target }: Replacement,
  drift: readonly Drift[],
): { replaced: ReplacedObject[]; remade: string[] } {
  const is = counterparts(today.index, target.index);
  const replaced: ReplacedObject[] = [];
  const remade: string[] = [];
  for (const entry of named(today.index, dropped)) {
    const comes = is(entry);
    if (!comes) continue;
    const what = describeEntry(entry);
    if (target.ofToday.has(comes)) remade.push(what);
    else replaced.push({ what, differences: differencesOf(entry, comes, drift, today.index, target.index) });
  }
  return { replaced, remade };
}

function differencesOf(
  now: SchemaEntry,
  then: SchemaEntry,
  drift: readonly Drift[],
  today: EntryIndex,
  backup: EntryIndex,
): string[] {
  const name = displayName(relationName(now));
  const known = now.kind === 'TABLE' ? drift.filter(({ table }) => table === name) : [];
  if (known.length > 0) return known.map(({ difference }) => difference);
  if (today.definitionOf(now) !== backup.definitionOf(then)) return ['is defined differently'];
  return now.ownerSql === then.ownerSql
    ? []
    : [`belongs to ${now.owner} in the database and to ${then.owner} in the backup`];
}

/** Without what goes and comes with something else that is named. */
function named(index: EntryIndex, entries: readonly SchemaEntry[]): SchemaEntry[] {
  const all = new Set(entries);
  return entries.filter((entry) => {
    if (isAttribute(entry) || index.viewOf(entry)) return false;
    const owner = ownerOf(index, entry);
    return !isPart(entry) || !owner || !all.has(owner);
  });
}

/** What came since and does not come back: objects, less their parts. */
export function lostEntries({ today, target }: Replacement): SchemaEntry[] {
  const lost = new Set(target.lost);
  return target.lost.filter((entry) => {
    if (isAttribute(entry)) return false;
    const owner = ownerOf(today.index, entry);
    const ofTable =
      entry.kind === 'SEQUENCE' && today.index.dependencies(entry).some((each) => lost.has(each));
    return !ofTable && (!isPart(entry) || !owner || !lost.has(owner));
  });
}

type OfReplacement = Pick<PlannedSchema, 'replacement' | 'changes'>;

/** What cannot be replaced, or would not come back although the backup has it. */
export function unreplaced({ replacement, changes: { leftOut } }: OfReplacement): Drift[] {
  if (!replacement) return [];
  const unmakeable = leftOut
    .filter(({ entry }) => replacement.target.returning.has(entry) && entry.kind !== 'TABLE')
    .map(({ entry, reason }) => ({
      table: describeEntry(entry),
      difference: `has to be made again and cannot be, because ${reason}`,
    }));
  return [...replacement.stuck, ...unmakeable];
}

/** The differences of tables that are replaced, and the others. */
export function splitReplaced(
  drift: readonly Drift[],
  { replacement }: Pick<OfReplacement, 'replacement'>,
): [Drift[], Drift[]] {
  const names = new Set(droppedRelations({ replacement }).map(displayName));
  return [drift.filter(({ table }) => names.has(table)), drift.filter(({ table }) => !names.has(table))];
}

/** What is made that is missing today; what is dropped and made again is not. */
export function createdEntries({ replacement, changes }: OfReplacement): SchemaEntry[] {
  return changes.create.filter((entry) => !replacement?.target.returning.has(entry));
}

/** Relations that are dropped. */
export function droppedRelations({ replacement }: Pick<OfReplacement, 'replacement'>): QualifiedName[] {
  return (replacement?.dropped ?? []).filter(isRelation).map(relationName);
}

/** Tables that are dropped with rows. */
export function droppedTables(plan: Plan): QualifiedName[] {
  if (plan.mode !== 'in-place') return [];
  // The rows of a partitioned table are in its partitions.
  return (plan.schema.replacement?.dropped ?? [])
    .filter((entry) => entry.kind === 'TABLE' && !isPartitioned(entry))
    .map(relationName);
}

export function replacesTables({ replacement }: OfReplacement): boolean {
  return replacement?.dropped.some(({ kind }) => kind === 'TABLE') ?? false;
}

/** Foreign keys that are still there when tables are emptied. */
export function withoutDropped(keys: TableConstraint[], { replacement }: OfReplacement): TableConstraint[] {
  const dropped = replacement?.dropped.filter(({ kind }) => kind === 'FK CONSTRAINT') ?? [];
  const names = new Set(dropped.map(nameKey));
  return keys.filter(
    ({ table, name }) => !names.has(nameKey({ schema: table.schema, name: `${table.name} ${name}` })),
  );
}

const relationKinds = new Set(['TABLE', 'VIEW', 'MATERIALIZED VIEW']);
const isRelation = ({ kind }: SchemaEntry): boolean => relationKinds.has(kind);

import { HoldfastError } from '../../base/errors.ts';
import type { Drift } from '../../contract/drift.ts';
import type { Manifest, ManifestTable } from '../../format/manifest.ts';
import { displayName, quoteName, type QualifiedName } from '../../postgres/identifiers.ts';
import { readLiveColumns, readNamedTypes } from '../../postgres/inspect/column-types.ts';
import type { LiveRelation } from '../../postgres/inspect/relations.ts';
import { readPartitioning, readPrimaryKeys } from '../../postgres/inspect/table-forms.ts';
import type { Session } from '../../postgres/wire/session.ts';
import type { Adaptation } from '../adapt/adapt.ts';
import { enumsThen, typeThen } from '../adapt/enums.ts';
import { fitTable } from '../adapt/fit-table.ts';
import { namedType } from '../adapt/named-type.ts';
import { relationName } from '../entries/identity.ts';
import { isPartitioned } from '../entries/named-tables.ts';
import { uniqueKeysOf } from '../entries/unique-keys.ts';
import { requireNamedTables, wishesOf } from '../adapt/wishes.ts';
import { withDescendants } from '../entries/selection.ts';
import type { RestoreRequest } from '../requests.ts';
import { compareTables, type Attachment } from './drift.ts';

/** Which live table the rows of each table go into, and how. */
export interface MatchedTables {
  present: Map<ManifestTable, LiveRelation>;
  /** Why rows cannot go where they should. */
  drift: Drift[];
  /** Tables of another form than in the backup; empty unless that is asked for. */
  adaptations: Map<ManifestTable, Adaptation>;
}

/** @throws INVALID_REQUEST for wishes that name what there is not */
export async function matchTables(
  session: Session,
  relations: readonly LiveRelation[],
  tables: readonly ManifestTable[],
  attachments: readonly Attachment[],
  { manifest, request }: { manifest: Manifest; request: RestoreRequest },
): Promise<MatchedTables> {
  const { present, drift, detached } = await compareTables(session, relations, tables, attachments);
  if (request.onDrift !== 'adapt') return { present, drift, adaptations: new Map() };
  const asked = request.adapt ?? {};
  const zone = await knownZone(session, asked.timestampZone ?? null);
  const fillable = new Map([...present].filter(([, { kind }]) => kind === 'r' || kind === 'p'));
  requireNamedTables(asked, fillable.keys());
  const oids = [...fillable.values()].map(({ oid }) => oid);
  const columns = await readLiveColumns(session, oids);
  const keys = await readPrimaryKeys(session, oids);
  const partitioning = await readPartitioning(session, oids);
  const types = await typesThen(session, manifest, [...fillable.keys()]);
  const found: MatchedTables = { present, drift: [], adaptations: new Map() };
  for (const [table, relation] of present) {
    const why = (difference: string): void =>
      void found.drift.push({ table: displayName(table), difference });
    const partitions = partitioning.get(relation.oid) ?? null;
    if (!fillable.has(table)) found.drift.push(...drift.filter((each) => each.table === displayName(table)));
    const lost = detached.get(table) ?? [];
    found.drift.push(...lost);
    if (!fillable.has(table) || lost.length > 0) continue;
    const obstacle = partitions && obstacleIn(relation, relations, new Set(present.values()));
    if (obstacle) {
      why(`is partitioned in the database, ${obstacle}`);
      continue;
    }
    const live = columns.get(relation.oid) ?? [];
    const fitting = await fitTable(
      { table, uniqueKeys: uniqueKeysOf(manifest, table) },
      {
        target: { schema: relation.schema, name: relation.name },
        columns: live,
        partitioning: partitions,
        primaryKey: keys.get(relation.oid) ?? [],
      },
      { session, wishes: wishesOf(table, live, asked), zone, typeThen: types },
    );
    if (!fitting) continue;
    if ('reasons' in fitting) fitting.reasons.forEach(why);
    else if (table.kind === 'extension-config')
      why('is a table of an extension, whose version decides its form');
    else if (table.loadVia) why('is filled by way of its partitioned table, and has another form today');
    else found.adaptations.set(table, fitting.adaptation);
  }
  found.drift.push(...lostPartitions(manifest, relations, tables, present, await rootColumns()));
  return found;

  async function rootColumns(): Promise<Map<string, string[]>> {
    const roots = relations.filter(({ kind }) => kind === 'p');
    const all = await readLiveColumns(
      session,
      roots.map(({ oid }) => oid),
    );
    return new Map(
      roots.map((root) => [
        quoteName(root),
        (all.get(root.oid) ?? []).map(({ name, type }) => `${name} ${type.text}`),
      ]),
    );
  }
}

/** @throws INVALID_REQUEST for a zone that the server does not know */
async function knownZone(session: Session, zone: string | null): Promise<string | null> {
  if (zone === null) return null;
  const rows = await session.query(
    `select from pg_catalog.pg_timezone_names z where z.name = $1::pg_catalog.text and z.name ~ '^[A-Za-z0-9_+/-]+$'`,
    [zone],
  );
  if (rows.length > 0) return zone;
  throw new HoldfastError('INVALID_REQUEST', `timestampZone: the server knows no time zone "${zone}".`, {
    hint: 'Its names are in pg_timezone_names: UTC, Europe/Berlin.',
  });
}

async function typesThen(
  session: Session,
  manifest: Manifest,
  tables: readonly ManifestTable[],
): Promise<(text: string) => ReturnType<typeof typeThen>> {
  const texts = new Set(tables.flatMap(({ columns }) => columns.map(({ type }) => type)));
  for (const text of texts) if (text.endsWith('[]')) texts.add(text.slice(0, -2));
  const live = await readNamedTypes(session, [...texts].map(namedType));
  const enums = enumsThen(manifest);
  return (text) => typeThen(text, live, enums);
}

/** Why rows cannot be spread over the partitions of a table; a clause. */
function obstacleIn(
  root: LiveRelation,
  relations: readonly LiveRelation[],
  filled: ReadonlySet<LiveRelation>,
): string | undefined {
  const below = withDescendants(new Set([root]), relations);
  below.delete(root);
  for (const each of below) {
    if (each.kind === 'f') return `and its partition ${displayName(each)} is a foreign table`;
    if (filled.has(each)) return `and its partition ${displayName(each)} is a table of its own in the backup`;
  }
  return undefined;
}

/** Partitions that are missing, and cannot come back because what they were part of is another table today. */
function lostPartitions(
  manifest: Manifest,
  relations: readonly LiveRelation[],
  tables: readonly ManifestTable[],
  present: ReadonlyMap<ManifestTable, LiveRelation>,
  rootColumns: ReadonlyMap<string, string[]>,
): Drift[] {
  const live = new Map(relations.map((relation) => [quoteName(relation), relation]));
  const roots = new Set(
    manifest.schema.entries.filter(isPartitioned).map((entry) => quoteName(relationName(entry))),
  );
  const problem = (table: ManifestTable, root: QualifiedName): string | undefined => {
    const now = live.get(quoteName(root));
    if (!now || !roots.has(quoteName(root))) return undefined;
    if (now.kind !== 'p') return `was a partition of ${displayName(root)}, which is not partitioned today`;
    const then = table.columns.map(({ name, type }) => `${name} ${type}`).toSorted();
    const same = JSON.stringify(rootColumns.get(quoteName(root))?.toSorted()) === JSON.stringify(then);
    return same ? undefined : `is missing, and ${displayName(root)} has another form today`;
  };
  return tables
    .filter((table) => !present.has(table))
    .flatMap((table) =>
      table.ancestors.flatMap((root) => {
        const difference = problem(table, root);
        return difference === undefined ? [] : [{ table: displayName(table), difference }];
      }),
    );
}

/** A table of the backup as it is locked and emptied: with its partitions where it is partitioned today. */
export function filledName(table: ManifestTable, adaptations: MatchedTables['adaptations']): string {
  return `${adaptations.get(table)?.partitioned ? '' : 'only '}${quoteName(table)}`;
}

/** The live tables that are emptied and filled, with the partitions of those that are partitioned today. */
export function withPartitions(
  present: ReadonlyMap<unknown, LiveRelation>,
  relations: readonly LiveRelation[],
): Set<LiveRelation> {
  const roots = [...present.values()].filter(({ kind }) => kind === 'p');
  return new Set([...present.values(), ...withDescendants(new Set(roots), relations)]);
}

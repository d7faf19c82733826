import { HoldfastError } from '../../base/errors.ts';
import type { Drift } from '../../contract/drift.ts';
import type { Manifest, ManifestTable } from '../../format/manifest.ts';
import { displayName, quoteName } from '../../postgres/identifiers.ts';
import { readReferenceKeys } from '../../postgres/inspect/references.ts';
import { readColumns, readRelations, type LiveRelation } from '../../postgres/inspect/relations.ts';
import { readUniqueKeys } from '../../postgres/inspect/unique-keys.ts';
import type { Session } from '../../postgres/wire/session.ts';
import { compareTables } from '../plan/drift.ts';
import type { RowReference, RowTable } from './rows.ts';

/** The tables of a backup as they are live, and the foreign keys between them. */
export interface LiveTables {
  /** By the oids of a table and of its partitions. */
  byOid: ReadonlyMap<number, RowTable>;
  references: RowReference[];
  /** The live table that takes the rows of a table of the backup. @throws ROWS_UNFIT where there is none */
  holding(part: ManifestTable): RowTable;
  /** What keeps the rows of a table from fitting. */
  driftOf(table: RowTable): Promise<Drift[]>;
  /** Whether this role sees all rows of a table and may read it. */
  hidden(table: RowTable): 'unreadable' | 'row security' | undefined;
}

export async function readLiveTables(
  session: Session,
  manifest: Pick<Manifest, 'tables'>,
): Promise<LiveTables> {
  const relations = await readRelations(session);
  const byName = new Map(relations.map((relation) => [quoteName(relation), relation]));
  const known = new Map(relations.map((relation) => [relation.oid, relation]));
  const rootOf = (relation: LiveRelation): LiveRelation => {
    const above = relation.parents.map((oid) => known.get(oid)).find((parent) => parent?.kind === 'p');
    return above ? rootOf(above) : relation;
  };
  // Also those that the backup does not have: rows may refer to theirs.
  const holds = new Map<LiveRelation, ManifestTable[]>(
    relations
      .filter((relation) => (relation.kind === 'r' || relation.kind === 'p') && rootOf(relation) === relation)
      .map((relation) => [relation, []]),
  );
  for (const table of manifest.tables) {
    if (table.kind !== 'table') continue;
    const names = [table, ...table.ancestors].map(quoteName);
    const live = byName.get(names[0]!);
    // A partition that is gone: its rows go where the partitioned table puts them.
    const place = live ?? names.map((name) => byName.get(name)).find((each) => each?.kind === 'p');
    if (place) holds.get(rootOf(place))?.push(table);
  }
  const oids = [...holds.keys()].map(({ oid }) => oid);
  const [columns, keys] = [await readColumns(session, oids), await readUniqueKeys(session, oids)];
  const byOid = new Map<number, RowTable>();
  const tableOf = new Map<LiveRelation, RowTable>();
  for (const [root, parts] of holds) {
    const stored = columns.get(root.oid)!.filter(({ generated }) => generated === null);
    const names = new Set(stored.map(({ name }) => name));
    const usable = keys.get(root.oid)!.filter((key) => key.columns.every((name) => names.has(name)));
    tableOf.set(root, {
      schema: root.schema,
      name: root.name,
      oid: root.oid,
      partitioned: root.kind === 'p',
      relations: [root.oid],
      parts,
      columns: stored,
      keys: usable,
      key: usable.find(({ nullable }) => !nullable),
    });
  }
  for (const relation of relations) {
    const table = tableOf.get(rootOf(relation));
    if (!table) continue;
    byOid.set(relation.oid, table);
    if (relation.oid !== table.oid) table.relations.push(relation.oid);
  }
  const has = ({ columns: own }: RowTable, names: readonly string[]): boolean =>
    names.every((name) => own.some((column) => column.name === name));
  return {
    byOid,
    references: (await readReferenceKeys(session)).flatMap((key) => {
      const [from, to] = [byOid.get(key.child), byOid.get(key.parent)];
      return from && to && has(from, key.columns) && has(to, key.referenced) ? [{ ...key, from, to }] : [];
    }),
    holding(part) {
      const found = [...tableOf.values()].find((table) => table.parts.includes(part));
      if (found) return found;
      throw new HoldfastError(
        'ROWS_UNFIT',
        `${displayName(part)} is no table of this database any more, so it takes no rows.`,
        { hint: 'Restore the whole table: that makes it again.' },
      );
    },
    async driftOf({ parts }) {
      const { drift, present } = await compareTables(session, relations, parts, []);
      const gone = parts.filter((part) => !present.has(part)).map(displayName);
      return [
        ...drift,
        ...gone.map((table) => ({ table, difference: 'is in the backup and not in the database' })),
      ];
    },
    hidden({ relations: own }) {
      const live = own.map((oid) => known.get(oid)!);
      if (live.some(({ readable }) => !readable)) return 'unreadable';
      return live.some(({ rowSecurityActive }) => rowSecurityActive) ? 'row security' : undefined;
    },
  };
}

import type { ManifestColumn, ManifestTable } from '../../format/manifest.ts';
import { displayName, quoteName, type QualifiedName } from '../../postgres/identifiers.ts';
import { readColumns, type LiveRelation } from '../../postgres/inspect/relations.ts';
import type { Session } from '../../postgres/wire/session.ts';
import { ancestorsOf } from '../../postgres/inspect/ancestors.ts';
import type { Drift } from '../../contract/drift.ts';

/** A table that the restore attaches to a partitioned table. */
export interface Attachment {
  child: QualifiedName;
  parent: QualifiedName;
}

export interface ComparedTables {
  present: Map<ManifestTable, LiveRelation>;
  drift: Drift[];
  /** What a table was part of and is not any more, whatever kind of relation it is now. */
  detached: Map<ManifestTable, Drift[]>;
}

/**
 * Finds the live relation of each table and how it differs. A table that the restore will attach as in the backup counts
 * as attached.
 */
export async function compareTables(
  session: Session,
  relations: readonly LiveRelation[],
  tables: readonly ManifestTable[],
  attachments: readonly Attachment[],
): Promise<ComparedTables> {
  const byName = new Map(relations.map((relation) => [quoteName(relation), relation]));
  const present = new Map<ManifestTable, LiveRelation>();
  for (const table of tables) {
    const relation = byName.get(quoteName(table));
    if (relation) present.set(table, relation);
  }
  const columns = await readColumns(
    session,
    [...present.values()].map((relation) => relation.oid),
  );
  const byOid = new Map(relations.map((relation) => [relation.oid, relation]));
  const above = (relation: LiveRelation): QualifiedName[] => {
    const found = new Map<string, QualifiedName>();
    const climb = (from: QualifiedName): void => {
      const live = byName.get(quoteName(from));
      const parents = attachments
        .filter(({ child }) => quoteName(child) === quoteName(from))
        .map(({ parent }) => parent);
      for (const ancestor of [...(live ? ancestorsOf(live, byOid) : []), ...parents]) {
        if (found.has(quoteName(ancestor))) continue;
        found.set(quoteName(ancestor), ancestor);
        climb(ancestor);
      }
    };
    climb(relation);
    return [...found.values()];
  };
  const drift = [...present].flatMap(([table, relation]) =>
    tableDrift(table, relation, columns.get(relation.oid) ?? [], above(relation)),
  );
  const detached = new Map(
    [...present].map(([table, relation]) => [table, detachedFrom(table, above(relation))]),
  );
  return { present, drift, detached };
}

const kindWords: Record<LiveRelation['kind'], string> = {
  r: 'a table',
  p: 'a partitioned table',
  v: 'a view',
  m: 'a materialized view',
  f: 'a foreign table',
};

/**
 * The differences between a table of the backup and the live relation of its name that decide whether the rows fit and
 * mean the same. The order of columns does not matter. Neither does nullability: rows that violate it make the restore
 * fail and roll back.
 */
export function tableDrift(
  table: ManifestTable,
  relation: LiveRelation,
  columns: readonly ManifestColumn[],
  ancestors: readonly QualifiedName[],
): Drift[] {
  const name = displayName(table);
  if (relation.kind !== 'r') {
    return [
      { table: name, difference: `is ${kindWords[relation.kind]} in the database and a table in the backup` },
    ];
  }
  const drift: Drift[] = detachedFrom(table, ancestors);
  const add = (difference: string, column?: Drift['column']): void => {
    drift.push({ table: name, difference, ...(column ? { column } : {}) });
  };
  const live = new Map(columns.map((column) => [column.name, column]));
  for (const column of table.columns) {
    const now = live.get(column.name);
    const label = `column "${column.name}"`;
    if (!now) {
      add(`${label} (${column.type}) is in the backup and not in the database`, {
        name: column.name,
        is: 'missing',
      });
      continue;
    }
    const different = { name: column.name, is: 'different' } as const;
    if (now.type !== column.type) {
      add(`${label} is ${now.type} in the database and ${column.type} in the backup`, different);
    }
    if (now.generated !== column.generated) {
      add(
        `${label} is ${generation(now)} in the database and ${generation(column)} in the backup`,
        different,
      );
    }
    if (now.collation !== column.collation) {
      add(
        `${label} has collation ${now.collation ?? 'of its type'} in the database and ${column.collation ?? 'of its type'} in the backup`,
        different,
      );
    }
  }
  const known = new Set(table.columns.map((column) => column.name));
  for (const column of columns) {
    if (!known.has(column.name)) {
      add(`column "${column.name}" (${column.type}) is in the database and not in the backup`, {
        name: column.name,
        is: 'new',
      });
    }
  }
  return drift;
}

function detachedFrom(table: ManifestTable, ancestors: readonly QualifiedName[]): Drift[] {
  // Its rows would not be visible in that table any more.
  const above = new Set(ancestors.map(displayName));
  return table.ancestors
    .map(displayName)
    .filter((ancestor) => !above.has(ancestor))
    .map((ancestor) => ({
      table: displayName(table),
      difference: `is part of ${ancestor} in the backup and not in the database`,
    }));
}

function generation(column: ManifestColumn): string {
  return column.generated === null ? 'an ordinary column' : `generated (${column.generated})`;
}

import type { ManifestTable } from '../format/manifest.ts';
import { displayName, type QualifiedName } from '../postgres/identifiers.ts';
import type { LiveRelation } from '../postgres/introspection.ts';
import type { ManifestColumn } from '../format/manifest.ts';
import type { Drift } from './requests.ts';

const kindWords: Record<LiveRelation['kind'], string> = {
  r: 'a table',
  p: 'a partitioned table',
  v: 'a view',
  m: 'a materialised view',
  f: 'a foreign table',
};

/**
 * What differs between a table of the backup and the live one of its name, as far as it decides whether the
 * rows fit and mean the same. Column order does not matter, and neither does nullability: rows that
 * do not fit make the restore fail, and roll back.
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
  const differences: string[] = [];
  // Its rows would no longer show where they did.
  const above = new Set(ancestors.map(displayName));
  for (const ancestor of table.ancestors.map(displayName)) {
    if (!above.has(ancestor))
      differences.push(`is part of ${ancestor} in the backup and not in the database`);
  }
  const live = new Map(columns.map((column) => [column.name, column]));
  for (const column of table.columns) {
    const now = live.get(column.name);
    const label = `column "${column.name}"`;
    if (!now) {
      differences.push(`${label} (${column.type}) is in the backup and not in the database`);
      continue;
    }
    if (now.type !== column.type) {
      differences.push(`${label} is ${now.type} in the database and ${column.type} in the backup`);
    }
    if (now.generated !== column.generated) {
      differences.push(
        `${label} is ${generation(now)} in the database and ${generation(column)} in the backup`,
      );
    }
    if (now.collation !== column.collation) {
      differences.push(
        `${label} has collation ${now.collation ?? 'of its type'} in the database and ${column.collation ?? 'of its type'} in the backup`,
      );
    }
  }
  const known = new Set(table.columns.map((column) => column.name));
  for (const column of columns) {
    if (!known.has(column.name)) {
      differences.push(`column "${column.name}" (${column.type}) is in the database and not in the backup`);
    }
  }
  return differences.map((difference) => ({ table: name, difference }));
}

function generation(column: ManifestColumn): string {
  return column.generated === null ? 'an ordinary column' : `generated (${column.generated})`;
}

import type { SchemaEntry } from '../../format/manifest.ts';
import type { BackupWarnings } from './warnings.ts';
import { describeEntry } from '../entries/identity.ts';

/**
 * Takes what cannot be made without Holdfast's own tables out of a backup's definitions, for no backup holds those: a
 * view for monitoring, a foreign key, a function that reads them. A table is always kept, because it has rows.
 */
export function withoutOwnTables(
  entries: readonly SchemaEntry[],
  dependents: ReadonlySet<string>,
  warnings: BackupWarnings,
): { entries: SchemaEntry[]; leftOut: { kind: string; schema: string | null; name: string; sql: string }[] } {
  const left = new Map<number, SchemaEntry>();
  for (const entry of entries) {
    const itself = entry.oid !== 0 && dependents.has(`${entry.catalogOid} ${entry.oid}`);
    const hangsOn = entry.dependsOn.some((id) => left.has(id));
    if (!itself && !hangsOn) continue;
    const object = describeEntry(entry);
    if (entry.kind === 'TABLE') {
      warnings.add({
        code: 'OWN_TABLES_NEEDED',
        object,
        message: `${object} is defined by means of Holdfast's own tables, which no backup holds: a restore will fail to create it where they are not.`,
      });
      continue;
    }
    left.set(entry.id, entry);
    if (hangsOn) continue;
    warnings.add({
      code: 'OWN_TABLES_NEEDED',
      object,
      message: `${object} needs Holdfast's own tables, which no backup holds. Restores leave it out, with what hangs on it; make it again after them.`,
    });
  }
  return {
    entries: entries.filter((entry) => !left.has(entry.id)),
    leftOut: [...left.values()].map(({ kind, schema, name, sql }) => ({ kind, schema, name, sql })),
  };
}

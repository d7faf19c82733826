import type { SchemaEntry } from '../../format/manifest.ts';
import { latePhase } from '../../postgres/pg-dump/kinds.ts';
import { attachOrder } from '../entries/attach-order.ts';
import type { RestoreScope } from '../entries/scope.ts';
import { isLate } from '../entries/sql.ts';
import type { PlannedSchema } from './planned-schema.ts';

/** When the missing entries are created, in a restore in place. */
export interface CreationOrder {
  beforeData: SchemaEntry[];
  /** After the tables are emptied, before rows are loaded. */
  beforeRows: SchemaEntry[];
  afterData: SchemaEntry[];
  /** After the existing foreign keys: row security, under which no key could be validated, and grants. */
  afterForeignKeys: SchemaEntry[];
  /** Refreshes, which need the grants, and event triggers, which would fire for everything before them. */
  last: SchemaEntry[];
}

export function creationOrder({ backup, changes }: PlannedSchema, scope: RestoreScope): CreationOrder {
  const before = changes.create.filter((entry) => entry.section === 'pre-data' && !isLate(entry));
  const early = new Set(before);
  const after = changes.create.filter((entry) => !early.has(entry));
  const viaParent = new Set(scope.tables.filter((table) => table.loadVia).map((table) => table.entryId));
  const late = lateEntries(after);
  const order = attachOrder(
    backup,
    changes.create,
    after.filter((entry) => !late.has(entry)),
    (table) => viaParent.has(table.id),
  );
  const isLast = ({ kind, name }: SchemaEntry): boolean => latePhase(kind, name) === 'after grants';
  return {
    beforeData: before.filter((entry) => !order.deferred.has(entry)),
    beforeRows: order.beforeData,
    afterData: order.afterData,
    afterForeignKeys: [...late].filter((entry) => !isLast(entry)),
    last: [...late].filter(isLast),
  };
}

/** Foreign keys and the kinds after them, with everything that depends on them; in order. */
function lateEntries(entries: readonly SchemaEntry[]): Set<SchemaEntry> {
  const late = new Set<SchemaEntry>();
  const ids = new Set<number>();
  for (const entry of entries) {
    const itself = entry.kind === 'FK CONSTRAINT' || isLate(entry);
    if (!itself && !entry.dependsOn.some((id) => ids.has(id))) continue;
    late.add(entry);
    ids.add(entry.id);
  }
  return late;
}

/** The schemas that these entries create anything in. */
export function schemasOf(entries: readonly SchemaEntry[]): string[] {
  return [...new Set(entries.flatMap(({ schema }) => schema ?? []))];
}

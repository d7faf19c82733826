import { HoldfastError } from '../base/errors.ts';
import type { SchemaEntry } from '../format/manifest.ts';
import { addConstraint, readLackingChecks } from '../postgres/constraints.ts';
import { displayName } from '../postgres/identifiers.ts';
import { latePhase } from '../postgres/pg-dump-kinds.ts';
import type { Session } from '../postgres/session.ts';
import { attachOrder } from './attach-order.ts';
import type { Attachment } from './drift.ts';
import { isLate } from './entry-sql.ts';
import type { PlannedSchema } from './planned-schema.ts';
import { runEntry, type Rebuild } from './rebuild.ts';
import type { RestoreScope } from './restore-scope.ts';

const checkViolation = '23514';

/** When the missing entries are created, in a restore in place. */
export interface CreationOrder {
  beforeData: SchemaEntry[];
  /** When the tables are empty, and before the rows come. */
  beforeRows: SchemaEntry[];
  afterData: SchemaEntry[];
  /** With the foreign keys that were there, on these: row security, under which no key could be proved, and grants. */
  afterForeignKeys: SchemaEntry[];
  /** Refreshes, which need grants, and event triggers, which would see what comes before them. */
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

/** Foreign keys and what comes after them, with what hangs on it; in order. */
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

/** PostgreSQL speaks of a violated constraint where rows are in another partition. */
function attachFailure(error: unknown, { parent, child }: Attachment): unknown {
  if (!(error instanceof HoldfastError) || error.details?.['sqlState'] !== checkViolation) return error;
  return new HoldfastError(error.code, error.message, {
    cause: error,
    hint: `Everything was rolled back. Rows that belong in ${displayName(child)} went elsewhere meanwhile, such as into the default partition. Restore ${displayName(parent)} with all its partitions, or move these rows away first.`,
    details: error.details,
  });
}

/**
 * pg_dump leaves it to the parent to give a partition the constraints that are NOT VALID. One that is attached to a
 * parent which has them must have them first.
 */
async function addLackingChecks(session: Session, { parent, child }: Attachment): Promise<void> {
  for (const constraint of await readLackingChecks(session, parent, child)) {
    await session.execute(addConstraint(constraint));
  }
}

export async function runEntries(
  session: Session,
  entries: readonly SchemaEntry[],
  rebuild: Rebuild,
  attachments: ReadonlyMap<SchemaEntry, Attachment> = new Map(),
): Promise<void> {
  for (const entry of entries) {
    const attachment = attachments.get(entry);
    if (!attachment) {
      await runEntry(session, entry, rebuild);
      continue;
    }
    await addLackingChecks(session, attachment);
    await runEntry(session, entry, rebuild).catch((error: unknown) => {
      throw attachFailure(error, attachment);
    });
  }
}

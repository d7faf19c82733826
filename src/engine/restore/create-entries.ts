import { HoldfastError } from '../../base/errors.ts';
import type { SchemaEntry } from '../../format/manifest.ts';
import { addConstraint, readLackingChecks } from '../../postgres/inspect/constraints.ts';
import { displayName } from '../../postgres/identifiers.ts';
import { sqlState } from '../../postgres/failure.ts';
import type { Session } from '../../postgres/wire/session.ts';
import { entrySql } from '../entries/sql.ts';
import type { Attachment } from '../plan/drift.ts';
import { createEntry, type Rebuild } from './rebuild.ts';

const checkViolation = '23514';
const entriesPerBatch = 100;

/** PostgreSQL reports a violated constraint when rows are in another partition. */
function attachFailure(error: unknown, { parent, child }: Attachment): unknown {
  if (!(error instanceof HoldfastError) || error.details?.['sqlState'] !== checkViolation) return error;
  return new HoldfastError(error.code, error.message, {
    cause: error,
    hint: `Everything was rolled back. Rows that belong in ${displayName(child)} went elsewhere meanwhile, such as into the default partition. Restore ${displayName(parent)} with all its partitions, or move these rows away first.`,
    details: error.details,
  });
}

/**
 * pg_dump writes NOT VALID constraints for the parent only. A partition must have them before it is attached to a parent
 * that has them.
 */
async function addLackingChecks(session: Session, { parent, child }: Attachment): Promise<void> {
  for (const constraint of await readLackingChecks(session, parent, child)) {
    await session.execute(addConstraint(constraint));
  }
}

/**
 * Creates the objects of these entries, in order: one by one inside a transaction, in batches outside one.
 * @param attachments of the entries that attach a partition
 * @throws an error that names the entry
 */
export async function createEntries(
  session: Session,
  entries: readonly SchemaEntry[],
  rebuild: Rebuild,
  attachments: ReadonlyMap<SchemaEntry, Attachment> = new Map(),
): Promise<void> {
  if (!rebuild.inTransaction) return createInBatches(session, entries, rebuild);
  for (const entry of entries) {
    const attachment = attachments.get(entry);
    if (!attachment) {
      await createEntry(session, entry, rebuild);
      continue;
    }
    await addLackingChecks(session, attachment);
    await createEntry(session, entry, rebuild).catch((error: unknown) => {
      throw attachFailure(error, attachment);
    });
  }
}

async function createInBatches(
  session: Session,
  entries: readonly SchemaEntry[],
  rebuild: Rebuild,
): Promise<void> {
  let batch: SchemaEntry[] = [];
  for (const entry of entries) {
    // A refresh may take long and has its own settings.
    const alone = entry.kind === 'MATERIALIZED VIEW DATA';
    if (alone || batch.length === entriesPerBatch) {
      await createTogether(session, batch, rebuild);
      batch = [];
    }
    if (alone) await createEntry(session, entry, rebuild);
    else batch.push(entry);
  }
  await createTogether(session, batch, rebuild);
}

/** Creates entries in one round trip; if that fails, one by one, to name the entry that fails. Outside a transaction. */
export async function createTogether(
  session: Session,
  entries: readonly SchemaEntry[],
  rebuild: Rebuild,
): Promise<void> {
  const sql = entries.map((entry) => entrySql(entry, rebuild.request.owners)).join('\n');
  if (sql.trim() === '') return;
  try {
    // One simple query is one transaction: what fails has changed nothing.
    await session.execute(sql);
  } catch (error) {
    if (sqlState(error) === undefined) throw error;
    for (const entry of entries) await createEntry(session, entry, rebuild);
  }
}

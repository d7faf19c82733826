import { HoldfastError } from '../../base/errors.ts';
import type { SchemaEntry } from '../../format/manifest.ts';
import { addConstraint, readLackingChecks } from '../../postgres/inspect/constraints.ts';
import { displayName } from '../../postgres/identifiers.ts';
import type { Session } from '../../postgres/wire/session.ts';
import type { Attachment } from '../plan/drift.ts';
import { runEntry, type Rebuild } from './rebuild.ts';

const checkViolation = '23514';

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

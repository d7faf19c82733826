import { HoldfastError } from '../../base/errors.ts';
import { changedSchemas, readSchemaVersions } from '../../postgres/inspect/held-names.ts';
import type { DumpedSchema } from '../../postgres/pg-dump/pg-dump.ts';
import type { BackupSnapshot } from './snapshot.ts';

/** How often the definitions are read if schemas are altered meanwhile. */
const attempts = 3;

/**
 * pg_dump reads names under the snapshot, and definitions that name other objects as these are called right then: a
 * schema that is renamed meanwhile leaves it with both names in one definition. Then it is read again, as long as the
 * schemas still have the names that the snapshot shows.
 */
export async function confirmedSchema(snapshot: BackupSnapshot): Promise<DumpedSchema> {
  const { lead, readSchemaAgain } = snapshot;
  let before = snapshot.schemaVersions;
  let dumped = await snapshot.schema;
  for (let attempt = 1; ; attempt++) {
    const after = await readSchemaVersions(lead);
    const changed = changedSchemas(before, after);
    if (changed.length === 0) return dumped;
    if (attempt === attempts || changed.some((name) => after.get(name) === null)) {
      throw new HoldfastError(
        'TABLE_VANISHED',
        `Schemas were renamed or altered while their definitions were read: ${changed.join(', ')}.`,
        { details: { schemas: changed } },
      );
    }
    before = after;
    dumped = await readSchemaAgain();
  }
}

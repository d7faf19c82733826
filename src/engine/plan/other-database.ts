import type { ManifestSource } from '../../format/manifest.ts';
import type { DatabaseIdentity } from '../../postgres/database-identity.ts';

/** A sentence that says how the database of a backup differs from this one; null if it is this one. */
export function otherDatabase(source: ManifestSource, live: DatabaseIdentity): string | null {
  const of = `The backup is of the database "${source.database}"`;
  const known = source.systemIdentifier !== '' && live.systemIdentifier !== '';
  if (known && source.systemIdentifier !== live.systemIdentifier) {
    return `${of} on another server (system identifier ${source.systemIdentifier}), and this is "${live.database}" on ${live.systemIdentifier}.`;
  }
  // Older backups have only the name.
  const { databaseOid } = source;
  if (databaseOid === undefined || databaseOid === null) {
    return source.database === live.database ? null : `${of}, and this is "${live.database}".`;
  }
  if (databaseOid === live.databaseOid) return null;
  return source.database === live.database
    ? `${of} as it was before it was dropped or replaced: this one was created later under the same name.`
    : `${of}, and this is "${live.database}".`;
}

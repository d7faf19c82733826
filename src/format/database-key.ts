import type { ManifestSource } from './manifest.ts';

/**
 * Which database a backup is of: `system identifier/oid`. The oid stays with a database that is renamed; older backups have the name
 * in its place. The identifier is empty where the role may not read it.
 */
export function databaseKeyOf({ systemIdentifier, databaseOid, database }: ManifestSource): string {
  return `${systemIdentifier}/${databaseOid ?? database}`;
}

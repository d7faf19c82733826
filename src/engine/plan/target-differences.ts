import { HoldfastError } from '../../base/errors.ts';
import type { Manifest, SchemaEntry } from '../../format/manifest.ts';
import { quoteLiteral } from '../../postgres/identifiers.ts';
import type { Session } from '../../postgres/wire/session.ts';
import { mapRoles } from '../entries/map-roles.ts';
import { describeEntry } from '../entries/identity.ts';
import { tablespaceOf, tablespacesOf, withoutTablespaces } from '../entries/tablespaces.ts';
import type { RestoreRequest } from '../requests.ts';

/** A backup as it is to be on a server that lacks something of its own. */
export interface Adapted {
  manifest: Manifest;
  /** Tablespaces of the backup that the server lacks. */
  missingTablespaces: string[];
  /** What is in the default tablespace instead, for people; by the ids of entries. */
  moved: ReadonlyMap<number, string>;
}

/**
 * What was asked for where the server is not like the source: other roles, the default tablespace, the versions of extensions.
 * @throws INVALID_REQUEST for a role to be mapped that the backup does not name
 */
export async function adaptToServer(
  session: Session,
  manifest: Manifest,
  { roleMap = {}, onMissingTablespace, extensionVersions }: RestoreRequest,
): Promise<Adapted> {
  const known = rolesOf(manifest);
  const unknown = Object.keys(roleMap).filter((role) => !known.has(role));
  if (unknown.length > 0) {
    throw new HoldfastError(
      'INVALID_REQUEST',
      `The backup does not name these roles: ${unknown.join(', ')}.`,
      {
        hint: `It names ${[...known].toSorted().join(', ')}.`,
      },
    );
  }
  const mapped = mapRoles(manifest, roleMap);
  const missingTablespaces = await readMissingTablespaces(session, tablespacesOf(manifest.schema.entries));
  const absent = onMissingTablespace === 'default' ? missingTablespaces : [];
  const moved = new Map<number, string>();
  for (const entry of absent.length === 0 ? [] : manifest.schema.entries) {
    const tablespace = tablespaceOf(entry);
    if (tablespace === undefined || !absent.includes(tablespace)) continue;
    moved.set(
      entry.id,
      `tablespace ${tablespace} of ${describeEntry(entry)}: the server has none of that name`,
    );
  }
  const placed = withoutTablespaces(mapped, absent);
  return {
    manifest: extensionVersions === 'same' ? withVersions(placed) : placed,
    missingTablespaces,
    moved,
  };
}

/** Every role that the backup names, also of the database itself. */
function rolesOf({ roles, database }: Manifest): Set<string> {
  return new Set([
    ...roles,
    ...(database
      ? [
          database.owner,
          ...(database.privileges ?? []).flatMap(({ grantee }) => grantee ?? []),
          ...database.settings.flatMap(({ role }) => role ?? []),
        ]
      : []),
  ]);
}

async function readMissingTablespaces(session: Session, names: readonly string[]): Promise<string[]> {
  if (names.length === 0) return [];
  const rows = await session.query<{ name: string }>(
    `select distinct t.name from pg_catalog.unnest($1::pg_catalog.text[]) t(name)
     where not exists (select from pg_catalog.pg_tablespace s where s.spcname = t.name) order by 1`,
    [names],
  );
  return rows.map(({ name }) => name);
}

/** pg_dump leaves the version away, which makes it the server's default. */
function withVersions(manifest: Manifest): Manifest {
  const versions = new Map(manifest.extensions.map(({ name, version }) => [name, version]));
  const entries = manifest.schema.entries.map((entry): SchemaEntry => {
    const version = entry.kind === 'EXTENSION' ? versions.get(entry.name) : undefined;
    if (version === undefined) return entry;
    return { ...entry, sql: entry.sql.replace(/;\s*$/, ` VERSION ${quoteLiteral(version)};`) };
  });
  return { ...manifest, schema: { ...manifest.schema, entries } };
}

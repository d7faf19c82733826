import type { Manifest, SchemaEntry } from '../../format/manifest.ts';
import { entryKind } from '../../postgres/pg-dump/kinds.ts';
import { readMissingRoles } from '../../postgres/inspect/roles.ts';
import type { Session } from '../../postgres/wire/session.ts';
import { neededRoles } from '../entries/needed-roles.ts';

/** What the restoring role may create, and what the database has already. */
export interface RestoringRole {
  server: number;
  superuser: boolean;
  /** Whether it may create subscriptions, as a member of pg_create_subscription (PostgreSQL 16 and later). */
  subscriptions: boolean;
  /** Whether the database has a schema "public". */
  publicSchema: boolean;
  /** Roles of the backup that the server does not have. */
  missingRoles: string[];
  /** Owners to which this role may not give objects. */
  foreignOwners: string[];
  /** Schemas in which it may not create anything. */
  closedSchemas: string[];
  /** Whether it may create schemas and publications. */
  databaseCreate: boolean;
}

export async function readRestoringRole(session: Session, manifest: Manifest): Promise<RestoringRole> {
  const { entries } = manifest.schema;
  const owners = [...new Set(entries.flatMap((entry) => (entry.ownerSql === '' ? [] : (entry.owner ?? []))))];
  const schemas = [...new Set(entries.flatMap(({ schema }) => schema ?? []))];
  const server = await session.serverVersionNum();
  // Since PostgreSQL 16 membership alone does not let a role give away what it owns.
  const membership = server >= 160000 ? 'SET' : 'MEMBER';
  const [row] = await session.query<Omit<RestoringRole, 'server' | 'missingRoles'> & Record<string, unknown>>(
    `select (select r.rolsuper from pg_catalog.pg_roles r where r.rolname = current_user) as superuser,
       exists (select from pg_catalog.pg_roles r where r.rolname = 'pg_create_subscription'
         and pg_catalog.pg_has_role(r.oid, 'usage')) as subscriptions,
       pg_catalog.to_regnamespace('public') is not null as "publicSchema",
       array(select r.rolname::pg_catalog.text from pg_catalog.pg_roles r where r.rolname = any($1::pg_catalog.text[])
         and not pg_catalog.pg_has_role(r.oid, '${membership}')) as "foreignOwners",
       array(select n.nspname::pg_catalog.text from pg_catalog.pg_namespace n where n.nspname = any($2::pg_catalog.text[])
         and not pg_catalog.has_schema_privilege(n.oid, 'create')) as "closedSchemas",
       pg_catalog.has_database_privilege(pg_catalog.current_database(), 'create') as "databaseCreate"`,
    [owners, schemas],
  );
  if (!row) throw new Error('the server did not say who we are');
  return { ...row, server, missingRoles: await readMissingRoles(session, manifest.roles) };
}

/**
 * Why this role cannot create an entry; undefined if nothing is known to prevent it.
 * @param alone whether everything that it depends on exists already
 */
export function whyNotCreated(
  manifest: Manifest,
  entry: SchemaEntry,
  role: RestoringRole,
  { owners, alone }: { owners: boolean; alone: boolean },
): string | undefined {
  const { role: place, namesRoles } = entryKind(entry.kind);
  if (alone && namesRoles !== undefined) {
    // The grants of a dropped role went with it. For a new object that is granted to the role, the role is required.
    const named = neededRoles(manifest, [entry], { owners, objects: false });
    const lacking = named.filter((name) => role.missingRoles.includes(name));
    if (lacking.length > 0) return `the server has no role ${lacking.join(', ')}`;
  }
  if (role.superuser) return undefined;
  if (needsSuperuser(entry, role)) return 'only a superuser may create it';
  if (owners && entry.ownerSql !== '' && entry.owner !== null && role.foreignOwners.includes(entry.owner)) {
    return `this role may not give it to ${entry.owner}; grant it that role, or restore without owners`;
  }
  if (place === 'object' && entry.schema !== null && role.closedSchemas.includes(entry.schema)) {
    return `this role may not create anything in schema ${entry.schema}`;
  }
  const inDatabase = entry.kind === 'SCHEMA' || entry.kind === 'PUBLICATION';
  return inDatabase && !role.databaseCreate ? 'this role may not create anything in the database' : undefined;
}

function needsSuperuser({ kind, sql }: SchemaEntry, role: RestoringRole): boolean {
  const { superuser } = entryKind(kind);
  if (superuser === undefined || (kind === 'SUBSCRIPTION' && role.subscriptions)) return false;
  return superuser === true || superuser.test(sql);
}

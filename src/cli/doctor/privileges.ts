import { readOwnObjects } from '../../catalog/own-objects.ts';
import { displayName, quoteIdentifier, quoteName, type QualifiedName } from '../../postgres/identifiers.ts';
import { readHiddenDefinitions } from '../../postgres/inspect/hidden-definitions.ts';
import { readRelations, type LiveRelation } from '../../postgres/inspect/relations.ts';
import type { Session } from '../../postgres/wire/session.ts';
import { count, counted } from '../../base/units.ts';
import { fail, ok, someOf, warn, type Check } from './check.ts';
import type { ServerFacts } from './server.ts';

/** Whether this role can read every row, and bring tables back. */
export async function checkPrivileges(
  session: Session,
  facts: ServerFacts,
  schema: string,
): Promise<Check[]> {
  const own = new Set((await readOwnObjects(session, schema)).tables.map(displayName));
  const tables = (await readRelations(session)).filter(
    (relation) => holdsRows(relation) && !own.has(displayName(relation)),
  );
  const hidden = tables.filter((table) => table.readable && table.rowSecurityActive);
  return [
    checkReading(facts, tables),
    checkRowSecurity(facts, hidden.map(displayName)),
    await checkHidden(session, facts),
    await checkOwnership(session, facts, tables),
    await checkTemporary(session, facts),
    checkNewDatabase(facts),
  ];
}

function holdsRows({ kind, extension }: LiveRelation): boolean {
  return kind === 'r' && (extension === null || extension.condition !== null);
}

function checkReading({ role }: ServerFacts, tables: readonly LiveRelation[]): Check {
  const unreadable = tables.filter((table) => !table.readable);
  if (unreadable.length === 0) {
    return ok(
      'reading',
      `role ${role} may read ${tables.length === 1 ? 'the one table' : `all ${count(tables.length)} tables`}`,
    );
  }
  return fail(
    'reading',
    'TABLE_NOT_READABLE',
    `Role ${role} may not read ${counted(unreadable.length, 'table')}: ${someOf(unreadable.map(displayName))}.`,
    `As a superuser: GRANT pg_read_all_data TO ${quoteIdentifier(role)}; — or, as their owner: ${readingGrants(unreadable, role)}`,
  );
}

/** The most tables that are granted by their names; of more all in the schema are. */
const grantedByName = 5;

/** Exactly what makes tables readable. */
export function readingGrants(tables: readonly QualifiedName[], role: string): string {
  const grantee = quoteIdentifier(role);
  const schemas = [...new Set(tables.map(({ schema }) => schema))];
  return schemas
    .flatMap((schema) => {
      const place = quoteIdentifier(schema);
      const inside = tables.filter((table) => table.schema === schema);
      const what =
        inside.length > grantedByName ? `ALL TABLES IN SCHEMA ${place}` : inside.map(quoteName).join(', ');
      return [`GRANT USAGE ON SCHEMA ${place} TO ${grantee};`, `GRANT SELECT ON ${what} TO ${grantee};`];
    })
    .join(' ');
}

function checkRowSecurity({ role }: ServerFacts, hidden: string[]): Check {
  if (hidden.length === 0) return ok('row security', `no policy hides rows from role ${role}`);
  return fail(
    'row security',
    'ROW_SECURITY_ACTIVE',
    `Policies may hide rows from role ${role} in ${counted(hidden.length, 'table')}: ${someOf(hidden)}.`,
    `Use the owner of these tables, or as a superuser: ALTER ROLE ${quoteIdentifier(role)} BYPASSRLS;`,
  );
}

async function checkHidden(session: Session, { role }: ServerFacts): Promise<Check> {
  const name = 'reading definitions';
  const hidden = (await readHiddenDefinitions(session)).map((each) => `${each.kind} ${each.name}`);
  if (hidden.length === 0) return ok(name, `nothing is hidden from role ${role}`);
  return warn(
    name,
    `Role ${role} is not shown all of ${counted(hidden.length, 'definition')}, and a backup will not have it: ${someOf(hidden)}.`,
    'Back up as a superuser (user mappings: as a role with USAGE on the server), or record their connection options elsewhere.',
  );
}

async function checkOwnership(session: Session, facts: ServerFacts, tables: LiveRelation[]): Promise<Check> {
  const name = 'restoring in place';
  if (facts.superuser) return ok(name, `role ${facts.role} is a superuser`);
  const rows = await session.query<{ oid: string; owner: string; superuser: boolean }>(
    `select c.oid::pg_catalog.int8 as oid, r.rolname as owner, r.rolsuper as superuser
     from pg_catalog.pg_class c join pg_catalog.pg_roles r on r.oid = c.relowner
     where c.oid = any($1::pg_catalog.oid[]) and not pg_catalog.pg_has_role(c.relowner, 'usage')`,
    [tables.map((table) => table.oid)],
  );
  const foreign = new Set(rows.map((row) => Number(row.oid)));
  const names = tables.filter((table) => foreign.has(table.oid)).map(displayName);
  if (names.length === 0) return ok(name, `role ${facts.role} owns every table, directly or as a member`);
  return warn(
    name,
    `Role ${facts.role} does not own ${counted(names.length, 'table')}, so it cannot restore them in place: ${someOf(names)}.`,
    `Backups work. For restoring in place: ${membershipGrants(rows, facts.role)}`,
  );
}

/** Exactly what makes a role a member of the owners. That of a superuser would make it one too. */
function membershipGrants(tables: readonly { owner: string; superuser: boolean }[], role: string): string {
  const plain = tables.filter(({ superuser }) => !superuser).map(({ owner }) => quoteIdentifier(owner));
  const granted =
    plain.length === 0 ? [] : [`GRANT ${[...new Set(plain)].join(', ')} TO ${quoteIdentifier(role)};`];
  const others = tables.some(({ superuser }) => superuser)
    ? [
        'give the tables of a superuser to a role that is none (ALTER TABLE … OWNER TO …), and be a member of that one.',
      ]
    : [];
  return [...granted, ...others].join(' And ');
}

/** Whether our tables are there, or may be made. */
export async function checkOwnPlace(
  session: Session,
  { role, database }: ServerFacts,
  schema: string,
): Promise<Check> {
  const name = 'making own tables';
  const [row] = await session.query<{ exists: boolean; mayUse: boolean; mayMake: boolean; there: boolean }>(
    `select n.oid is not null as exists,
       case when n.oid is null then false
         else pg_catalog.has_schema_privilege(n.oid, 'create') and pg_catalog.has_schema_privilege(n.oid, 'usage') end as "mayUse",
       pg_catalog.has_database_privilege(pg_catalog.current_database(), 'create') as "mayMake",
       exists (select from pg_catalog.pg_class c where c.relnamespace = n.oid and c.relname = 'system_backups') as there
       from (select 1) one left join pg_catalog.pg_namespace n on n.nspname = $1`,
    [schema],
  );
  const { exists, mayUse, mayMake, there } = row!;
  if (mayUse || (!exists && mayMake)) return ok(name, `role ${role} may make them in schema ${schema}`);
  if (there) return ok(name, 'they are there; an upgrade may need CREATE on their schema');
  const grantee = quoteIdentifier(role);
  return fail(
    name,
    'INSUFFICIENT_PRIVILEGE',
    exists
      ? `Role ${role} may not make tables in schema ${schema}.`
      : `There is no schema ${schema}, and role ${role} may not make one.`,
    exists
      ? `As its owner: GRANT USAGE, CREATE ON SCHEMA ${quoteIdentifier(schema)} TO ${grantee};`
      : `As a superuser: CREATE SCHEMA ${quoteIdentifier(schema)} AUTHORIZATION ${grantee}; — or GRANT CREATE ON DATABASE ${quoteIdentifier(database)} TO ${grantee};`,
  );
}

/** A restore of rows, and adapting, first load them into a temporary table. */
async function checkTemporary(session: Session, { role, database }: ServerFacts): Promise<Check> {
  const name = 'restoring rows';
  const [row] = await session.query<{ may: boolean }>(
    `select pg_catalog.has_database_privilege(pg_catalog.current_database(), 'temporary') as may`,
  );
  if (row!.may) return ok(name, `role ${role} may make temporary tables`);
  return warn(
    name,
    `Role ${role} may not make temporary tables, which a restore of rows needs.`,
    `As the owner of the database: GRANT TEMPORARY ON DATABASE ${quoteIdentifier(database)} TO ${quoteIdentifier(role)};`,
  );
}

function checkNewDatabase({ createsDatabases, role }: ServerFacts): Check {
  const name = 'restoring to a new database';
  if (createsDatabases) return ok(name, `role ${role} may create databases`);
  return warn(
    name,
    `Role ${role} may not create databases.`,
    `As a superuser: ALTER ROLE ${quoteIdentifier(role)} CREATEDB; — or download the backup and restore it with psql.`,
  );
}

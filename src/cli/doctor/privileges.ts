import { readOwnObjects } from '../../catalog/own-objects.ts';
import { displayName } from '../../postgres/identifiers.ts';
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
  const unreadable = tables.filter((table) => !table.readable).map(displayName);
  const hidden = tables.filter((table) => table.readable && table.rowSecurityActive).map(displayName);
  return [
    checkReading(facts, tables.length, unreadable),
    checkRowSecurity(facts, hidden),
    await checkHidden(session, facts),
    await checkOwnership(session, facts, tables),
    checkNewDatabase(facts),
  ];
}

function holdsRows({ kind, extension }: LiveRelation): boolean {
  return kind === 'r' && (extension === null || extension.condition !== null);
}

function checkReading({ role }: ServerFacts, tables: number, unreadable: string[]): Check {
  if (unreadable.length === 0) {
    return ok(
      'reading',
      `role ${role} may read ${tables === 1 ? 'the one table' : `all ${count(tables)} tables`}`,
    );
  }
  return fail(
    'reading',
    'TABLE_NOT_READABLE',
    `Role ${role} may not read ${counted(unreadable.length, 'table')}: ${someOf(unreadable)}.`,
    `Grant it: GRANT pg_read_all_data TO "${role}" — or SELECT on these tables and USAGE on their schemas.`,
  );
}

function checkRowSecurity({ role }: ServerFacts, hidden: string[]): Check {
  if (hidden.length === 0) return ok('row security', `no policy hides rows from role ${role}`);
  return fail(
    'row security',
    'ROW_SECURITY_ACTIVE',
    `Policies may hide rows from role ${role} in ${counted(hidden.length, 'table')}: ${someOf(hidden)}.`,
    `Use the owner of these tables, or as a superuser: ALTER ROLE "${role}" BYPASSRLS`,
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
  const rows = await session.query<{ oid: string }>(
    `select c.oid::pg_catalog.int8 as oid from pg_catalog.pg_class c
     where c.oid = any($1::pg_catalog.oid[]) and not pg_catalog.pg_has_role(c.relowner, 'usage')`,
    [tables.map((table) => table.oid)],
  );
  const foreign = new Set(rows.map((row) => Number(row.oid)));
  const names = tables.filter((table) => foreign.has(table.oid)).map(displayName);
  if (names.length === 0) return ok(name, `role ${facts.role} owns every table, directly or as a member`);
  return warn(
    name,
    `Role ${facts.role} does not own ${counted(names.length, 'table')}, so it cannot restore them in place: ${someOf(names)}.`,
    'Backups work. For restoring in place use the owner or a member of its role.',
  );
}

function checkNewDatabase({ createsDatabases, role }: ServerFacts): Check {
  const name = 'restoring to a new database';
  if (createsDatabases) return ok(name, `role ${role} may create databases`);
  return warn(
    name,
    `Role ${role} may not create databases.`,
    `As a superuser: ALTER ROLE "${role}" CREATEDB — or download the backup and restore it with psql.`,
  );
}

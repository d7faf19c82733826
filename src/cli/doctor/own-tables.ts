import { readGrants, type Grant } from '../../catalog/grants.ts';
import { readOwnObjects } from '../../catalog/own-objects.ts';
import { describeProblems, readNamesakes } from '../../catalog/own-tables.ts';
import { displayName, quoteIdentifier, quoteLiteral } from '../../postgres/identifiers.ts';
import type { Session } from '../../postgres/wire/session.ts';
import { fail, ok, someOf, warn, type Check } from './check.ts';
import type { ServerFacts } from './server.ts';

/** Whether other roles can access what Holdfast stores, or use the privileges of Holdfast's role through it. */
export async function checkOwnTables(session: Session, facts: ServerFacts, schema: string): Promise<Check[]> {
  const other = await checkOtherInstallations(session, schema);
  return [
    checkRole(facts),
    await checkNames(session, schema),
    checkGrants(await readGrants(session, schema), schema),
    await checkSchema(session, schema),
    ...(other ? [other] : []),
  ];
}

function checkRole({ superuser, role, database }: ServerFacts): Check {
  const name = 'role';
  if (!superuser) return ok(name, `${role} is not a superuser`);
  const own = quoteIdentifier('holdfast');
  return warn(
    name,
    `Holdfast connects as ${role}, a superuser: a defect, or anyone with its password, can do anything.`,
    `A role with fewer privileges is enough: CREATE ROLE ${own} LOGIN PASSWORD …; GRANT pg_read_all_data TO ${own}; GRANT CREATE ON DATABASE ${quoteIdentifier(database)} TO ${own} — docs/OPERATIONS.md says what else restores need, and how to change the owner of existing tables.`,
  );
}

async function checkNames(session: Session, schema: string): Promise<Check> {
  const name = 'own tables';
  const problems = describeProblems(await readNamesakes(session, schema));
  if (problems.length === 0)
    return ok(name, `nothing in schema ${schema} conflicts with them or is attached to them`);
  return fail(
    name,
    'TABLES_NOT_OURS',
    `What has the name of one of Holdfast's tables is not, or not only: ${someOf(problems)}.`,
    'Remove what is named, or set HOLDFAST_SCHEMA=holdfast and run: holdfast init',
  );
}

function checkGrants(grants: readonly Grant[], schema: string): Check {
  const name = 'privileges on own tables';
  if (grants.length === 0) return ok(name, 'only their owner has any');
  const found = grants.map(
    (grant) => `${grant.grantee ?? 'every role'} may ${grant.privileges.join(', ')} ${displayName(grant)}`,
  );
  return warn(
    name,
    `Other roles can access the backups in schema ${schema}: ${someOf(found)}.`,
    'Revoke it with: holdfast init',
  );
}

async function checkSchema(session: Session, schema: string): Promise<Check> {
  const name = 'schema of own tables';
  const rows = await session.query<{ name: string | null; owns: boolean }>(
    `with others as (
       select o.oid, true as owns from pg_catalog.pg_namespace n
         join pg_catalog.pg_database d on d.datname = pg_catalog.current_database()
         -- pg_database_owner is the owner of the database.
         join pg_catalog.pg_roles o
           on o.oid = case when n.nspowner::pg_catalog.regrole::pg_catalog.text = 'pg_database_owner' then d.datdba else n.nspowner end
        where n.nspname = $1
       union all
       select x.grantee, false from pg_catalog.pg_namespace n, pg_catalog.aclexplode(n.nspacl) x
        where n.nspname = $1 and x.privilege_type = 'CREATE' and x.grantee <> n.nspowner
     )
     select case when others.oid <> 0 then pg_catalog.pg_get_userbyid(others.oid) end as name, owns
       from others left join pg_catalog.pg_roles r on r.oid = others.oid
      where r.rolname is distinct from current_user and r.rolsuper is distinct from true
      order by owns desc, name`,
    [schema],
  );
  if (rows.length === 0) return ok(name, `only Holdfast's role may create or drop tables in ${schema}`);
  const found = rows.map(
    (row) => `${row.name ?? 'every role'} ${row.owns ? 'may create and drop tables' : 'may create tables'}`,
  );
  return warn(
    name,
    `In schema ${schema}, ${someOf(found)}: it could put something in the place of Holdfast's, which the next call refuses.`,
    'Keep them in a schema that no other role can access: set HOLDFAST_SCHEMA=holdfast and run: holdfast init (existing backups stay where they are)',
  );
}

/** What a backup leaves out although this installation did not make it. */
async function checkOtherInstallations(session: Session, schema: string): Promise<Check | undefined> {
  const { tables } = await readOwnObjects(session, schema);
  const others = [...new Set(tables.map((table) => table.schema))].filter((each) => each !== schema);
  if (others.length === 0) return undefined;
  return warn(
    'other installations',
    `Holdfast's tables are in schema ${someOf(others)} too. Backups by this one leave them out.`,
    `If they are not used any more, look at their backups and drop their tables to free the space: ${others.map((each) => `holdfast --schema ${quoteLiteral(each)} list`).join('; ')} to look, then DROP TABLE.`,
  );
}

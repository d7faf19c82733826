import type { Manifest } from '../../format/manifest.ts';
import { databaseStatements, type DatabaseStatement } from '../../postgres/inspect/database-properties.ts';
import type { StatementRunner } from '../../postgres/databases.ts';
import { sqlState } from '../../postgres/failure.ts';
import { readMissingRoles } from '../../postgres/inspect/roles.ts';
import type { Session } from '../../postgres/wire/session.ts';
import type { RestoreRequest } from '../requests.ts';

/** Classes of SQLSTATE for what this server or role lacks: privileges, names, values, features. */
const refusals = /^(?:0A|22|42|55)/;

/** The statements that give a new database the properties of the one that was backed up. */
export interface PlannedDatabase {
  /** The tablespace that it is made in; null for the default. */
  tablespace: string | null;
  statements: DatabaseStatement[];
  /** What is left out, with the reason, for people. */
  leftOut: string[];
}

/** Plans as far as can be known beforehand; the server may refuse more of the statements. */
export async function planDatabase(
  session: Session,
  manifest: Manifest,
  { owners }: Pick<RestoreRequest, 'owners'>,
  name: string,
): Promise<PlannedDatabase> {
  const planned: PlannedDatabase = { tablespace: null, statements: [], leftOut: [] };
  if (!manifest.database) return planned;
  const statements = databaseStatements(name, manifest.database);
  const named = statements.flatMap((each) => each.roles);
  const missingRoles = await readMissingRoles(session, named);
  const settable = await settableSettings(session, statements);
  const { tablespace } = manifest.database;
  if (tablespace !== null && (await mayUse(session, tablespace))) planned.tablespace = tablespace;
  else if (tablespace !== null) {
    planned.leftOut.push(
      `tablespace ${tablespace} of the database: there is none of that name that this role may use, so it is made in the server's default`,
    );
  }
  // Without owners everything belongs to the restoring role, as was asked for: nothing is left out.
  for (const statement of owners ? statements : statements.filter(({ what }) => what !== 'owner')) {
    const missing = statement.roles.filter((role) => missingRoles.includes(role));
    let reason: string | null = null;
    if (!owners && (statement.roles.length > 0 || statement.what.startsWith('privilege'))) {
      reason = 'owners and privileges are left out';
    } else if (missing.length > 0) {
      reason = `there is no role ${missing.join(', ')}`;
    } else if (statement.setting !== null && !settable.has(statement.setting)) {
      reason = 'this role may not set it here, or the server does not know it';
    }
    if (reason === null) planned.statements.push(statement);
    else planned.leftOut.push(`${statement.what} of the database: ${reason}`);
  }
  return planned;
}

/** Runs them inside the transaction of `connection`. @returns what the server refused, with its reason */
export async function applyDatabase(
  connection: StatementRunner,
  statements: readonly DatabaseStatement[],
): Promise<string[]> {
  const leftOut: string[] = [];
  for (const { what, sql } of statements) {
    await connection.query('savepoint property', []);
    try {
      await connection.query(sql, []);
    } catch (error) {
      if (!refusals.test(sqlState(error) ?? '')) throw error;
      await connection.query('rollback to savepoint property', []);
      leftOut.push(`${what} of the database: ${(error as Error).message}`);
    }
  }
  return leftOut;
}

async function mayUse(session: Session, tablespace: string): Promise<boolean> {
  const [row] = await session.query<{ may: boolean }>(
    `select pg_catalog.has_tablespace_privilege(t.oid, 'create') as may from pg_catalog.pg_tablespace t where t.spcname = $1`,
    [tablespace],
  );
  return row?.may === true;
}

/** The settings in these statements that this role may set for a database. */
async function settableSettings(
  session: Session,
  statements: readonly DatabaseStatement[],
): Promise<Set<string>> {
  const server = await session.serverVersionNum();
  const granted = server >= 150000 ? `pg_catalog.has_parameter_privilege(n.name, 'set')` : 'false';
  const rows = await session.query<{ name: string }>(
    `select n.name from pg_catalog.unnest($1::pg_catalog.text[]) n(name)
       left join pg_catalog.pg_settings s on pg_catalog.lower(s.name) = pg_catalog.lower(n.name)
     where case when s.name is null then n.name ~ '[.]' or pg_catalog.current_setting(n.name, true) is not null
       when s.context in ('user', 'backend') then true
       when s.context in ('superuser', 'superuser-backend')
         then (select r.rolsuper from pg_catalog.pg_roles r where r.rolname = current_user) or ${granted}
       else false end`,
    [[...new Set(statements.flatMap(({ setting }) => (setting === null ? [] : [setting])))]],
  );
  return new Set(rows.map(({ name }) => name));
}

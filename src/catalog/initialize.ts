import { HoldfastError } from '../base/errors.ts';
import { sqlState } from '../postgres/failure.ts';
import { displayName, quoteIdentifier, type QualifiedName } from '../postgres/identifiers.ts';
import type { Pool, Queryable } from '../postgres/pool.ts';
import { lockClass, lockKey } from './locks.ts';
import { latestVersion, migrations, migrationsTable, tableNames } from './migrations.ts';

/** Every table of ours, for those who must leave them alone. */
export function ownObjects(schema: string): { tables: QualifiedName[]; schemas: string[] } {
  return { tables: [...tableNames, migrationsTable].map((name) => ({ schema, name })), schemas: [] };
}

/**
 * Whether all our tables are there in the version this code needs or a later one. One cheap statement, so that
 * it can be asked before every call, and be right after someone dropped a table.
 */
export async function isInitialized(connection: Queryable, schema: string): Promise<boolean> {
  try {
    const [row] = await connection.query<{ tables: number; version: number | null }>(
      `select (select max(version) from ${quoteIdentifier(schema)}.${migrationsTable}) as version,
         (select count(*)
            from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
           where n.nspname = $1 and c.relname = any ($2) and c.relkind in ('r', 'p')) as tables`,
      [schema, tableNames],
    );
    return row?.tables === tableNames.length && (row.version ?? 0) >= latestVersion;
  } catch (error) {
    const state = causeState(error);
    // undefined_table, invalid_schema_name
    if (state === '42P01' || state === '3F000') return false;
    throw error;
  }
}

/**
 * Makes our tables, brings older ones up to date and makes again what was dropped. Idempotent, and safe to call from
 * several processes at once: all of it is one transaction under a lock.
 * @returns `schema.name` of each table
 * @throws INSUFFICIENT_PRIVILEGE with the GRANT that is needed
 */
export async function initialize(pool: Pool, schema: string): Promise<string[]> {
  await pool.transaction(async (connection) => {
    await connection.query(`select pg_catalog.pg_advisory_xact_lock($1, ${lockKey(2)})`, [
      lockClass.migration,
      schema,
    ]);
    if (await isInitializedHere(connection, schema)) return;
    await requireSchema(connection, schema);
    await migrate(connection, schema);
  });
  return ownObjects(schema).tables.map(displayName);
}

/** As isInitialized, but where a failing statement would spoil the transaction. */
async function isInitializedHere(connection: Queryable, schema: string): Promise<boolean> {
  const [row] = await connection.query<{ found: boolean }>(
    'select pg_catalog.to_regclass($1) is not null as found',
    [`${quoteIdentifier(schema)}.${migrationsTable}`],
  );
  return row?.found === true && (await isInitialized(connection, schema));
}

async function requireSchema(connection: Queryable, schema: string): Promise<void> {
  const [state] = await connection.query<{
    role: string;
    database: string;
    found: boolean;
    create_schema: boolean;
  }>(
    `select current_user as role, current_database() as database,
       exists (select from pg_catalog.pg_namespace where nspname = $1) as found,
       pg_catalog.has_database_privilege(current_database(), 'CREATE') as create_schema`,
    [schema],
  );
  const { role, database, found, create_schema: mayCreate } = state!;
  const quotedSchema = quoteIdentifier(schema);
  if (!found) {
    if (!mayCreate) {
      throw missingGrant(
        `The schema "${schema}" does not exist, and the role "${role}" may not create it`,
        `CREATE SCHEMA ${quotedSchema} AUTHORIZATION ${quoteIdentifier(role)};`,
      );
    }
    await connection.query(`create schema ${quotedSchema}`);
    return;
  }
  const [may] = await connection.query<{ create_table: boolean }>(
    `select pg_catalog.has_schema_privilege($1, 'CREATE') and
            pg_catalog.has_schema_privilege($1, 'USAGE') as create_table`,
    [schema],
  );
  if (!may!.create_table) {
    throw missingGrant(
      `The role "${role}" may not create tables in schema "${schema}" of database "${database}"`,
      `GRANT USAGE, CREATE ON SCHEMA ${quotedSchema} TO ${quoteIdentifier(role)};`,
    );
  }
}

function missingGrant(message: string, statement: string): HoldfastError {
  return new HoldfastError('INSUFFICIENT_PRIVILEGE', message, {
    hint: `As an administrator run: ${statement}`,
    details: { statement },
  });
}

async function migrate(connection: Queryable, schema: string): Promise<void> {
  const recorded = `${quoteIdentifier(schema)}.${migrationsTable}`;
  await connection.query(
    `create table if not exists ${recorded} (
       version integer primary key,
       name text not null,
       applied_at timestamptz not null default now()
     )`,
  );
  await connection.query(
    `comment on table ${recorded} is 'Holdfast: which changes of its tables have been made.'`,
  );
  const rows = await connection.query<{ version: number }>(`select version from ${recorded}`);
  const done = new Set(rows.map((row) => row.version));
  const present = await countTables(connection, schema);
  // With a table gone, what the records say no longer holds: everything is run again.
  const intact = present === tableNames.length;
  for (const migration of migrations) {
    if (intact && done.has(migration.version)) continue;
    await connection.query(migration.sql(schema)).catch((error: unknown) => {
      throw foreignTable(error, schema);
    });
    await connection.query(
      `insert into ${recorded} (version, name) values ($1, $2) on conflict (version) do nothing`,
      [migration.version, migration.name],
    );
  }
}

/** The SQLSTATE behind one of our errors. */
function causeState(error: unknown): string | undefined {
  return error instanceof Error ? sqlState(error.cause) : undefined;
}

/** A table of the same name that somebody else made lacks a column that ours has. */
function foreignTable(error: unknown, schema: string): unknown {
  const undefinedColumn = '42703';
  if (causeState(error) !== undefinedColumn || !(error instanceof Error)) return error;
  return new HoldfastError(
    'INVALID_CONFIGURATION',
    `Schema "${schema}" holds a table that has the name of one of ours but is not: ${error.message}`,
    {
      hint: 'Set the option schema (HOLDFAST_SCHEMA) to another schema, for example holdfast.',
      cause: error,
    },
  );
}

async function countTables(connection: Queryable, schema: string): Promise<number> {
  const [row] = await connection.query<{ count: number }>(
    `select count(*) from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = $1 and c.relname = any ($2) and c.relkind in ('r', 'p')`,
    [schema, tableNames],
  );
  return row!.count;
}

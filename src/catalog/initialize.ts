import { HoldfastError } from '../base/errors.ts';
import { sqlState } from '../postgres/failure.ts';
import { displayName, quoteIdentifier, quoteName } from '../postgres/identifiers.ts';
import type { Pool, Queryable } from '../postgres/pool.ts';
import {
  allowLock,
  auditTable,
  createSchema,
  revokeChanges,
  revokeGrants,
  revokeSchemaGrants,
} from './grants.ts';
import { lockClass, lockKey } from './locks.ts';
import { latestVersion, migrations, migrationsTable } from './migrations.ts';
import { auditHeadSql } from './migrations/audit.ts';
import { isMarked, ownTableNames, readNamesakes, type Namesake } from './own-tables.ts';
import { areReady, readVersion, refuseForeign } from './readiness.ts';

export interface Initialized {
  /** `schema.name` of each of our tables. */
  tables: string[];
  /** Those that earlier calls had made, that were gone, and that were made again. Not those that an upgrade adds. */
  replaced: string[];
}

/**
 * Makes our tables, brings older ones up to date and makes again what was dropped. Idempotent, and safe to call from
 * several processes at once: all of it is one transaction under a lock.
 * @throws INSUFFICIENT_PRIVILEGE with the GRANT that is needed; TABLES_NOT_OURS, HOLDFAST_OUTDATED
 */
export async function initialize(pool: Pool, schema: string): Promise<Initialized> {
  return pool.transaction(async (connection) => {
    await connection.query(`select pg_catalog.pg_advisory_xact_lock($1, ${lockKey(2)})`, [
      lockClass.migration,
      schema,
    ]);
    let namesakes = await readOwn(connection, schema);
    const gone = await goneTables(connection, schema, namesakes);
    if (!(await isComplete(connection, schema, namesakes))) {
      if (namesakes.length > 0) {
        if (namesakes.some(({ name, owner, role }) => name === auditTable && owner === role))
          await allowLock(connection, schema);
        // From here on nobody replaces what was examined.
        await connection.query(`lock table ${namesakes.map(quoteName).join(', ')} in access exclusive mode`);
        namesakes = await readOwn(connection, schema);
      }
      await requireSchema(connection, schema);
      await migrate(connection, schema, namesakes);
      if (!areReady(await readOwn(connection, schema))) {
        throw new HoldfastError('INTERNAL', `The tables in schema "${schema}" are not as they were made.`);
      }
      const [taken] = await missingIndexes(connection, schema);
      if (taken !== undefined)
        throw notOurs(schema, `"${taken}" is not the index it is in Holdfast's tables`);
    }
    await connection.query(auditHeadSql(quoteIdentifier(schema)));
    await revokeGrants(connection, schema);
    await revokeChanges(connection, schema);
    await revokeSchemaGrants(connection, schema);
    return {
      tables: ownTableNames.map((name) => displayName({ schema, name })),
      replaced: gone,
    };
  });
}

/** Tables that are not there, although the versions that were applied here make them. */
async function goneTables(
  connection: Queryable,
  schema: string,
  namesakes: readonly Namesake[],
): Promise<string[]> {
  const present = new Set(namesakes.map(({ name }) => name));
  if (present.size === 0) return [];
  const missing = ownTableNames.filter((name) => !present.has(name));
  // Without the records, any of them may have been there.
  if (!present.has(migrationsTable)) return missing;
  const applied = new Set(await appliedVersions(connection, schema));
  const made = new Set(
    migrations.flatMap(({ version, columns }) => (applied.has(version) ? Object.keys(columns) : [])),
  );
  return missing.filter((name) => made.has(name));
}

async function appliedVersions(connection: Queryable, schema: string): Promise<number[]> {
  const rows = await connection.query<{ version: number }>(
    `select version from ${quoteName({ schema, name: migrationsTable })}`,
  );
  return rows.map(({ version }) => version);
}

/** @throws TABLES_NOT_OURS */
async function readOwn(connection: Queryable, schema: string): Promise<Namesake[]> {
  const namesakes = await readNamesakes(connection, schema);
  refuseForeign(namesakes, schema);
  return namesakes;
}

async function isComplete(
  connection: Queryable,
  schema: string,
  namesakes: readonly Namesake[],
): Promise<boolean> {
  if (!namesakes.some(({ name }) => name === migrationsTable)) return false;
  return (
    (await readVersion(connection, schema)) >= latestVersion &&
    areReady(namesakes) &&
    (await missingIndexes(connection, schema)).length === 0
  );
}

const indexNames = migrations.flatMap((migration) =>
  Array.from(
    migration.sql('any_schema').matchAll(/create (?:unique )?index if not exists (\w+)/g),
    ([, name]) => name!,
  ),
);

async function missingIndexes(connection: Queryable, schema: string): Promise<string[]> {
  const rows = await connection.query<{ name: string }>(
    `select wanted.name from pg_catalog.unnest($1::pg_catalog.text[]) as wanted(name)
      where not exists (
        select from pg_catalog.pg_index x
          join pg_catalog.pg_class i on i.oid = x.indexrelid
          join pg_catalog.pg_class t on t.oid = x.indrelid
          join pg_catalog.pg_namespace n on n.oid = i.relnamespace
         where i.relname = wanted.name and t.relname = any ($2) and n.nspname = $3)`,
    [indexNames, ownTableNames, schema],
  );
  return rows.map(({ name }) => name);
}

async function requireSchema(connection: Queryable, schema: string): Promise<void> {
  const [state] = await connection.query<{
    role: string;
    database: string;
    found: boolean;
    create_schema: boolean;
  }>(
    `select current_user as role, pg_catalog.current_database() as database,
       exists (select from pg_catalog.pg_namespace where nspname = $1) as found,
       pg_catalog.has_database_privilege(pg_catalog.current_database(), 'CREATE') as create_schema`,
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
    await createSchema(connection, schema);
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

/** @param namesakes the tables that are there, examined and locked */
async function migrate(connection: Queryable, schema: string, namesakes: readonly Namesake[]): Promise<void> {
  const present = new Set(namesakes.map(({ name }) => name));
  const recorded = `${quoteIdentifier(schema)}.${migrationsTable}`;
  const run = (sql: string): Promise<unknown> =>
    connection.query(notAdopting(sql, schema, present)).catch((error: unknown) => {
      throw nameTaken(error, schema);
    });
  await run(
    `create table if not exists ${recorded} (
       version integer primary key,
       name text not null,
       applied_at timestamptz not null default pg_catalog.now()
     )`,
  );
  await connection.query(
    `comment on table ${recorded} is 'Holdfast: which changes of its tables have been made.'`,
  );
  const done = new Set(await appliedVersions(connection, schema));
  // With something gone, what the records say no longer holds: everything is run again. That also marks the tables.
  const intact =
    namesakes.length === ownTableNames.length && namesakes.every(isMarked) && !done.has(latestVersion);
  for (const migration of migrations) {
    if (intact && done.has(migration.version)) continue;
    await run(migration.sql(quoteIdentifier(schema)));
    await connection.query(
      `insert into ${recorded} (version, name) values ($1, $2) on conflict (version) do nothing`,
      [migration.version, migration.name],
    );
  }
}

/** A table that comes into being between the examination and CREATE TABLE must not be taken for ours. */
function notAdopting(sql: string, schema: string, present: ReadonlySet<string>): string {
  return sql.replaceAll(/create table if not exists (\S.*)\.(\w+) \(/g, (statement, _schema, name: string) =>
    present.has(name) ? statement : `create table ${quoteName({ schema, name })} (`,
  );
}

/** A table, type or index of the name of ours that is not among what was examined. */
function nameTaken(error: unknown, schema: string): unknown {
  const duplicates = new Set(['42P07', '42710']);
  const state = error instanceof Error ? sqlState(error.cause) : undefined;
  if (!(error instanceof Error) || state === undefined || !duplicates.has(state)) return error;
  return notOurs(schema, error.message, error);
}

function notOurs(schema: string, problem: string, cause?: unknown): HoldfastError {
  return new HoldfastError(
    'TABLES_NOT_OURS',
    `Schema "${schema}" holds objects with names of Holdfast's tables that are not Holdfast's: ${problem}. Nothing was changed.`,
    { cause, details: { schema, problems: [problem] } },
  );
}

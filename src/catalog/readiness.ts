import { HoldfastError } from '../base/errors.ts';
import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Queryable } from '../postgres/pool.ts';
import { latestVersion, migrationsTable } from './migrations.ts';
import {
  describeProblems,
  isMarked,
  isUpToDate,
  ownTableNames,
  readNamesakes,
  type Namesake,
} from './own-tables.ts';

/** What was found to be ours, so that it need not be examined again until something about it changes. */
export interface Proven {
  signature: string | null;
}

/**
 * Whether all our tables are there in the version this code needs, and are ours. Asked before every call, so that a table
 * that was dropped, replaced or given a trigger is noticed before anything is read or written through it. Two cheap
 * statements once the tables are proven; the first reads nothing but the catalog.
 * @throws TABLES_NOT_OURS, HOLDFAST_OUTDATED
 */
export async function isInitialized(
  connection: Queryable,
  schema: string,
  proven: Proven = { signature: null },
): Promise<boolean> {
  // Read before the examination: what changes meanwhile shows the next time.
  const signature = await signatureOf(connection, schema);
  if (signature === null) return false;
  if (proven.signature !== signature) {
    const namesakes = await readNamesakes(connection, schema);
    // Never installed here, even if other tables have the names: `initialize` says what is in the way.
    if (!namesakes.some(({ name }) => name === migrationsTable)) return false;
    refuseForeign(namesakes, schema);
    if (!areReady(namesakes)) {
      await readVersion(connection, schema);
      return false;
    }
  }
  if ((await readVersion(connection, schema)) < latestVersion) return false;
  proven.signature = signature;
  return true;
}

/** All of them, with all columns and marked. */
export function areReady(namesakes: readonly Namesake[]): boolean {
  return (
    namesakes.length === ownTableNames.length && namesakes.every(isUpToDate) && namesakes.every(isMarked)
  );
}

/** @throws TABLES_NOT_OURS */
export function refuseForeign(namesakes: readonly Namesake[], schema: string): void {
  const problems = describeProblems(namesakes);
  if (problems.length === 0) return;
  const [first, ...others] = problems;
  const more = others.length === 0 ? '' : `; what else is wrong is in details (${others.length})`;
  throw new HoldfastError(
    'TABLES_NOT_OURS',
    `Schema "${schema}" holds objects with names of Holdfast's tables that are not Holdfast's: ${first}${more}. Nothing was changed.`,
    { details: { schema, problems } },
  );
}

/**
 * The version of our tables. To be called when the table of migrations is known to be ours.
 * @throws HOLDFAST_OUTDATED when they are newer than this code
 */
export async function readVersion(connection: Queryable, schema: string): Promise<number> {
  const [row] = await connection.query<{ version: number | null }>(
    `select pg_catalog.max(version) as version from ${quoteIdentifier(schema)}.${migrationsTable}`,
  );
  const version = row?.version ?? 0;
  if (version > latestVersion) {
    throw new HoldfastError(
      'HOLDFAST_OUTDATED',
      `The tables of Holdfast in schema "${schema}" have version ${version}, and this program knows up to ${latestVersion}.`,
      { details: { schema, version, known: latestVersion } },
    );
  }
  return version;
}

/**
 * A text that changes when one of the tables is replaced, gets another owner, or something is hung on it. The flags say
 * "has or once had", so what they speak of is counted.
 */
async function signatureOf(connection: Queryable, schema: string): Promise<string | null> {
  const [row] = await connection.query<{ signature: string | null }>(
    `select pg_catalog.string_agg(pg_catalog.format('%s %s %s %s %s', c.oid, c.xmin,
         c.relhastriggers and exists (select from pg_catalog.pg_trigger t where t.tgrelid = c.oid),
         c.relhasrules and exists (select from pg_catalog.pg_rewrite r where r.ev_class = c.oid),
         c.relhassubclass and exists (select from pg_catalog.pg_inherits i where i.inhparent = c.oid)),
         ',' order by c.oid) as signature
       from pg_catalog.pg_class c
      where c.relname = any ($2)
        and c.relnamespace = (select n.oid from pg_catalog.pg_namespace n where n.nspname = $1)`,
    [schema, ownTableNames],
  );
  return row?.signature ?? null;
}

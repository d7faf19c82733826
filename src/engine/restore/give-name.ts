import type { RestoreReport } from '../../contract/restore.ts';
import { HoldfastError } from '../../base/errors.ts';
import { openClient, type ConnectionTarget } from '../../postgres/connection.ts';
import { dropDatabase, renameDatabase } from '../../postgres/databases.ts';
import { quoteIdentifier } from '../../postgres/identifiers.ts';
import { applyDatabase } from '../plan/database-settings.ts';
import type { NewDatabasePlan } from '../plan/plan.ts';
import { requireEmpty } from '../plan/taken-name.ts';
import type { RestoreWork } from './work.ts';

/**
 * Gives a database its name and its own properties, when all in it is proved. What `record` writes is committed together with the name.
 * @throws DATABASE_EXISTS; RESTORE_UNCERTAIN when another server cannot be asked whether the database has its name
 */
export async function giveName(
  { database, elsewhere, replacesEmpty, properties }: NewDatabasePlan,
  { live, record }: Pick<RestoreWork, 'live' | 'record'>,
  unfinished: string,
  report: RestoreReport,
): Promise<void> {
  if (replacesEmpty) {
    await requireEmpty({ ...live, database });
    await dropDatabase(live, database, { force: false });
  }
  const oid = elsewhere ? await oidOf(live, unfinished) : undefined;
  try {
    await renameDatabase(live, unfinished, database, async (connection) => {
      // It is no longer an unfinished one.
      if (elsewhere) await connection.query(`comment on database ${quoteIdentifier(database)} is null`, []);
      await connection.query(`grant connect on database ${quoteIdentifier(database)} to public`, []);
      // Last, because these settings may affect every later statement.
      report.leftOut.push(...(await applyDatabase(connection, properties.statements)));
      await record?.(report, connection);
    });
  } catch (error) {
    if (oid === undefined || (await nameNow(live, oid, database, error)) !== database) throw error;
    // The connection broke after the server had committed.
  }
}

async function nameNow(
  live: ConnectionTarget,
  oid: string,
  database: string,
  reason: unknown,
): Promise<string | undefined> {
  try {
    return await oneText(live, 'select d.datname as text from pg_catalog.pg_database d where d.oid = $1', [
      oid,
    ]);
  } catch {
    throw new HoldfastError(
      'RESTORE_UNCERTAIN',
      `The connection broke while the restored database got its name, and the server cannot be asked: if a database "${database}" is there, it is whole.`,
      { cause: reason, details: { database } },
    );
  }
}

async function oidOf(live: ConnectionTarget, name: string): Promise<string> {
  const sql = 'select d.oid::pg_catalog.text as text from pg_catalog.pg_database d where d.datname = $1';
  return (await oneText(live, sql, [name]))!;
}

async function oneText(live: ConnectionTarget, sql: string, values: unknown[]): Promise<string | undefined> {
  const client = await openClient(live, { applicationName: 'holdfast restore' });
  try {
    const { rows } = await client.query<{ text: string }>(sql, values);
    return rows[0]?.text;
  } finally {
    await client.end().catch(() => {});
  }
}

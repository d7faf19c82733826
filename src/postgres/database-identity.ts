import type { Session } from './wire/session.ts';

/** Which database of which server. */
export interface DatabaseIdentity {
  /** pg_control_system().system_identifier, as text; empty where the role may not read it. */
  systemIdentifier: string;
  database: string;
  /** Stays with a database that is renamed; another of the same name has another. */
  databaseOid: number;
}

export async function readDatabaseIdentity(session: Session): Promise<DatabaseIdentity> {
  const [row] = await session.query<{ database: string; oid: string; readable: boolean }>(`
    select d.datname as database, d.oid::pg_catalog.int8 as oid,
      pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'execute') as readable
    from pg_catalog.pg_database d where d.datname = pg_catalog.current_database()`);
  if (!row) throw new Error('the current database is not in pg_database');
  // Everybody may by default, and some hosts take that away.
  const [control] = row.readable
    ? await session.query<{ id: string }>(
        'select system_identifier::pg_catalog.text as id from pg_catalog.pg_control_system()',
      )
    : [];
  return { systemIdentifier: control?.id ?? '', database: row.database, databaseOid: Number(row.oid) };
}

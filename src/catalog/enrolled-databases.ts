import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Pool } from '../postgres/pool.ts';

/** A row of `system_backup_databases`. */
export interface EnrolledDatabase {
  name: string;
  /** `host:port`, or the folder of a socket. */
  server: string;
  database: string;
  /** When it got its tables, schedules and channels; null until then. */
  readyAt: Date | null;
}

/** Databases that a rule has enrolled: in the catalog of the first one, so that one that was dropped is still known. */
export interface EnrolledDatabases {
  /** By name. */
  list(): Promise<EnrolledDatabase[]>;
  /** Nothing where it is known already, or another one has the name. */
  add(database: Omit<EnrolledDatabase, 'readyAt'>): Promise<void>;
  /** Does what makes one ready, unless another process is at it. */
  makeReady(name: string, work: () => Promise<void>): Promise<void>;
}

export function enrolledDatabases(pool: Pool, schema: string): EnrolledDatabases {
  const table = `${quoteIdentifier(schema)}.system_backup_databases`;
  return {
    list: () =>
      pool.query<EnrolledDatabase>(
        `select name, server, database, ready_at as "readyAt" from ${table} order by name`,
      ),
    async add({ name, server, database }) {
      await pool.query(
        `insert into ${table} (name, server, database) values ($1, $2, $3) on conflict do nothing`,
        [name, server, database],
      );
    },
    makeReady: (name, work) =>
      pool.transaction(async (connection) => {
        const found = await connection.query(
          `select from ${table} where name = $1 and ready_at is null for update skip locked`,
          [name],
        );
        if (found.length === 0) return;
        await work();
        await connection.query(`update ${table} set ready_at = pg_catalog.now() where name = $1`, [name]);
      }),
  };
}

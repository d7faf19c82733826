import { quoteIdentifier } from '../postgres/identifiers.ts';
import { heldBySql } from './findings.ts';
import type { Pool } from '../postgres/pool.ts';

/** What the catalog forgets with a store. */
export interface ForgottenStore {
  /** Backups that are at home in another store from now on, where they have a whole copy. */
  moved: number[];
  /** Backups that were in this store alone: they are in the catalog no more. */
  deleted: number[];
}

/** A backup that is in one store alone. */
export interface OnlyThere {
  id: number;
  completed: boolean;
  pinned: boolean;
  /** Open findings that keep it. */
  heldBy: number[];
  at: Date;
}

/** Backups of a store, completed or not, that have no whole copy in another one, the oldest first. */
export async function onlyIn(pool: Pool, schema: string, store: string): Promise<OnlyThere[]> {
  const own = quoteIdentifier(schema);
  return pool.query<OnlyThere>(
    `select id, status = 'completed' as completed, pinned, ${heldBySql(own, 'b')} as "heldBy",
         coalesce(started_at, created_at) as at from ${own}.system_backups b
      where store = $1 and not exists (select from ${own}.system_backup_copies c
                                        where c.backup_id = b.id and c.store <> $1 and c.state = 'copied')
      order by id`,
    [store],
  );
}

/** Whether a run that has not ended writes to a store. */
export async function isWrittenTo(pool: Pool, schema: string, store: string): Promise<boolean> {
  const own = quoteIdentifier(schema);
  const rows = await pool.query(
    `select from ${own}.system_backups where store = $1 and finished_at is null
     union all select from ${own}.backup_copy_log where store = $1 and finished_at is null`,
    [store],
  );
  return rows.length > 0;
}

/**
 * Deletes the rows that say what is in a store, and those of backups that are only there. Nothing in the store is touched.
 * @param only the ids that `onlyIn` gave: a backup that is there alone since then stays, and so does the store
 */
export function forgetStore(
  pool: Pool,
  schema: string,
  store: string,
  only: readonly number[],
): Promise<ForgottenStore> {
  const own = quoteIdentifier(schema);
  return pool.transaction(async (connection) => {
    const moved = await connection.query<{ id: number; home: string }>(
      `update ${own}.system_backups b set damaged = false, damage = null, store = (
           select c.store from ${own}.system_backup_copies c
            where c.backup_id = b.id and c.store <> $1 and c.state = 'copied' order by c.store limit 1)
        where store = $1 and exists (select from ${own}.system_backup_copies c
                                      where c.backup_id = b.id and c.store <> $1 and c.state = 'copied')
        returning id, store as home`,
      [store],
    );
    for (const { id, home } of moved) {
      await connection.query(`delete from ${own}.system_backup_copies where backup_id = $1 and store = $2`, [
        id,
        home,
      ]);
    }
    const deleted = await connection.query<{ id: number }>(
      `delete from ${own}.system_backups where store = $1 and id = any ($2) returning id`,
      [store, only],
    );
    await connection.query(`delete from ${own}.system_backup_tables where backup_id = any ($1)`, [
      deleted.map(({ id }) => id),
    ]);
    await connection.query(
      `delete from ${own}.system_backup_copies where store = $1 or backup_id = any ($2)`,
      [store, deleted.map(({ id }) => id)],
    );
    for (const table of ['system_backup_ranges', 'system_backup_row_maps']) {
      await connection.query(`delete from ${own}.${table} where store = $1`, [store]);
    }
    await connection.query(
      `update ${own}.system_backups set copy_to = pg_catalog.array_remove(copy_to, $1)`,
      [store],
    );
    await connection.query(
      `delete from ${own}.system_backup_stores s
        where name = $1 and not exists (select from ${own}.system_backups where store = $1)`,
      [store],
    );
    return { moved: moved.map(({ id }) => id), deleted: deleted.map(({ id }) => id) };
  });
}

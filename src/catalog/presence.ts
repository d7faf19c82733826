import type { Queryable } from '../postgres/pool.ts';
import { lockClass, lockKey } from './locks.ts';

/*
 * A process that starts what is due holds a shared lock on the connection by which it waits for notifications. So others
 * see that there is one, it costs no transaction, and it ends with the process, however that ends.
 */

/** For the connection of such a process. */
export const takePresence = (schema: string): { text: string; values: unknown[] } => ({
  text: `select pg_catalog.pg_advisory_lock_shared($1, ${lockKey(2)})`,
  values: [lockClass.schedules, schema],
});

/** Whether any process starts what is due. */
export async function isAnyPresent(connection: Queryable, schema: string): Promise<boolean> {
  const [row] = await connection.query<{ present: boolean }>(
    `select exists (select from pg_catalog.pg_locks l
       where l.locktype = 'advisory' and l.objsubid = 2 and l.granted
         and l.classid = $1::pg_catalog.int4::pg_catalog.oid and l.objid = ${lockKey(2)}::pg_catalog.oid
         and l.database = (select d.oid from pg_catalog.pg_database d
                            where d.datname = pg_catalog.current_database())) as present`,
    [lockClass.schedules, schema],
  );
  return row?.present === true;
}

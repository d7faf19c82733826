import { isDue, joinCopy } from './due-copies.ts';
import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Queryable } from '../postgres/pool.ts';

/** A store that lacks backups which are to be copied there. */
export interface LateCopies {
  store: string;
  /** How many it lacks. */
  backups: number;
  /** The moment that the data of the newest backup there are of; null when there is none. */
  newestCopyAt: Date | null;
  /** The same of the newest one that is not there. */
  newestAt: Date;
  /** Why the last copy to it failed, where it did. */
  lastError: string | null;
}

/** A copy takes time, and is tried several times. */
const patienceMinutes = 60;

/** Of the named stores, those that lack copies which could have been made by now. */
export function lateCopies(
  pool: Queryable,
  schema: string,
  stores: readonly string[],
): Promise<LateCopies[]> {
  const own = quoteIdentifier(schema);
  const of = (alias: string): string => `coalesce(${alias}.started_at, ${alias}.created_at)`;
  return pool.query<LateCopies>(
    `select place.store, pg_catalog.count(*) as backups, pg_catalog.max(${of('b')}) as "newestAt",
       (select pg_catalog.max(${of('there')}) from ${own}.system_backups there
         where there.status = 'completed' and (there.store = place.store or exists (
           select from ${own}.system_backup_copies k
            where k.backup_id = there.id and k.store = place.store and k.state = 'copied'))) as "newestCopyAt",
       (select l.error->>'message' from ${own}.backup_copy_log l
         where l.store = place.store and l.finished_at is not null order by l.id desc limit 1) as "lastError"
      from ${own}.system_backups b cross join pg_catalog.unnest(b.copy_to) as place (store)
      ${joinCopy(own)}
     where ${isDue}
       and b.finished_at < pg_catalog.now() - pg_catalog.make_interval(mins => $2)
     group by place.store order by place.store`,
    [stores, patienceMinutes],
  );
}

/**
 * Whether a good backup is anywhere but in one store, or has a copy elsewhere; null without any good backup.
 * @param inside the name of that store
 */
export async function anyOutside(pool: Queryable, schema: string, inside: string): Promise<boolean | null> {
  const own = quoteIdentifier(schema);
  const [row] = await pool.query<{ outside: boolean | null }>(
    `select pg_catalog.bool_or(b.store <> $1 or exists (
         select from ${own}.system_backup_copies c where c.backup_id = b.id and c.state = 'copied')) as outside
       from ${own}.system_backups b where b.status = 'completed' and not b.damaged and b.trigger <> 'safety'
         and b.type <> 'globals'`,
    [inside],
  );
  return row!.outside;
}

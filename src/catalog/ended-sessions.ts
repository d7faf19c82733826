import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Queryable } from '../postgres/pool.ts';

/** Signed out of and not yet over; beyond, those that are over soonest are forgotten. Only an admin can add one. */
const remembered = 1_000;

/** Sessions that were signed out of, known to every process. Before our tables exist there are none. */
export interface EndedSessions {
  has(id: string): Promise<boolean>;
  /** @param until when the session would have expired */
  add(id: string, until: Date): Promise<void>;
}

export function endedSessions(
  pool: Queryable,
  schema: string,
  isInitialized: () => Promise<boolean>,
): EndedSessions {
  const table = `${quoteIdentifier(schema)}.system_backup_epoch`;
  return {
    async has(id) {
      // Asked first: what has the name of our table need not be ours.
      if (!(await isInitialized())) return false;
      const [row] = await pool.query<{ ended: boolean }>(
        `select ended_sessions @> pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object('id', $1::pg_catalog.text)) as ended
           from ${table}`,
        [id],
      );
      return row?.ended === true;
    },
    async add(id, until) {
      if (!(await isInitialized())) return;
      await pool.query(
        `update ${table} set ended_sessions = (
           select pg_catalog.jsonb_agg(kept.session order by (kept.session->>'until')::pg_catalog.timestamptz)
             from (select all_of_them.session
                     from (select pg_catalog.jsonb_array_elements(ended_sessions) as session
                           union select pg_catalog.jsonb_build_object('id', $1::pg_catalog.text, 'until', $2::pg_catalog.timestamptz))
                          as all_of_them
                    where (all_of_them.session->>'until')::pg_catalog.timestamptz > pg_catalog.now()
                    order by (all_of_them.session->>'until')::pg_catalog.timestamptz desc limit ${remembered}) as kept)
         where $2::pg_catalog.timestamptz > pg_catalog.now()`,
        [id, until],
      );
    },
  };
}

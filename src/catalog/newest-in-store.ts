import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Pool } from '../postgres/pool.ts';
import { jsonParameter } from './json.ts';
import type { LatestBackup } from './stores.ts';

/** The backup that came into a store last, of those that must be there. */
export interface NewestInStore {
  id: number;
  uuid: string;
  /** When it was complete there. */
  arrivedAt: Date;
  /** What may be the hash of its header there, in hex; empty where it is not known. */
  headerHashes: string[];
}

/** Since when a store shows an older state, and what is not there. */
export interface KnownRollback {
  /** ISO 8601. */
  since: string;
  /** Id of the backup. */
  backupId: number;
  problem: string;
}

/** The part of the rows of stores that says what must be in a store, and whether it was. */
export interface NewestInStores {
  /** Undefined where nothing must be there: nothing was written since a person took the store as it was. */
  newestIn(name: string): Promise<NewestInStore | undefined>;
  /** The document of a backup is in a store now. */
  noteWritten(name: string, written: LatestBackup): Promise<void>;
  /** Takes a store as it is: what was written before is not expected there. */
  accept(name: string): Promise<void>;
  /** @param found undefined when everything was there */
  setRolledBack(name: string, found: Omit<KnownRollback, 'since'> | undefined): Promise<void>;
}

/** Of each store. The hash of a completed backup is forgotten when twenty later ones were put, or failed after that. */
const rememberedDocuments = 20;

export function newestInStores(pool: Pool, schema: string): NewestInStores {
  const own = quoteIdentifier(schema);
  const table = `${own}.system_backup_stores`;
  return {
    async newestIn(name) {
      const [row] = await pool.query<NewestInStore>(
        `select b.id, b.uuid, place.arrived_at as "arrivedAt",
           array(select d->>'headerHash'
                   from pg_catalog.jsonb_array_elements(s.written || pg_catalog.jsonb_build_array(s.latest)) d
                  where d->>'uuid' = b.uuid::pg_catalog.text
                    -- A document that was about to be put may not be there; then the one before it is.
                    and exists (select from pg_catalog.jsonb_array_elements(s.written) w where w->>'uuid' = b.uuid::pg_catalog.text)) as "headerHashes"
          from ${table} s
          join ${own}.system_backups b on b.status = 'completed'
          cross join lateral (
            select case when b.store = s.name then b.finished_at else (
              select coalesce(c.copied_at, b.finished_at) from ${own}.system_backup_copies c
               where c.backup_id = b.id and c.store = s.name and c.state = 'copied') end) as place (arrived_at)
         where s.name = $1 and place.arrived_at > coalesce(s.accepted_at, '-infinity')
         order by place.arrived_at desc, b.id desc limit 1`,
        [name],
      );
      return row;
    },
    async noteWritten(name, written) {
      await pool.query(
        `update ${table} s set written = (
           select pg_catalog.jsonb_agg(d order by n) from (
             select d, n from pg_catalog.jsonb_array_elements(
                 pg_catalog.jsonb_build_array($2::pg_catalog.jsonb) || coalesce(s.written, '[]')) with ordinality as x (d, n)
              where n = 1 or d->>'uuid' <> $3 order by n limit ${rememberedDocuments}) kept)
          where name = $1`,
        [name, jsonParameter(written), written.uuid],
      );
    },
    async accept(name) {
      await pool.query(
        `update ${table} set accepted_at = pg_catalog.now(), rolled_back = null where name = $1`,
        [name],
      );
    },
    async setRolledBack(name, found) {
      await pool.query(
        `update ${table} set rolled_back = case when $2::pg_catalog.jsonb is not null
             then pg_catalog.jsonb_build_object('since', $3::pg_catalog.text) || coalesce(rolled_back, '{}') || $2::pg_catalog.jsonb end
          where name = $1 and (rolled_back is not null or $2::pg_catalog.jsonb is not null)`,
        [name, found ? jsonParameter(found) : null, new Date().toISOString()],
      );
    },
  };
}

import { isDue, joinCopy } from './due-copies.ts';
import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Queryable } from '../postgres/pool.ts';
import type { PlacedBackup } from '../retention/places.ts';
import { heldBySql } from './findings.ts';

/** The part of the repository of backups that says what may be deleted. */
export interface BackupsToKeep {
  /** Of every backup, what retention decides by; `inUse` as far as the rows tell. Copies count in the named stores only. */
  forRetention(stores: readonly string[]): Promise<PlacedBackup[]>;
  /** Whether a restore, verification or drill that has not ended is of this backup, or has it as its way back. */
  isNeeded(id: number): Promise<boolean>;
  /** The open findings that keep it from being deleted. */
  heldBy(id: number): Promise<number[]>;
}

export function backupsToKeep(pool: Queryable, schema: string): BackupsToKeep {
  const own = quoteIdentifier(schema);
  const table = `${own}.system_backups`;
  const needed = (id: string): string =>
    `(exists (select from ${own}.system_restore_log r
               where r.finished_at is null and ${id} in (r.backup_id, r.safety_backup_id))
      or exists (select from ${own}.backup_verification_log v
                  where v.finished_at is null and v.backup_id = ${id})
      or exists (select from ${own}.backup_drill_log d
                  where d.finished_at is null and d.backup_id = ${id}))`;
  return {
    forRetention: (stores) =>
      pool.query<PlacedBackup>(
        `select id, store, coalesce(started_at, created_at) as "createdAt", finished_at as "finishedAt", status, type,
           schedule_name as "scheduleName", trigger, pinned, damaged, stored_bytes as "storedBytes",
           ${needed('b.id')} as "inUse", ${heldBySql(own, 'b')} as "heldBy", coalesce(new_bytes, stored_bytes) as "addedBytes",
           array(select pg_catalog.jsonb_build_object('store', c.store, 'damaged', c.state = 'damaged')
              from ${own}.system_backup_copies c
             where c.backup_id = b.id and c.state in ('copied', 'damaged') and c.store = any ($1)) as copies,
           array(select place.store from pg_catalog.unnest(b.copy_to) as place (store)
              ${joinCopy(own)} where ${isDue}) as due
          from ${table} b`,
        [stores],
      ),
    async isNeeded(id) {
      const [row] = await pool.query<{ needed: boolean }>(`select ${needed('$1')} as needed`, [id]);
      return row!.needed;
    },
    async heldBy(id) {
      const [row] = await pool.query<{ findings: number[] }>(
        `select ${heldBySql(own, 'b')} as findings from ${table} b where id = $1`,
        [id],
      );
      return row?.findings ?? [];
    },
  };
}

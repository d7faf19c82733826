import { isLacking, joinCopy } from './due-copies.ts';
import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Pool, Queryable } from '../postgres/pool.ts';
import type { CopyTrigger } from '../contract/states.ts';
import { beginSql, completeSql, heldBy, isHeld, page, rowOf, runColumns, runsOf } from './runs.ts';
import type { HeldRun, Page, PageRequest, RunRecord, RunRows } from './runs.ts';
import type { BackupDamage } from './backup-damage.ts';
import { resumeHours } from './backups.ts';
import { withDamageEvent } from './events.ts';
import { jsonParameter } from './json.ts';

/** A row of `backup_copy_log`. */
export interface CopyRecord extends RunRecord {
  backupId: number;
  backupUuid: string;
  /** Where it is copied to, by name. */
  store: string;
  trigger: CopyTrigger;
  attempt: number;
  report: unknown;
}

/** A backup that is in a store besides the one that its row names: a row of `system_backup_copies`. */
export interface KeptCopy {
  backupId: number;
  store: string;
  /** `removing`: its manifest is being deleted there. */
  state: 'copied' | 'damaged' | 'removing';
}

export interface DueCopy {
  backupId: number;
  backupUuid: string;
  store: string;
  trigger: CopyTrigger;
}

export interface Copies extends RunRows {
  /** Adds a copy that waits in the queue; the one that has not ended where there is one, which waits no longer if it is asked for. */
  insert(copy: DueCopy, connection?: Queryable): Promise<CopyRecord>;
  /** Makes a queued copy a running one. @param keepFrom as of a backup, in the store that is copied to */
  begin(run: HeldRun, keepFrom: number): Promise<boolean>;
  get(id: number, connection?: Queryable): Promise<CopyRecord | undefined>;
  list(request: PageRequest): Promise<Page<CopyRecord>>;
  /** Whether the run goes on under its fence. */
  isHeld(run: HeldRun): Promise<boolean>;
  /** Ends a copy, and has its backup say where it is from now on. False when the run has ended or was taken over. */
  complete(run: HeldRun, report: unknown): Promise<boolean>;
  /** The next backup of each of these stores that is to be copied there, the newest first; none while one is under way. */
  due(stores: readonly string[]): Promise<DueCopy[]>;
  /** As of the repository of backups: on what copies to this store rely. */
  keepFrom(store: string): Promise<number | null>;
  /** Copies that are there, whole or not. */
  kept(backupId?: number): Promise<KeptCopy[]>;
  /** Has a backup be known to be in a store, as an import finds it. */
  note(backupId: number, store: string): Promise<void>;
  setState(backupId: number, store: string, state: KeptCopy['state'] | 'removed'): Promise<void>;
  setDamage(backupId: number, store: string, damage: BackupDamage | null): Promise<void>;
  /** It has been read again there, and all of it was there. */
  markProved(backupId: number, store: string): Promise<void>;
  /**
   * Has a backup be at home where it was a copy; what is left in the store before is a copy that is being removed.
   * False when it is not there as a whole copy.
   */
  move(backupId: number, from: string, to: string): Promise<boolean>;
  /** Of a backup whose row is deleted. */
  forget(backupId: number): Promise<void>;
}

const columns = `${runColumns}, backup_id as "backupId", backup_uuid as "backupUuid", store, trigger, attempt, report`;

/** After a copy has failed for good, when it is tried again without being asked for. */
const againAfterHours = 1;

export function copies(pool: Pool, schema: string): Copies {
  const own = quoteIdentifier(schema);
  const log = `${own}.backup_copy_log`;
  const kept = `${own}.system_backup_copies`;
  const backups = `${own}.system_backups`;
  return {
    ...runsOf(pool, schema, 'copy'),
    async insert({ backupId, backupUuid, store, trigger }, connection = pool) {
      await connection.query(
        `insert into ${log} (backup_id, backup_uuid, store, trigger, status) values ($1, $2, $3, $4, 'queued')
           on conflict (backup_id, store) where finished_at is null
             do update set trigger = excluded.trigger, not_before = null
               where ${log}.status = 'queued' and excluded.trigger = 'manual'`,
        [backupId, backupUuid, store, trigger],
      );
      const [row] = await connection.query<CopyRecord>(
        `select ${columns} from ${log} where backup_id = $1 and store = $2 order by id desc limit 1`,
        [backupId, store],
      );
      return row!;
    },
    async begin(run, keepFrom) {
      const rows = await pool.query(beginSql(schema, 'copy', 'first_epoch = coalesce(first_epoch, $3)'), [
        ...heldBy(run),
        keepFrom,
      ]);
      return rows.length > 0;
    },
    get: (id, connection = pool) => rowOf<CopyRecord>(connection, log, columns, id),
    list: (request) => page<CopyRecord>(pool, log, columns, request),
    async isHeld(run) {
      const rows = await pool.query(`select from ${log} where ${isHeld}`, heldBy(run));
      return rows.length > 0;
    },
    complete: (run, report) =>
      pool.transaction(async (connection) => {
        const rows = await connection.query(completeSql(schema, 'copy', `report = $3`), [
          ...heldBy(run),
          jsonParameter(report),
        ]);
        if (rows.length === 0) return false;
        // Where it is at home it has been put right, and looked through for that.
        await connection.query(
          `update ${backups} b set damaged = false, damage = null from ${log} c
            where c.id = $1 and b.id = c.backup_id and b.store = c.store`,
          [run.id],
        );
        await connection.query(
          `insert into ${kept} (backup_id, store, state, copied_at, proved_at)
           select c.backup_id, c.store, 'copied', pg_catalog.now(), pg_catalog.now()
             from ${log} c join ${backups} b on b.id = c.backup_id and b.store <> c.store where c.id = $1
           on conflict (backup_id, store) do update set state = 'copied', damage = null, proved_at = excluded.proved_at,
             copied_at = case when ${kept}.state in ('copied', 'damaged') then ${kept}.copied_at else excluded.copied_at end`,
          [run.id],
        );
        return true;
      }),
    due: (stores) =>
      pool.query<DueCopy>(
        `select distinct on (place.store) b.id as "backupId", b.uuid as "backupUuid", place.store,
           case when c.state = 'damaged' or b.store = place.store then 'repair' else 'schedule' end as trigger
          from ${backups} b
          cross join lateral (select pg_catalog.unnest(b.copy_to) union select k.store from ${kept} k
                where k.backup_id = b.id and k.state = 'damaged'
              union select b.store where b.damaged and ((b.damage->>'chunks')::pg_catalog.int8 > 0 or b.damage->>'code' = 'MANIFEST_INVALID')) as place (store)
          ${joinCopy(own)}
          where b.status = 'completed' and place.store = any ($1)
            and (${isLacking} or b.store = place.store and b.damaged)
            and (not b.damaged or exists (select from ${kept} k where k.backup_id = b.id and k.state = 'copied' and k.store <> place.store))
            and not exists (select from ${log} l where l.store = place.store and l.finished_at is null)
            and not exists (select from ${log} l where l.backup_id = b.id and l.store = place.store and l.status <> 'completed'
                  and l.finished_at > pg_catalog.now() - pg_catalog.make_interval(hours => $2))
            and not exists (select from ${log} l where l.backup_id = b.id and l.store = place.store and l.status = 'cancelled')
          order by place.store, b.id desc`,
        [stores, againAfterHours],
      ),
    async keepFrom(store) {
      const [row] = await pool.query<{ from: number | null }>(
        `select pg_catalog.min(first_epoch) as "from" from ${log} l
          where store = $2
            and (status in ('queued', 'running')
              or status in ('failed', 'interrupted') and finished_at > pg_catalog.now() - pg_catalog.make_interval(hours => $1)
                and not exists (select from ${log} later where later.backup_id = l.backup_id and later.store = l.store
                                  and later.status = 'completed' and later.id > l.id))`,
        [resumeHours, store],
      );
      return row!.from;
    },
    kept: (backupId) =>
      pool.query<KeptCopy>(
        `select backup_id as "backupId", store, state from ${kept}
          where state <> 'removed' and ($1::bigint is null or backup_id = $1) order by backup_id, store`,
        [backupId ?? null],
      ),
    async note(backupId, store) {
      await pool.query(
        `insert into ${kept} (backup_id, store, state) select id, $2, 'copied' from ${backups} where id = $1 and store <> $2
           on conflict (backup_id, store) do update set state = 'copied' where ${kept}.state = 'removed'`,
        [backupId, store],
      );
    },
    async setState(backupId, store, state) {
      await pool.query(`update ${kept} set state = $3 where backup_id = $1 and store = $2`, [
        backupId,
        store,
        state,
      ]);
    },
    async setDamage(backupId, store, damage) {
      await pool.query(
        withDamageEvent(
          schema,
          `select backup_id as id, 'Its copy in ' || store || ': ' as place from ${kept}
            where backup_id = $1 and store = $2 and state = 'copied' for update`,
          `update ${kept} set state = case when $3::pg_catalog.jsonb is null then 'copied' else 'damaged' end, damage = $3
            where backup_id = $1 and store = $2 and state in ('copied', 'damaged') returning backup_id`,
        ),
        [backupId, store, damage && jsonParameter(damage)],
      );
    },
    async markProved(backupId, store) {
      await pool.query(
        `update ${kept} set state = 'copied', damage = null, proved_at = pg_catalog.now()
          where backup_id = $1 and store = $2 and state in ('copied', 'damaged')`,
        [backupId, store],
      );
    },
    move: (backupId, from, to) =>
      pool.transaction(async (connection) => {
        const copy = await connection.query<{ provedAt: Date | null }>(
          `delete from ${kept} where backup_id = $1 and store = $2 and state = 'copied' returning proved_at as "provedAt"`,
          [backupId, to],
        );
        if (copy.length === 0) return false;
        const moved = await connection.query(
          `update ${backups} set store = $3, damaged = false, damage = null
            where id = $1 and store = $2 and status = 'completed' returning id`,
          [backupId, from, to],
        );
        if (moved.length === 0) throw new Error(`backup ${backupId} is no longer in ${from}`);
        await connection.query(
          `insert into ${kept} (backup_id, store, state) values ($1, $2, 'removing')
             on conflict (backup_id, store) do update set state = 'removing'`,
          [backupId, from],
        );
        return true;
      }),
    async forget(backupId) {
      await pool.query(`delete from ${log} where backup_id = $1 and status = 'queued'`, [backupId]);
      await pool.query(`delete from ${kept} where backup_id = $1`, [backupId]);
    },
  };
}

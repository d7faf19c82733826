import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Queryable } from '../postgres/pool.ts';
import type { BackupRecord } from './backup-record.ts';
import { backupTypes, factsOfType, type BackupType } from '../contract/backup-type.ts';
import { oneOf } from './migrations/one-of.ts';
import type { BackupTrigger } from '../contract/states.ts';

/** What is there, as far as it says whether one can trust in it. */
export interface BackupsSummary {
  total: number;
  completed: number;
  /** By the clock of the server. */
  now: Date;
  /**
   * Runs since, of schedules or by hand, that failed or were interrupted, or whose backup turned out damaged. One of globals counts until
   * there is a good one of globals.
   */
  failures: number;
  /** In words, of the newest of them. */
  lastFailure: string | null;
  /** Completed ones of which something is missing or damaged, newest first. */
  damaged: DamagedBackup[];
  /** The newest good backup of each schedule and type, safety backups left out. */
  good: GoodBackup[];
  /** Of the newest good full backups, newest first. */
  sizes: SizeFigures[];
}

export interface DamagedBackup {
  id: number;
  type: BackupType;
  trigger: BackupTrigger;
  /** Those that cannot be restored, as far as they are known. */
  tables: string[];
}

export interface GoodBackup {
  scheduleName: string | null;
  type: BackupType;
  /** When it began: the moment its data are of. */
  at: Date;
}

export interface SizeFigures {
  id: number;
  /** Where it is at home. */
  store: string;
  rawBytes: number;
  rowCount: number;
  storedBytes: number;
  warningCount: number | null;
}

/** A safety backup is not good: it shows the state that a restore was meant to undo. */
const isGood = `status = 'completed' and not damaged and trigger <> 'safety'`;
const hasTables = `type in (${oneOf(backupTypes.filter((type) => factsOfType[type].holdsTables))})`;

/** In few statements: an overview asks them of many catalogs. */
export async function summarize(pool: Queryable, schema: string): Promise<BackupsSummary> {
  const table = `${quoteIdentifier(schema)}.system_backups`;
  const [counts] = await pool.query<Pick<BackupsSummary, 'total' | 'completed' | 'now' | 'damaged'>>(
    `select pg_catalog.count(*) as total, pg_catalog.count(*) filter (where status = 'completed') as completed,
       pg_catalog.now() as now,
       coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('id', id, 'type', type, 'trigger', trigger,
           'tables', coalesce(damage->'tables', '[]')) order by id desc)
         filter (where status = 'completed' and damaged), '[]') as damaged
       from ${table}`,
  );
  const newestGoodId = (which: string): string =>
    `(select coalesce(pg_catalog.max(id), 0) from ${table} where ${isGood} and ${which})`;
  const failed = await pool.query<{ reason: string | null }>(
    `select case when damaged then 'backup ' || id || ' is damaged' else error->>'message' end as reason from ${table}
      where (status in ('failed', 'interrupted') or damaged) and trigger <> 'safety'
        and id > case when ${hasTables} then ${newestGoodId(hasTables)} else ${newestGoodId(`not (${hasTables})`)} end
      order by id desc limit 1000`,
  );
  return {
    ...counts!,
    failures: failed.length,
    lastFailure: failed[0]?.reason ?? null,
    good: await pool.query<GoodBackup>(
      `select schedule_name as "scheduleName", type, pg_catalog.max(coalesce(started_at, created_at)) as at from ${table}
        where ${isGood} group by 1, 2`,
    ),
    sizes: await pool.query<SizeFigures>(
      `select id, store, raw_bytes as "rawBytes", row_count as "rowCount", stored_bytes as "storedBytes",
         warning_count as "warningCount" from ${table}
        where ${isGood} and type = 'full' order by id desc limit 11`,
    ),
  };
}

/**
 * The newest good one with tables; never a safety backup, which shows the state that a restore was meant to undo.
 * @param columns those of a BackupRecord
 * @param options.full only a full one. Default: false
 */
export async function newestGood(
  pool: Queryable,
  schema: string,
  columns: string,
  { full = false }: { full?: boolean } = {},
): Promise<BackupRecord | undefined> {
  const [newest] = await pool.query<BackupRecord>(
    `select ${columns} from ${quoteIdentifier(schema)}.system_backups
      where ${isGood} and ${full ? `type = 'full'` : hasTables} order by id desc limit 1`,
  );
  return newest;
}

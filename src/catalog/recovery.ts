import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Queryable } from '../postgres/pool.ts';

/** A backup that all of the database can be restored from. */
export interface RecoverableBackup {
  id: number;
  /** The moment that its data are of. */
  at: Date;
  rawBytes: number;
}

/** A proof of a backup that is not known to be damaged. */
export interface BackupProof {
  backupId: number;
  how: 'drill' | 'content' | 'checksum';
  at: Date;
}

/** A restore of everything into a new database, or a drill. */
export interface MeasuredTime {
  seconds: number;
  at: Date;
  /** Of the backup; null where its row is gone. */
  rawBytes: number | null;
}

/** What the rows say of how the database would come back. */
export interface RecoveryRows {
  /** The newest good full backup, safety backups left out. */
  newest: RecoverableBackup | null;
  /** The newest one that is whole outside the database. */
  newestOutside: RecoverableBackup | null;
  /** The last completed one. */
  restore: MeasuredTime | null;
  proof: BackupProof | null;
}

/**
 * @param inside the name of the store in the database
 * @param stores the configured ones: a backup elsewhere cannot be read from here
 */
export async function recoveryRows(
  pool: Queryable,
  schema: string,
  inside: string,
  stores: readonly string[],
): Promise<RecoveryRows> {
  const own = quoteIdentifier(schema);
  const full = `b.status = 'completed' and b.type = 'full' and b.trigger <> 'safety'`;
  const newest = (condition: string): string =>
    `(select pg_catalog.jsonb_build_object('id', b.id, 'at', coalesce(b.started_at, b.created_at), 'rawBytes', coalesce(b.raw_bytes, 0))
        from ${own}.system_backups b where ${full} and (${condition}) order by b.id desc limit 1)`;
  const elsewhere = `exists (select from ${own}.system_backup_copies c
    where c.backup_id = b.id and c.state = 'copied' and c.store <> $1 and c.store = any ($2))`;
  interface Dated<T> {
    found: (Omit<T, 'at'> & { at: string }) | null;
  }
  const one = async <T>(sql: string, values: readonly unknown[] = [inside, stores]): Promise<T | null> => {
    const [row] = await pool.query<Dated<T>>(`select ${sql} as found`, values);
    return row?.found ? ({ ...row.found, at: new Date(row.found.at) } as T) : null;
  };
  return {
    newest: await one<RecoverableBackup>(
      newest(`not b.damaged and (b.store = $1 or b.store = any ($2)) or ${elsewhere}`),
    ),
    newestOutside: await one<RecoverableBackup>(
      newest(`not b.damaged and b.store <> $1 and b.store = any ($2) or ${elsewhere}`),
    ),
    restore: await one<MeasuredTime>(
      `(select pg_catalog.jsonb_build_object('at', r.finished_at, 'rawBytes', b.raw_bytes,
           'seconds', extract(epoch from r.finished_at - r.started_at))
          from ${own}.system_restore_log r left join ${own}.system_backups b on b.id = r.backup_id
         where r.status = 'completed' and r.restore_type = 'full' and r.target->>'mode' = 'new-database'
         order by r.id desc limit 1)`,
      [],
    ),
    proof: await one<BackupProof>(
      `(select pg_catalog.jsonb_build_object('backupId', p.backup_id, 'how', p.how, 'at', p.at)
          from (select backup_id, 'drill' as how, finished_at as at from ${own}.backup_drill_log
                 where verdict = 'passed' and status = 'completed'
                union all
                select backup_id, level, finished_at from ${own}.backup_verification_log
                 where status = 'completed' and level in ('content', 'checksum') and share is null) as p
          left join ${own}.system_backups b on b.id = p.backup_id
         where b.damaged is not true
         order by p.how = 'checksum', p.at desc limit 1)`,
      [],
    ),
  };
}

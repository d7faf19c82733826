/** A database with a past: the sample shop and three months of a schedule, for pictures of the admin page. */
import type pg from 'pg';
import { createSampleShop } from '../src/cli/sample-shop/sample-shop.ts';
import type { BackupSystem } from '../src/index.ts';

/** Nights of which the schedule is said to have taken a backup. */
const nights = 84;

/**
 * Fills a database. What is here now is real: backups, restores, a failure. The nights before are copies of the first
 * backup under other dates.
 */
export async function makeHistory({ api }: BackupSystem, client: pg.Client): Promise<void> {
  await createSampleShop(client);
  await api.init();
  await api.updateSchedule({
    enabled: true,
    frequency: 'daily',
    time: '02:00',
    timezone: 'Europe/Zurich',
    retentionDays: 30,
    maxBackups: null,
    keepWeekly: 8,
    keepMonthly: 12,
  });
  await api.createBackup({ description: 'Before the move to the new server', wait: true });
  await makeNights(client);
  await client.query(cleanups);

  // A night that failed, for the reason that is the most frequent: somebody holds a lock.
  await client.query(failedNight);
  await client.query(interruptedRun);
  await api.createBackup({
    type: 'partial',
    tables: ['orders', 'order_lines', 'payments'],
    description: 'Before changing the prices',
    wait: true,
  });
  const last = await api.createBackup({ wait: true });
  await client.query(
    `update system_backups set trigger = 'schedule', schedule_name = 'default' where id = $1`,
    [last.id],
  );
  await client.query('delete from reviews');
  await api.restore({ backupId: last.id, restoreType: 'partial', tables: ['reviews'], wait: true });
  await api.restore({
    backupId: last.id,
    target: { mode: 'new-database', database: 'shop_rescue' },
    wait: true,
  });
  await failRestore(api, client, last.id);
  await api.pinBackup(1);
  // Something for the wizard to find.
  await client.query('delete from reviews where id % 3 = 0');
}

/** Orders with a coupon that the backup does not know: the foreign key cannot be put back, so nothing is changed. */
async function failRestore(api: BackupSystem['api'], client: pg.Client, backupId: number): Promise<void> {
  await client.query(
    `insert into coupons values ('SPRING15', 'Spring opening', 15, daterange(current_date, current_date + 30));
     update orders set coupon_code = 'SPRING15' where id % 40 = 0`,
  );
  await api.restore({ backupId, restoreType: 'partial', tables: ['coupons'], wait: true }).then(
    () => Promise.reject(new Error('this restore was to fail')),
    () => {},
  );
}

/** Does something while a backup is in the middle of its work. */
export async function inProgress(
  { api }: BackupSystem,
  client: pg.Client,
  work: () => Promise<void>,
): Promise<void> {
  // New rows, so that there is something to store; and the store is full of somebody else's lock.
  await client.query(`update visits set path = path || '?from=newsletter'`);
  await client.query('begin; lock table system_backup_chunks in exclusive mode');
  const { id } = await api.createBackup({ description: 'Before the release' });
  try {
    await work();
  } finally {
    await client.query('rollback');
    await api.waitForBackup(id).catch(() => {});
  }
}

/** Every night a little larger, a little slower; the ids follow the dates. */
async function makeNights(client: pg.Client): Promise<void> {
  await client.query(
    `update system_backups set pinned = true, created_at = created_at - make_interval(days => $1 + 2),
       started_at = started_at - make_interval(days => $1 + 2),
       finished_at = finished_at - make_interval(days => $1 + 2)`,
    [nights],
  );
  await client.query(
    `with night as (
       select n, date_trunc('day', now()) - make_interval(days => n) + interval '1 hour' as due
       from generate_series(1, $1) n where n not in (9, 31)
     )
     insert into system_backups (uuid, type, status, trigger, tables, store, created_at, started_at, finished_at,
       table_count, row_count, raw_bytes, stored_bytes, chunk_count, server_version, backup_data, schedule_name, due_at)
     select gen_random_uuid(), 'full', 'completed', 'schedule', '{}', store, due + interval '0.4 s',
       due + interval '0.6 s', due + interval '0.6 s' + (1.1 + 0.2 * sin(n) * cos(n * 3) + (84 - n) / 250.0) * interval '1 s',
       table_count, row_count - n * 137, raw_bytes - n * 60000, stored_bytes - n * 21000, chunk_count,
       server_version, backup_data, 'default', due
     from night, system_backups b where b.id = 1 order by n desc`,
    [nights],
  );
  await client.query(
    `insert into backup_schedule_log (schedule_name, due_at, recorded_at, outcome, reason, backup_id)
     select 'default', due_at, created_at,
       case when id % 17 = 0 then 'late' else 'started' end,
       case when id % 17 = 0 then 'Another run was in progress' end, id
     from system_backups where due_at is not null order by due_at`,
  );
}

const failedNight = `
  insert into system_backups (uuid, type, status, trigger, tables, store, created_at, started_at, finished_at, error,
    schedule_name, due_at)
  select gen_random_uuid(), 'full', 'failed', 'schedule', '{}', 'database', due, due, due + interval '31 s',
    jsonb_build_object('error', 'Timed out waiting for a lock', 'code', 'LOCK_TIMEOUT',
      'message', 'public.orders is locked by process 4711 (shop-migrate), which has waited for a client since 01:58:12.',
      'hint', 'Let the transaction that holds the lock end, or end it, then run the backup again.'),
    'default', due
  from (select date_trunc('day', now()) - interval '9 days' + interval '1 hour' as due) night`;

const interruptedRun = `
  insert into system_backups (uuid, type, status, trigger, tables, store, created_at, started_at, finished_at, error)
  select gen_random_uuid(), 'full', 'interrupted', 'manual', '{}', 'database', at, at, at + interval '12 s',
    jsonb_build_object('error', 'Run interrupted', 'code', 'INTERRUPTED',
      'message', 'The process that performed it ended: the server was restarted.',
      'hint', 'Run it again. What was stored already is not stored twice.')
  from (select date_trunc('day', now()) - interval '3 days' + interval '15 hours' as at) afternoon`;

const cleanups = `
  insert into backup_cleanup_log (created_at, started_at, finished_at, trigger, reason, backups, chunks_deleted, bytes_freed)
  select at, at, at + interval '2 s', case when n % 9 = 0 then 'manual' else 'schedule' end,
    case when n % 9 = 0 then 'somebody asked for it' else 'the retention policy' end,
    jsonb_build_array(jsonb_build_object('id', 1000 + n, 'uuid', gen_random_uuid(), 'createdAt', at - interval '31 days',
      'status', 'completed', 'reasons', jsonb_build_array('older than 30 days', 'not chosen for any hour, day, week, month or year'))),
    12 + n % 7, 4200000 + n * 31000
  from (select n, date_trunc('day', now()) - make_interval(days => n) + interval '1 hour 1 minute' as at
        from generate_series(1, 24) n) days order by at`;

import type { Session } from '../../postgres/wire/session.ts';
import { privilegedSettings } from '../../postgres/session-settings.ts';
import { counted } from '../../base/units.ts';
import { fail, ok, warn, type Check } from './check.ts';

interface LockFacts {
  tables: number;
  relations: number;
  perTransaction: number;
  /** The server promises room for this many transactions. */
  slots: number;
  /** It has room for these as well, which are for processes of its own. */
  moreSlots: number;
}

/**
 * Whether a run may lock every table of the database. A backup locks the tables; a restore in place of everything their
 * indexes, sequences and TOAST tables as well.
 */
export async function checkLocks(session: Session): Promise<Check> {
  const [row] = await session.query<LockFacts>(`
    select counted.tables, counted.relations, pg_catalog.current_setting('max_locks_per_transaction')::int as "perTransaction",
      pg_catalog.current_setting('max_connections')::int
        + pg_catalog.current_setting('max_prepared_transactions')::int as slots,
      pg_catalog.current_setting('max_worker_processes')::int + pg_catalog.current_setting('max_wal_senders')::int
        + coalesce(pg_catalog.current_setting('autovacuum_worker_slots', true),
            pg_catalog.current_setting('autovacuum_max_workers'))::int as "moreSlots"
    from (select (pg_catalog.count(*) filter (where c.relkind in ('r', 'p') and n.nspname <> 'pg_toast'))::int as tables,
        pg_catalog.count(*)::int as relations
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p', 'i', 'I', 'S', 't', 'm', 'v')
        and n.nspname not in ('pg_catalog', 'information_schema') and c.relpersistence <> 't') counted`);
  if (!row) throw new Error('no row of counts');
  const { tables, relations, slots, moreSlots, perTransaction } = row;
  const room = perTransaction * slots;
  const enough = Math.ceil(relations / slots / 64) * 64;
  const found = `room for ${counted(room, 'lock')}, ${counted(tables, 'table')} with ${counted(relations - tables, 'other relation')}`;
  const hint = `Set max_locks_per_transaction to ${enough} or more and restart the server.`;
  if (tables > room + perTransaction * moreSlots) {
    return fail('locks', 'OUT_OF_LOCKS', `Too few for a backup: ${found}.`, hint);
  }
  if (relations > room) return warn('locks', `Too few to restore everything in place: ${found}.`, hint);
  return ok('locks', found);
}

/** What is against us in the settings of the role or the database and is not ours to change. */
export async function checkSettings(session: Session): Promise<Check> {
  const rows = await session.query<{ name: string; setting: string }>(
    `select name, setting from pg_catalog.pg_settings where name = any ($1::pg_catalog.text[])`,
    [Object.keys(privilegedSettings)],
  );
  const against = rows.filter(
    ({ name, setting }) => setting !== privilegedSettings[name] && name !== 'lc_messages',
  );
  const names = against.map(({ name, setting }) => `${name} = ${setting}`).join(', ');
  if (against.length === 0) return ok('settings', 'none that Holdfast cannot override');
  const hint = `As a superuser: ${against
    .map(({ name }) => `ALTER ROLE … SET ${name} = ${privilegedSettings[name]};`)
    .join(' ')}`;
  return against.some(({ name }) => hidesDamage.has(name))
    ? fail('settings', 'DATA_CORRUPTED', `${names}: damaged data would be read as if it were intact.`, hint)
    : warn('settings', `${names}: triggers and foreign keys are disabled for this role.`, hint);
}

const hidesDamage = new Set(['ignore_checksum_failure', 'zero_damaged_pages']);

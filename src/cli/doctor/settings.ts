import type { Session } from '../../postgres/wire/session.ts';
import { quoteIdentifier } from '../../postgres/identifiers.ts';
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
export async function checkSettings(session: Session, role: string): Promise<Check> {
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
    .map(({ name }) => `ALTER ROLE ${quoteIdentifier(role)} SET ${name} = ${privilegedSettings[name]};`)
    .join(' ')}`;
  return against.some(({ name }) => hidesDamage.has(name))
    ? fail('settings', 'DATA_CORRUPTED', `${names}: damaged data would be read as if it were intact.`, hint)
    : warn('settings', `${names}: triggers and foreign keys are disabled for this role.`, hint);
}

interface RoleFacts {
  role: string;
  validUntil: Date | null;
  temporaryLimit: string;
  isLimited: boolean;
  /** Set for the role, the database or both: what holds until our first statement has run. */
  timeoutMs: number;
}

/** A password that expires, and limits of the role that a large restore meets. */
export async function checkRoleLimits(session: Session): Promise<Check[]> {
  const [row] = await session.query<RoleFacts>(
    `select r.rolname as role, case when pg_catalog.isfinite(r.rolvaliduntil) then r.rolvaliduntil end as "validUntil",
       pg_catalog.current_setting('temp_file_limit') as "temporaryLimit",
       pg_catalog.current_setting('temp_file_limit') <> '-1' as "isLimited",
       coalesce((select s.reset_val from pg_catalog.pg_settings s where s.name = 'statement_timeout')::pg_catalog.float8, 0) as "timeoutMs"
       from pg_catalog.pg_roles r where r.rolname = current_user`,
  );
  const { role, validUntil, temporaryLimit, isLimited, timeoutMs } = row!;
  return [
    expiryCheck(role, validUntil),
    isLimited
      ? warn(
          'temporary files',
          `temp_file_limit = ${temporaryLimit}: building the indexes of a large table in a restore may need more, and would fail.`,
          `As a superuser: ALTER ROLE ${quoteIdentifier(role)} SET temp_file_limit = -1;`,
        )
      : ok('temporary files', 'no limit'),
    timeoutMs > 0 && timeoutMs < shortTimeoutMs
      ? warn(
          'first statement',
          `statement_timeout = ${timeoutMs} ms holds until Holdfast has switched it off, and may be too short for that on a busy server.`,
          `As a superuser or as this role: ALTER ROLE ${quoteIdentifier(role)} SET statement_timeout = 0;`,
        )
      : ok('first statement', 'has time enough'),
  ];
}

const shortTimeoutMs = 1_000;
const expiresSoonMs = 14 * 24 * 3_600_000;

function expiryCheck(role: string, validUntil: Date | null): Check {
  const name = 'password';
  if (validUntil === null) return ok(name, `that of role ${role} does not expire`);
  const left = validUntil.getTime() - Date.now();
  const found = `that of role ${role} expires ${validUntil.toISOString()}`;
  if (left > expiresSoonMs) return ok(name, found);
  const said =
    left < 0
      ? `That of role ${role} has expired: the next login with it is refused.`
      : `${found.replace('that', 'That')}: no backup after that.`;
  return warn(
    name,
    said,
    `Give it a later end, with a new password: ALTER ROLE ${quoteIdentifier(role)} VALID UNTIL 'infinity';`,
  );
}

/** Whether the server has found damage, and whether it would. */
export async function checkChecksums(session: Session): Promise<Check> {
  const name = 'checksums';
  const [row] = await session.query<{ on: boolean; failures: number | null; at: Date | null }>(
    `select pg_catalog.current_setting('data_checksums') = 'on' as on, checksum_failures::pg_catalog.float8 as failures,
       checksum_last_failure as at
       from pg_catalog.pg_stat_database where datname = pg_catalog.current_database()`,
  );
  const { on, failures, at } = row!;
  if (failures !== null && failures > 0) {
    return warn(
      name,
      `The server has read ${counted(failures, 'damaged page')} of this database, the last at ${at?.toISOString() ?? 'a time that it does not tell'}.`,
      'Keep the earlier backups (pin them). Look at the log of the server for the table, and at its disk; REINDEX an index, bring a table back from a backup. Then: SELECT pg_catalog.pg_stat_reset();',
    );
  }
  return ok(
    name,
    on ? 'on, and the server has found no damage' : 'off: the server would not notice a damaged page',
  );
}

const hidesDamage = new Set(['ignore_checksum_failure', 'zero_damaged_pages']);

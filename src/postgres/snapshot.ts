import { HoldfastError } from '../base/errors.ts';
import { sqlState } from './failure.ts';
import { Session } from './wire/session.ts';
import type { ConnectionTarget } from './connection.ts';
import { quoteLiteral } from './identifiers.ts';
import { readingSettings } from './session-settings.ts';

export interface SnapshotInfo {
  /** What pg_export_snapshot() returned; valid while the lead transaction lives. */
  id: string;
  /** ISO 8601, UTC. */
  at: string;
  lsn: string;
  xids: string;
  serverVersionNum: number;
  /** Of the database, as PostgreSQL names it. */
  encoding: string;
}

/** Begins the lead transaction of a run on `session` and exports its snapshot. */
export async function exportSnapshot(session: Session, lockTimeoutMs: number): Promise<SnapshotInfo> {
  await session.execute(
    `begin isolation level repeatable read read only; set local lock_timeout = ${lockTimeoutMs}`,
  );
  const serverVersionNum = await session.serverVersionNum();
  const [database] = await session.query<{ encoding: string }>(
    `select pg_catalog.getdatabaseencoding() as encoding`,
  );
  const { encoding } = database!;
  await refuseHiddenDamage(session);
  const [row] = await session.query<{ id: string; at: string; lsn: string; xids: string }>(`
    select pg_catalog.pg_export_snapshot() as id,
      pg_catalog.to_char(pg_catalog.statement_timestamp() at time zone 'UTC',
        'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at,
      (case when pg_catalog.pg_is_in_recovery() then pg_catalog.pg_last_wal_replay_lsn()
        else pg_catalog.pg_current_wal_lsn() end)::pg_catalog.text as lsn,
      pg_catalog.pg_current_snapshot()::pg_catalog.text as xids`);
  if (!row) throw new Error('pg_export_snapshot() returned nothing');
  return { ...row, serverVersionNum, encoding };
}

/**
 * A role that may not switch these off would read pages that are damaged as if they were empty or whole.
 * @throws DATA_CORRUPTED
 */
async function refuseHiddenDamage(session: Session): Promise<void> {
  const rows = await session.query<{ name: string }>(
    `select name from pg_catalog.pg_settings
      where name in ('ignore_checksum_failure', 'zero_damaged_pages') and setting <> 'off'`,
  );
  if (rows.length === 0) return;
  const names = rows.map(({ name }) => name).join(' and ');
  throw new HoldfastError(
    'DATA_CORRUPTED',
    `With ${names} on, damaged pages are read as if they were intact, and this role may not turn it off.`,
    { hint: `As a superuser switch ${names} off for this role: ALTER ROLE … SET … = off;` },
  );
}

/** Opens a connection that sees exactly what the lead connection sees. */
export async function joinSnapshot(
  target: ConnectionTarget,
  snapshot: SnapshotInfo,
  applicationName: string,
  signal: AbortSignal,
): Promise<Session> {
  const session = await Session.open(target, { applicationName, settings: readingSettings }, signal);
  try {
    await session.execute(
      `begin isolation level repeatable read read only;` +
        `set transaction snapshot ${quoteLiteral(snapshot.id)}`,
    );
  } catch (error) {
    await session.close();
    throw snapshotLost(error) ?? error;
  }
  return session;
}

/** Before PostgreSQL 17 and since. */
const noSuchSnapshot = new Set<unknown>(['22023', '42704']);

/** Of an error in taking over an exported snapshot: one of ours where the snapshot is not there any more. */
export function snapshotLost(error: unknown): HoldfastError | undefined {
  if (!noSuchSnapshot.has(sqlState(error))) return undefined;
  return new HoldfastError(
    'DATABASE_UNREACHABLE',
    'The connection that held the snapshot of this run was lost, so the rest cannot be read from the same snapshot.',
    { cause: error },
  );
}

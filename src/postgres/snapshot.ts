import { Session } from './session.ts';
import type { ConnectionTarget } from './connection.ts';
import { quoteLiteral } from './identifiers.ts';

/**
 * Settings on every connection that reads data or writes it back, so that COPY text means the same
 * everywhere. docs/FORMAT.md, "Settings"; a change here is a change of the format.
 */
export const dataSettings: Readonly<Record<string, string>> = {
  DateStyle: 'ISO, YMD',
  IntervalStyle: 'postgres',
  TimeZone: 'UTC',
  bytea_output: 'hex',
  client_encoding: 'UTF8',
  extra_float_digits: '3',
  lc_monetary: 'C',
  row_security: 'off',
  search_path: '',
  standard_conforming_strings: 'on',
  xmloption: 'content',
};

/** Settings that decide how a run goes, not what the data means. */
const runSettings: Readonly<Record<string, string>> = {
  idle_in_transaction_session_timeout: '0',
  jit: 'off',
  statement_timeout: '0',
  synchronize_seqscans: 'off',
};

/** `set local` statements for a transaction; `serverVersionNum` decides which settings exist. */
export function settingStatements(serverVersionNum: number, extra: Record<string, string> = {}): string {
  return statements('set local', serverVersionNum, extra);
}

/** The same for the rest of a session. */
export function sessionSettings(serverVersionNum: number, extra: Record<string, string> = {}): string {
  return statements('set', serverVersionNum, extra);
}

function statements(verb: string, serverVersionNum: number, extra: Record<string, string>): string {
  const settings: Record<string, string> = { ...dataSettings, ...runSettings, ...extra };
  if (serverVersionNum >= 170000) settings['transaction_timeout'] = '0';
  return Object.entries(settings)
    .map(([name, value]) => `${verb} ${name} = ${quoteLiteral(value)}`)
    .join(';');
}

export interface SnapshotInfo {
  /** What pg_export_snapshot() returned; valid while the lead transaction lives. */
  id: string;
  /** ISO 8601, UTC. */
  at: string;
  lsn: string;
  xids: string;
  serverVersionNum: number;
}

/** Begins the lead transaction of a run on `session` and exports its snapshot. */
export async function exportSnapshot(session: Session, lockTimeoutMs: number): Promise<SnapshotInfo> {
  await session.execute('begin isolation level repeatable read read only');
  const [version] = await session.query<{ num: number }>(
    `select pg_catalog.current_setting('server_version_num')::int as num`,
  );
  const serverVersionNum = version?.num ?? 0;
  await session.execute(settingStatements(serverVersionNum, { lock_timeout: String(lockTimeoutMs) }));
  const [row] = await session.query<{ id: string; at: string; lsn: string; xids: string }>(`
    select pg_catalog.pg_export_snapshot() as id,
      pg_catalog.to_char(pg_catalog.statement_timestamp() at time zone 'UTC',
        'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at,
      (case when pg_catalog.pg_is_in_recovery() then pg_catalog.pg_last_wal_replay_lsn()
        else pg_catalog.pg_current_wal_lsn() end)::text as lsn,
      pg_catalog.pg_current_snapshot()::text as xids`);
  if (!row) throw new Error('pg_export_snapshot() returned nothing');
  return { ...row, serverVersionNum };
}

/** Opens a connection that sees exactly what the lead connection sees. */
export async function joinSnapshot(
  target: ConnectionTarget,
  snapshot: SnapshotInfo,
  applicationName: string,
  signal: AbortSignal,
): Promise<Session> {
  const session = await Session.open(target, { applicationName }, signal);
  try {
    await session.execute(
      `begin isolation level repeatable read read only;` +
        `set transaction snapshot ${quoteLiteral(snapshot.id)};` +
        settingStatements(snapshot.serverVersionNum),
    );
  } catch (error) {
    await session.close();
    throw error;
  }
  return session;
}

import { errorCatalogue } from '../../base/errors.ts';
import type { Session } from '../../postgres/wire/session.ts';
import { nativeMajor } from '../../postgres/pg-dump/native.ts';
import { bundledMajor } from '../../postgres/pg-dump/wasm.ts';
import { counted } from '../../base/units.ts';
import { fail, ok, warn, type Check } from './check.ts';

const oldestMajor = 14;

export interface ServerFacts {
  role: string;
  database: string;
  version: string;
  major: number;
  superuser: boolean;
  bypassesRowSecurity: boolean;
  createsDatabases: boolean;
  standby: boolean;
  readOnly: boolean;
}

export async function readServerFacts(session: Session): Promise<ServerFacts> {
  const [facts] = await session.query<ServerFacts>(`
    select current_user as role, pg_catalog.current_database() as database,
      pg_catalog.current_setting('server_version') as version,
      pg_catalog.current_setting('server_version_num')::int / 10000 as major,
      r.rolsuper as superuser, r.rolsuper or r.rolbypassrls as "bypassesRowSecurity",
      r.rolsuper or r.rolcreatedb as "createsDatabases", pg_catalog.pg_is_in_recovery() as standby,
      pg_catalog.current_setting('transaction_read_only') = 'on' as "readOnly"
    from pg_catalog.pg_roles r where r.rolname = current_user`);
  if (!facts) throw new Error('the current role is not in pg_roles');
  return facts;
}

export function checkVersion({ version, major }: ServerFacts): Check {
  if (major < oldestMajor) {
    return fail(
      'server version',
      'SERVER_NOT_SUPPORTED',
      `PostgreSQL ${version} is older than ${oldestMajor}.`,
      `Upgrade the server to PostgreSQL ${oldestMajor} or later.`,
    );
  }
  return ok('server version', `PostgreSQL ${version}`);
}

export async function checkDumper({ major }: ServerFacts, find = nativeMajor): Promise<Check> {
  if (major <= bundledMajor) return ok('pg_dump', `bundled, version ${bundledMajor}, works with this server`);
  const native = await find('pg_dump');
  if (native !== null && native >= major)
    return ok('pg_dump', `version ${native} from PATH works with this server`);
  const found = native === null ? 'none is on PATH' : `the one on PATH is version ${native}`;
  return fail(
    'pg_dump',
    'SERVER_NOT_SUPPORTED',
    `The server needs a pg_dump of version ${major} or later; the bundled one is ${bundledMajor}, and ${found}.`,
    `Install the client programs of PostgreSQL ${major}, so that pg_dump is on PATH.`,
  );
}

/** Backups are kept in the database itself, so it must take writes. */
export function checkWritable({ standby, readOnly }: ServerFacts): Check {
  if (standby) {
    return fail(
      'writable',
      'STANDBY',
      'This server is a standby and accepts no writes.',
      'Connect to the primary: Holdfast keeps its tables in the database it backs up. On the standby you can list, show and download backups and plan a restore.',
    );
  }
  if (readOnly) {
    return fail(
      'writable',
      'READ_ONLY_SERVER',
      'Transactions are read-only here.',
      errorCatalogue.READ_ONLY_SERVER.hint,
    );
  }
  return ok('writable', 'the database accepts writes');
}

/** Beside the workers: the one with the snapshot, pg_dump, and two for our own tables. */
export const connectionsBesideJobs = 4;

export async function checkConnections(session: Session, jobs: number): Promise<Check> {
  const [row] = await session.query<{ free: number }>(`
    select least(
        pg_catalog.current_setting('max_connections')::int - pg_catalog.current_setting('superuser_reserved_connections')::int
          - coalesce(pg_catalog.current_setting('reserved_connections', true), '0')::int
          - (select pg_catalog.count(*) from pg_catalog.pg_stat_activity where backend_type = 'client backend'),
        case when r.rolconnlimit >= 0 then r.rolconnlimit
          - (select pg_catalog.count(*) from pg_catalog.pg_stat_activity where usename = current_user) end,
        case when d.datconnlimit >= 0 then d.datconnlimit
          - (select pg_catalog.count(*) from pg_catalog.pg_stat_activity where datname = pg_catalog.current_database()) end
      )::int as free
    from pg_catalog.pg_roles r, pg_catalog.pg_database d
    where r.rolname = current_user and d.datname = pg_catalog.current_database()`);
  // Our own connection, which is counted as taken, is free again when this is over.
  const free = (row?.free ?? 0) + 1;
  const needed = jobs + connectionsBesideJobs;
  const found = `${counted(Math.max(0, free), 'connection')} free, ${needed} needed with ${counted(jobs, 'job')}`;
  if (free < needed) {
    return fail(
      'connections',
      'DATABASE_UNREACHABLE',
      `Too few: ${found}.`,
      'Raise max_connections (or the limit of the role or database), end idle sessions, or set HOLDFAST_JOBS=1.',
    );
  }
  if (free < needed * 2)
    return warn('connections', `Few: ${found}.`, 'Raise max_connections before the application needs more.');
  return ok('connections', found);
}

/** Nothing to worry about: without, rows are counted. */
export async function checkSummaries(session: Session, { major, standby }: ServerFacts): Promise<Check[]> {
  if (major < firstMajorWithSummaries || standby) return [];
  const [row] = await session.query<{ on: boolean; permitted: boolean }>(`
    select pg_catalog.current_setting('summarize_wal') = 'on' as on,
      pg_catalog.pg_has_role('pg_checkpoint', 'usage') as permitted`);
  const name = 'WAL summaries';
  if (!row?.on)
    return [
      ok(name, 'off: with summarize_wal = on, which needs no restart, backups do not look at unchanged data'),
    ];
  if (!row.permitted)
    return [ok(name, 'on, but of use only to a member of pg_checkpoint, so that unchanged rows are counted')];
  return [ok(name, 'on: backups do not look at unchanged data')];
}

const firstMajorWithSummaries = 17;

import type { ConnectionTarget } from '../../postgres/connection.ts';
import { dropDatabase } from '../../postgres/databases.ts';
import { quoteIdentifier, quoteLiteral } from '../../postgres/identifiers.ts';
import { Session } from '../../postgres/wire/session.ts';
import { unfinishedPrefix } from './unfinished-database.ts';

/*
 * On the server of the catalog a row says which unfinished databases a killed restore has left. Another server has only what is
 * on it, because its address is not kept: a mark on the database, by which the next restore onto that server finds it.
 */

/** By this, its name, its owner and that nobody is connected, a later restore knows one that was left behind. */
const mark =
  'Holdfast: an unfinished restore. It is dropped when the restore ends, or by the next restore onto this server; nothing in it is whole.';

export interface Holder {
  close(): Promise<void>;
}

/**
 * Marks a database of another server as unfinished.
 * @returns a connection to it: while it is open no other restore takes the database for one that was left behind
 */
export async function markUnfinished(database: ConnectionTarget): Promise<Holder> {
  const holder = await Session.open(database, { applicationName });
  try {
    await holder.execute(
      `comment on database ${quoteIdentifier(database.database!)} is ${quoteLiteral(mark)}`,
    );
  } catch (error) {
    await holder.close();
    throw error;
  }
  return holder;
}

/** Of every connection of a restore. */
const applicationName = 'holdfast restore';

/**
 * Drops the unfinished databases of this role that restores left on another server which were killed. While any restore of this role is
 * under way there, nothing is dropped. Never throws.
 * @param known names that may be there, of which one may lack the mark: its restore was killed in between
 * @returns the names of those that were dropped, and of the known ones that are not there
 */
export async function dropLeftBehind(
  server: ConnectionTarget,
  known: readonly string[] = [],
): Promise<string[]> {
  const gone: string[] = [];
  try {
    const { left, absent } = await lookForLeft(server, known);
    gone.push(...absent);
    for (const name of left) {
      await dropDatabase(server, name);
      gone.push(name);
    }
  } catch {
    // The restore itself says what is wrong with the server.
  }
  return gone;
}

async function lookForLeft(
  server: ConnectionTarget,
  known: readonly string[],
): Promise<{ left: string[]; absent: string[] }> {
  const session = await Session.open(server, { applicationName: 'holdfast plan' });
  try {
    const absent = await session.query<{ name: string }>(
      `select n.name from pg_catalog.unnest($1::pg_catalog.text[]) n(name)
        where not exists (select from pg_catalog.pg_database d where d.datname = n.name)`,
      [known],
    );
    const left = await session.query<{ name: string }>(
      `select d.datname as name from pg_catalog.pg_database d
        where d.datname ~ $1 and d.datdba = (select r.oid from pg_catalog.pg_roles r where r.rolname = current_user)
          and (pg_catalog.shobj_description(d.oid, 'pg_database') = $2 or d.datname = any ($4::pg_catalog.text[]))
          and not exists (select from pg_catalog.pg_stat_activity a where a.datid = d.oid
            or a.usename = current_user and a.application_name = $3)`,
      [`^${unfinishedPrefix}[0-9a-f]{8}_`, mark, applicationName, known],
    );
    return { left: left.map(({ name }) => name), absent: absent.map(({ name }) => name) };
  } finally {
    await session.close();
  }
}

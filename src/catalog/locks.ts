import type { Queryable } from '../postgres/pool.ts';
import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Lane } from './run-tables.ts';

/*
 * Advisory locks have two int4 keys: the first says that it is ours and what for, the second which catalog (the hash
 * of our schema's name) or which backup. They belong to one database, as the catalog does. A clash of two hashes
 * only makes one of two calls wait or be refused.
 */
export const lockClass = {
  /** Held alone while our tables are made or altered. */
  migration: 1_212_957_697,
  /** Held alone by the run of the writer's lane: a backup, a restore. */
  writer: 1_212_957_698,
  /** Held alone by the run of the maintenance lane: a cleanup, a verification. */
  maintenance: 1_212_957_710,
  /** Held alone by the run of the lane of copies. */
  copy: 1_212_957_721,
  /** Held alone by the run of the lane of drills. */
  drill: 1_212_957_722,
  /** Held alone by the run of the lane of scrubs. */
  scrub: 1_212_957_723,
  /** Held alone by the run of the lane of checks and imports. */
  check: 1_212_957_724,
  /** Held shared by each process that starts what is due; nobody waits for it. */
  schedules: 1_212_957_715,
  /** Held shared by readers of a backup, exclusively by its deletion. */
  backup: 1_212_957_699,
  /** Held alone by the process that has a key of a run which waits. */
  key: 1_212_957_707,
  /** Held alone while the turn in one store is taken, or its next backup gets its number. */
  store: 1_212_957_720,
} as const;

/** SQL that makes the second key of text parameter `n`. */
export const lockKey = (parameter: number): string => `pg_catalog.hashtext($${parameter})`;

/** The text whose hash is the second key of the lock of one backup. */
export const backupLockName = (schema: string, id: number): string => `${schema}:${id}`;

/*
 * A lock can be lost without its holder knowing: its connection breaks while the process is paused, or a pooler gives the
 * same connection to two. So the process that takes a lane's lock also takes the next number of its fence, and writes it into
 * the rows of the runs that he begins. What he writes about them counts only while they still say that they run under
 * that number.
 */
const fenceColumn = (lane: Lane): string => `${storedName[lane]}_fence`;

/** What a lane is called in the database, where processes of earlier versions look for it. */
const storedName: Readonly<Record<Lane, string>> = {
  writer: 'writer',
  maintenance: 'upkeep',
  copy: 'copy',
  drill: 'drill',
  scrub: 'scrub',
  check: 'check',
};

const ownOid = `select oid::pg_catalog.text from pg_catalog.pg_database where datname = pg_catalog.current_database()`;

/** SQL that counts a lane's fence on; only for the connection that holds the lane's lock. */
export const nextFence = (schema: string, lane: Lane): string =>
  `update ${quoteIdentifier(schema)}.system_backup_epoch set ${fenceColumn(lane)} = ${fenceColumn(lane)} + 1
   returning ${fenceColumn(lane)}::pg_catalog.text as fence, (${ownOid}) as "databaseOid"`;

/**
 * SQL of a common table expression `latest`, which has a row while parameter `n` is the lane's latest fence. A process that
 * takes the lane at the same moment waits for the statement, and then finds what it has written.
 */
export const latestFenceSql = (schema: string, lane: Lane, parameter: number): string =>
  `latest as (select from ${quoteIdentifier(schema)}.system_backup_epoch
     where ${fenceColumn(lane)} = $${parameter} for share)`;

/** What tells a run from every other one on the server. */
export interface RunIdentity {
  /** Of the database that the catalog is in: another one may have a catalog with the same schema and fence. */
  databaseOid: string;
  schema: string;
  lane: Lane;
  fence: number;
}

/**
 * The text whose hash is the key of a lock that every connection of a run holds in share mode, for others to find it by.
 * Some of these connections are to other databases: to one that a restore creates.
 */
export const runMark = ({ databaseOid, schema, lane, fence }: RunIdentity): string =>
  `holdfast run ${databaseOid} ${schema} ${storedName[lane]} ${fence}`;

/** The same of versions that left out the database: it finds the connections to the catalog's own database only. */
const earlierMark = ({ schema, lane, fence }: RunIdentity): string =>
  `holdfast run ${schema} ${storedName[lane]} ${fence}`;

/** What tells left runs from every other on any server. @param connection to the database of the catalog */
export async function identitiesOf(
  connection: Queryable,
  runs: readonly Omit<RunIdentity, 'databaseOid'>[],
): Promise<RunIdentity[]> {
  const [own] = await connection.query<{ oid: string }>(ownOid);
  return runs.map((run) => ({ ...run, databaseOid: own!.oid }));
}

/**
 * Ends the server processes of runs that nobody performs any more: one whose process is paused, or has lost the network,
 * would keep its locks on the application's tables.
 * @param connection to the database of the catalog, or to the protected one
 * @returns how many there were
 */
export async function endLeftSessions(
  connection: Queryable,
  identities: readonly RunIdentity[],
): Promise<number> {
  const rows = await connection.query(
    `select pg_catalog.pg_terminate_backend(l.pid)
       from pg_catalog.pg_locks l
       join (select pg_catalog.hashtextextended(mark, 0) as key, true as anywhere
               from pg_catalog.unnest($1::pg_catalog.text[]) as mark
             union all
             select pg_catalog.hashtextextended(mark, 0), false from pg_catalog.unnest($2::pg_catalog.text[]) as mark)
            as left_over on l.classid::pg_catalog.int8 << 32 | l.objid::pg_catalog.int8 = left_over.key
       join pg_catalog.pg_stat_activity a on a.pid = l.pid and a.usename = current_user
      where l.locktype = 'advisory' and l.objsubid = 1
        and (left_over.anywhere or a.datname = pg_catalog.current_database())`,
    [identities.map(runMark), identities.map(earlierMark)],
  );
  return rows.length;
}

/**
 * Ends the connection that holds the lock of a lane: its process is paused, or cut off from the network behind something
 * that keeps the connection open. Should it be alive after all, the fence keeps it from doing harm.
 */
export async function endLaneHolder(connection: Queryable, schema: string, lane: Lane): Promise<void> {
  await connection.query(
    `select pg_catalog.pg_terminate_backend(l.pid)
       from pg_catalog.pg_locks l join pg_catalog.pg_stat_activity a on a.pid = l.pid and a.usename = current_user
      where l.locktype = 'advisory' and l.objsubid = 2 and l.granted and a.datname = pg_catalog.current_database()
        and l.classid::pg_catalog.int8 = $1 and l.objid::pg_catalog.int8 = pg_catalog.hashtext($2)::pg_catalog.int8 & 4294967295`,
    [lockClass[lane], schema],
  );
}

/**
 * Takes a lock until the end of the transaction; false when another session holds it.
 * @param of a lane, or `key`
 * @param name the schema, or the ticket of the key
 */
export async function tryLockInTransaction(
  connection: Queryable,
  of: Lane | 'key',
  name: string,
): Promise<boolean> {
  const [row] = await connection.query<{ taken: boolean }>(
    `select pg_catalog.pg_try_advisory_xact_lock($1, ${lockKey(2)}) as taken`,
    [lockClass[of], name],
  );
  return row?.taken === true;
}

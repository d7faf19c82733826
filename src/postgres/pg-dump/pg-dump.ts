/*
 * pg-dump/ owns running pg_dump, bundled or from PATH, and taking its archive apart into entries. It never decides
 * which entries are restored.
 */
import type pg from 'pg';
import { abortReason, HoldfastError } from '../../base/errors.ts';
import { openClient, type ConnectionTarget } from '../connection.ts';
import { databaseFailure } from '../failure.ts';
import type { QualifiedName } from '../identifiers.ts';
import { serverVersionNum } from '../server-version.ts';
import type { PreparedClient } from '../wire/prepared-client.ts';
import { readArchive } from './archive.ts';
import { dumpArguments } from './arguments.ts';
import { cancelStatement } from '../wire/cancel-statement.ts';
import { dumpedSchema, type DumpedEntry } from './entries.ts';
import { printedMessages } from './messages.ts';
import type { LentConnection } from './link.ts';
import { nativeMajor, runNativeDump } from './native.ts';
import { bundledMajor, runBundledDump } from './wasm.ts';

const defaultLockTimeoutMs = 30_000;

export interface DumpOptions {
  /** An exported snapshot to read the schema in. While it is awaited, everything else is made ready. */
  snapshot?: string | Promise<string>;
  /** Left out with what hangs on them: indexes, constraints, triggers, owned sequences. */
  excludeTables: QualifiedName[];
  excludeSchemas: string[];
  /** Nothing but what is in these; everything without. */
  onlySchemas?: readonly string[];
  /** How long to wait for the tables' ACCESS SHARE locks. Default 30 000. */
  lockTimeoutMs?: number;
  /** A pg_dump program to use instead of the bundled one. */
  nativeBinary?: string;
  /** Cancels the statement under way and closes the connection. */
  signal?: AbortSignal;
}

/** The schema part of a manifest. */
export interface DumpedSchema {
  /** e.g. `pg_dump 18.3 (wasm)`. */
  dumper: string;
  /** What pg_dump printed although it succeeded: its warnings, and notices of the server. */
  messages: string[];
  /** Settings that every entry relies on. */
  preamble: string;
  /** In pg_dump's order. */
  entries: DumpedEntry[];
  /** By the ids of entries: the statement that drops it, without CASCADE. What goes with something else has none. */
  drops: ReadonlyMap<number, string>;
}

/**
 * The definitions of everything in a database, read by pg_dump over one connection of its own.
 * @throws DATABASE_UNREACHABLE, DATABASE_AUTHENTICATION, SERVER_NOT_SUPPORTED, INSUFFICIENT_PRIVILEGE,
 * LOCK_TIMEOUT, BACKUP_FAILED; CANCELLED or the abort reason
 */
export async function dumpSchema(target: ConnectionTarget, options: DumpOptions): Promise<DumpedSchema> {
  const { signal } = options;
  if (signal?.aborted) throw abortReason(signal);
  const client = await openClient(target, { applicationName: 'holdfast pg_dump' });
  try {
    return await readSchema({ client, inTransaction: false }, options);
  } catch (error) {
    await cancelStatement(client);
    // Waiting for a server that did not hear us could take as long as the statement.
    client.breakOff();
    throw signal?.aborted ? abortReason(signal) : databaseFailure(error);
  } finally {
    await client.end().catch(() => {});
  }
}

/**
 * The same inside the open transaction of a connection, with what that has done and not yet committed. Nothing is left
 * behind: no setting, no lock. When it fails, the transaction is of no more use.
 */
export async function dumpSchemaInTransaction(
  client: PreparedClient,
  options: DumpOptions,
): Promise<DumpedSchema> {
  await client.query('savepoint holdfast_schema');
  const schema = await readSchema({ client, inTransaction: true }, options);
  await client.query(
    'rollback to savepoint holdfast_schema; release savepoint holdfast_schema; deallocate all',
  );
  return schema;
}

async function readSchema(connection: LentConnection, options: DumpOptions): Promise<DumpedSchema> {
  const { client } = connection;
  const native = await nativeProgramFor(client, options.nativeBinary);
  const scope = {
    ...options,
    excludeTables: [...options.excludeTables, ...(await sequencesOwnedBy(client, options))],
    lockTimeoutMs: options.lockTimeoutMs ?? defaultLockTimeoutMs,
    encoding: await textEncoding(client),
    snapshot: await options.snapshot,
  };
  const args = dumpArguments(scope, native?.major ?? bundledMajor);
  const { archive: bytes, messages } = native
    ? await runNativeDump(connection, native.binary, args, options.signal)
    : await runBundledDump(connection, args, options.signal);
  const archive = readArchive(bytes);
  const version = /^\S+/.exec(archive.dumperVersion)?.[0] ?? 'unknown';
  return {
    dumper: `pg_dump ${version} (${native ? 'native' : 'wasm'})`,
    messages: printedMessages(messages),
    ...dumpedSchema(archive),
  };
}

/** Bytes of a SQL_ASCII database are of no known encoding; asked for as UTF8, the first that are not would end pg_dump. */
async function textEncoding(client: pg.Client): Promise<'UTF8' | 'SQL_ASCII'> {
  const { rows } = await client.query<{ encoding: string }>(
    'select pg_catalog.getdatabaseencoding() as encoding',
  );
  return rows[0]?.encoding === 'SQL_ASCII' ? 'SQL_ASCII' : 'UTF8';
}

/** The serial columns' sequences, which pg_dump would keep when it leaves out their tables. */
async function sequencesOwnedBy(
  client: pg.Client,
  { excludeTables, excludeSchemas }: DumpOptions,
): Promise<QualifiedName[]> {
  const { rows } = await client.query<QualifiedName>(
    `select sequence_schema.nspname as schema, sequence.relname as name
     from pg_catalog.pg_depend as d
     join pg_catalog.pg_class as sequence on sequence.oid = d.objid and sequence.relkind = 'S'
     join pg_catalog.pg_namespace as sequence_schema on sequence_schema.oid = sequence.relnamespace
     join pg_catalog.pg_class as owner on owner.oid = d.refobjid
     join pg_catalog.pg_namespace as owner_schema on owner_schema.oid = owner.relnamespace
     where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.refclassid = d.classid and d.deptype = 'a'
       and (owner_schema.nspname = any ($1::pg_catalog.text[])
         or (owner_schema.nspname::pg_catalog.text, owner.relname::pg_catalog.text) in
            (select * from rows from (pg_catalog.unnest($2::pg_catalog.text[]), pg_catalog.unnest($3::pg_catalog.text[]))))`,
    [excludeSchemas, excludeTables.map((table) => table.schema), excludeTables.map((table) => table.name)],
  );
  return rows;
}

/** A pg_dump that can read this server; null for the bundled one. */
async function nativeProgramFor(
  client: pg.Client,
  chosen: string | undefined,
): Promise<{ binary: string; major: number } | null> {
  const serverMajor = Math.floor((await serverVersionNum(client)) / 10_000);
  if (chosen === undefined && serverMajor <= bundledMajor) return null;
  const binary = chosen ?? 'pg_dump';
  const major = await nativeMajor(binary);
  if (major !== null && major >= serverMajor) return { binary, major };
  const found = major === null ? `${binary} cannot be run` : `${binary} is version ${major}`;
  throw new HoldfastError(
    'SERVER_NOT_SUPPORTED',
    `The server is PostgreSQL ${serverMajor} and needs a pg_dump of that version or later; ${found}.`,
    { hint: `Install the client programs of PostgreSQL ${serverMajor}, so that pg_dump is on PATH.` },
  );
}

import { spawnSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { silentLogger } from '../../src/base/logger.ts';
import { createBackupSystem, type BackupSystem } from '../../src/index.ts';
import type { RestoreBody } from '../../src/contract/restore.ts';
import { openClient, type ConnectionTarget } from '../../src/postgres/connection.ts';
import { quoteIdentifier } from '../../src/postgres/identifiers.ts';
import { databaseState, type DatabaseState } from '../support/compare.ts';
import type { FirstTestDatabase } from '../support/database.ts';

/** Every way of bringing a backup back. */
export const ways = [
  'new database',
  'download',
  'in place',
  'in place after dropping everything',
  'one table after delete',
  'one table after drop cascade',
] as const;
export type Way = (typeof ways)[number];

/** Our own tables lie where dropping the application's schemas does not reach them. */
export const ownSchema = 'holdfast';

export interface Case {
  name: string;
  sql: string;
  /** The table of a partial restore, as `schema.table`. */
  part: string | undefined;
  /** What is destroyed before a restore in place; otherwise every row is deleted. */
  damage: string | undefined;
  partDamage: string | undefined;
  /** Options of a restore without which it is refused. */
  options: Partial<RestoreBody>;
  /** Ways that are refused without `options`: the error's code, and words that its message or hint must have. */
  refused: { ways: readonly Way[]; code: string; words: string[] } | undefined;
  /** Contents that a restore with `options` leaves otherwise. */
  differs: readonly string[];
  skip: readonly Way[];
  /** The oldest server that knows what it uses. */
  since: number;
}

/** A backup of a case's database, taken through the public interface. */
export interface Prepared {
  system: BackupSystem;
  backupId: number;
  before: DatabaseState;
  target: ConnectionTarget;
}

const comparing = { except: [ownSchema] };

export async function prepare(db: FirstTestDatabase, { sql }: Case): Promise<Prepared> {
  await db.client.query(sql.replaceAll(':DBNAME', quoteIdentifier(db.name)));
  await db.client.query('reset all');
  const before = await databaseState(db.target, comparing);
  const system = createBackupSystem({
    database: db.connectionString,
    schema: ownSchema,
    auth: { token: 'test-token-0123456789' },
    logger: silentLogger,
    jobs: 2,
    compressionLevel: 1,
    lockTimeoutMs: 10_000,
  });
  await system.api.init();
  const backup = await system.api.createBackup({ type: 'full', wait: true });
  return { system, backupId: backup.id, before, target: db.target };
}

/** Destroys what this way is there for, restores, and gives the state that came of it. */
export async function bringBack(
  db: FirstTestDatabase,
  prepared: Prepared,
  one: Case,
  way: Way,
  options: Partial<RestoreBody>,
): Promise<DatabaseState> {
  const { system, backupId } = prepared;
  if (way === 'download') {
    const empty = await db.createDatabase();
    await download(system, backupId, empty.connectionString);
    return databaseState(empty.target, comparing);
  }
  if (way === 'new database') {
    const name = db.freeName();
    const target = { mode: 'new-database' as const, database: name };
    await system.api.restore({ backupId, target, ...options, wait: true });
    return databaseState({ ...db.target, database: name }, comparing);
  }
  await damage(db.target, one, way);
  await system.api.restore(
    way.startsWith('one table')
      ? { backupId, restoreType: 'partial', tables: [one.part!], safetyBackup: false, ...options, wait: true }
      : { backupId, safetyBackup: false, ...options, wait: true },
  );
  return databaseState(db.target, comparing);
}

async function damage(target: ConnectionTarget, one: Case, way: Way): Promise<void> {
  const client = await openClient(target, { applicationName: 'test' });
  try {
    await client.query(`set session_replication_role = replica; set search_path = public`);
    switch (way) {
      case 'in place':
        await client.query(one.damage ?? deleteAllRows);
        return;
      case 'in place after dropping everything':
        await client.query(dropEverything);
        return;
      case 'one table after delete':
        await client.query(`delete from ${quoted(one.part!)}`);
        return;
      case 'one table after drop cascade':
        await client.query(one.partDamage ?? `drop table if exists ${quoted(one.part!)} cascade`);
        return;
      default:
        throw new Error(`nothing is damaged for ${way}`);
    }
  } finally {
    await client.end();
  }
}

function quoted(table: string): string {
  return table.split('.').map(quoteIdentifier).join('.');
}

const userSchemas = `nspname <> all (array['information_schema', '${ownSchema}']) and nspname !~ '^pg_'`;

const deleteAllRows = `do $$ declare r record; begin
  for r in select c.oid::pg_catalog.regclass as name from pg_catalog.pg_class c
             join pg_catalog.pg_namespace n on n.oid = c.relnamespace
            where c.relkind = 'r' and ${userSchemas}
              and not exists (select from pg_catalog.pg_depend d where d.objid = c.oid and d.deptype = 'e')
  loop execute pg_catalog.format('delete from only %s', r.name); end loop;
end $$`;

/** Every schema, what is in no schema, and large objects. */
const dropEverything = `do $$ declare r record; begin
  for r in select evtname from pg_catalog.pg_event_trigger loop
    execute pg_catalog.format('drop event trigger %I cascade', r.evtname); end loop;
  for r in select pubname from pg_catalog.pg_publication loop
    execute pg_catalog.format('drop publication %I cascade', r.pubname); end loop;
  for r in select extname from pg_catalog.pg_extension where extname <> 'plpgsql' loop
    execute pg_catalog.format('drop extension %I cascade', r.extname); end loop;
  for r in select nspname from pg_catalog.pg_namespace where ${userSchemas} loop
    execute pg_catalog.format('drop schema %I cascade', r.nspname); end loop;
  for r in select fdwname from pg_catalog.pg_foreign_data_wrapper loop
    execute pg_catalog.format('drop foreign data wrapper %I cascade', r.fdwname); end loop;
  perform pg_catalog.lo_unlink(oid) from pg_catalog.pg_largeobject_metadata;
  create schema public authorization pg_database_owner;
  comment on schema public is 'standard public schema';
  grant usage on schema public to public;
end $$`;

async function download(system: BackupSystem, id: number, url: string): Promise<void> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'holdfast-case-'));
  try {
    const file = path.join(folder, 'it.sql');
    const { stream } = await system.api.downloadBackup(id, 'sql');
    await pipeline(Readable.fromWeb(stream as never), createWriteStream(file));
    const run = spawnSync('psql', ['-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', url, '-f', file], {
      encoding: 'utf8',
    });
    if (run.status !== 0) throw new Error(`psql: ${run.stderr}`);
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}

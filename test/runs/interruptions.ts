/** What the tests of runs that are cut short share. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type pg from 'pg';
import type { BackupSystem } from '../../src/index.ts';
import { allNeededChunks, neededChunks } from './manifests.ts';
import { until } from '../support/until.ts';

export type KilledKind = 'backup' | 'restore' | 'new database' | 'cleanup';

/** How often each kind of work is cut short. */
export const kills = Number(process.env['HOLDFAST_KILLS'] ?? 3);

/** Rows of some 400 bytes that compress to half of that. A backup puts what it has in pieces of 4 MB. */
export const notesOf = (rows: number): string => `
  create table notes (id int primary key, what text, changed int not null default 0);
  insert into notes select i, (select string_agg(md5((i * j)::text), '') from generate_series(1, 12) j)
    from generate_series(1, ${rows}) i`;
export const notesTable = notesOf(60_000);

export interface Work {
  kind: KilledKind;
  backupId: number;
  /** The name of the database to restore into, or the address of one on another server. */
  newDatabase?: string;
  /** The database of our tables, where that is another one. */
  catalog?: string;
}

export interface Victim {
  child: ChildProcess;
  /** Resolves when it has ended, with whether its work was done. */
  ended: Promise<boolean>;
}

/** Begins a piece of work in a process of its own. */
export async function beginElsewhere(
  url: string,
  { kind, backupId, newDatabase, catalog }: Work,
): Promise<Victim> {
  const script = path.join(import.meta.dirname, 'killed-run.ts');
  const args = [script, url, kind, String(backupId), ...(newDatabase === undefined ? [] : [newDatabase])];
  const env = { ...process.env, ...(catalog === undefined ? {} : { TEST_CATALOG: catalog }) };
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'], env });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = once(child, 'close').then(() => said.includes('ended'));
  await once(child.stdout, 'data');
  return { child, ended };
}

export async function contents(client: pg.Client): Promise<string> {
  const { rows } = await client.query(`select md5(string_agg(n::text, '' order by id)) as sum from notes n`);
  return rows[0].sum as string;
}

/** How long the work takes when nothing cuts it short, in milliseconds. */
export async function measured(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** The server notices a killed client when its statement ends. */
export async function nothingRuns({ api }: Pick<BackupSystem, 'api'>): Promise<void> {
  await until(async () => {
    const status = await api.status();
    return status.initialized && status.running === null;
  });
}

/** Sizes of the chunks in the store, by id. */
export async function chunkSizes(client: pg.Client): Promise<Map<string, number>> {
  const { rows } = await client.query(
    `select encode(id, 'hex') as id, stored_bytes as bytes from system_backup_chunks`,
  );
  return new Map(rows.map((row) => [row.id as string, row.bytes as number]));
}

/** Until a run has stored something new. */
export async function somethingStored(client: pg.Client, before: ReadonlyMap<string, number>): Promise<void> {
  await until(async () => {
    const { rows } = await client.query('select count(*)::int as n from system_backup_chunks');
    return rows[0].n > before.size;
  });
}

/** Chunks that no backup needs, which take a cleanup some time. */
export async function addOrphans(client: pg.Client): Promise<void> {
  await client.query(
    `insert into system_backup_chunks (id, raw_bytes, stored_bytes, data)
     select sha256(random()::text::bytea || i::text::bytea), 1, 1, '{}' from generate_series(1, 20000) i`,
  );
}

export interface Resumption {
  /** Bytes that a run which was cut short had stored. */
  stored: number;
  /** Of these, what the next run stored again, under the same name or another. */
  again: number;
}

/**
 * @param before the chunks before the run that was cut short
 * @param cut those when it had been
 * @param found those that the next run found, after whatever came in between
 * @param next the backup that was taken then, with nothing changed meanwhile
 */
export async function resumption(
  client: pg.Client,
  before: ReadonlyMap<string, number>,
  cut: ReadonlyMap<string, number>,
  found: ReadonlyMap<string, number>,
  next: number,
): Promise<Resumption> {
  const needed = (await neededChunks(client)).get(next) ?? new Set();
  const sum = { stored: 0, again: 0 };
  for (const [id, bytes] of cut) {
    if (before.has(id)) continue;
    sum.stored += bytes;
    // Nothing has changed, so the next run needs what this one stored. What it has no use for, it has under another name.
    if (!needed.has(id) || !found.has(id)) sum.again += bytes;
  }
  return sum;
}

/** Nothing of ours hangs about: no chunk that nobody needs, no missing one, no database, no open transaction. */
export async function assertNothingLeft(client: pg.Client): Promise<void> {
  const { rows } = await client.query(
    `with named as materialized (select pg_catalog.unnest($1::text[]) as id)
     select (select count(*)::int from system_backup_chunks c
              where not exists (select from named where named.id = encode(c.id, 'hex'))) as orphans,
            (select count(*)::int from named
              where not exists (select from system_backup_chunks c where encode(c.id, 'hex') = named.id)) as missing,
            (select count(*)::int from pg_database join system_restore_log on datname = building) as databases,
            (select count(*)::int from system_backups where finished_at is null) as backups,
            (select count(*)::int from system_restore_log where finished_at is null) as restores,
            (select count(*)::int from pg_stat_activity where datname = current_database()
                and application_name like 'holdfast%' and state like 'idle in transaction%') as transactions`,
    [[...(await allNeededChunks(client))]],
  );
  assert.deepEqual(rows[0], {
    orphans: 0,
    missing: 0,
    databases: 0,
    backups: 0,
    restores: 0,
    transactions: 0,
  });
}

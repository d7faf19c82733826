import { hash } from 'node:crypto';
import { HoldfastError } from '../../base/errors.ts';
import type { Queryable } from '../../postgres/pool.ts';
import { Base64Text } from './base64-text.ts';
import { idBytes } from '../chunk-rows/chunk-rows.ts';
import { checkedSql, markDamaged } from '../chunk-rows/damage.ts';
import { deleteUnused } from '../chunk-rows/epochs.ts';
import type { StoreTables } from './tables.ts';
import { knownDamaged, notThere, type AbsentChunk } from '../checks.ts';
import type { ChunkSize, StoredChunk } from '../store.ts';

/** Of each chunk whether it is what should be stored; what cannot be read is not. @returns ids of the others */
export async function compare(
  connection: Queryable,
  tables: StoreTables,
  chunks: readonly StoredChunk[],
): Promise<Set<string>> {
  const text = new Base64Text();
  const asked = chunks.map(({ id, frame }) => ({ id, digest: hash('sha256', text.of(frame), 'hex') }));
  const same = await readableOf(asked, (part) => sameNow(connection, tables, part));
  const differing = asked.map(({ id }) => id).filter((id) => !same.has(id));
  await markDamaged(connection, tables, differing);
  return new Set(differing);
}

async function sameNow(
  connection: Queryable,
  tables: StoreTables,
  asked: readonly { id: string; digest: string }[],
): Promise<Map<string, true>> {
  // The server hashes what it has, so nothing of it crosses the wire.
  const rows = await connection.query<{ id: Buffer }>(
    `with same as (
       select c.id from ${tables.chunks} c
         join (select * from rows from (pg_catalog.unnest($1::pg_catalog.bytea[]), pg_catalog.unnest($2::pg_catalog.bytea[]))) asked(id, digest)
           on asked.id = c.id
        where c.damaged_at is null
          and pg_catalog.sha256(pg_catalog.convert_to(c.data->>'data', 'UTF8')) = asked.digest
     ), ${checkedSql(tables, 'true')}`,
    [asked.map(({ id }) => idBytes(id)), asked.map(({ digest }) => idBytes(digest))],
  );
  return new Map(rows.map(({ id }) => [id.toString('hex'), true]));
}

/** Rows asked for at once. */
const askedAtOnce = 1_000;

/** Of these chunks, those whose rows are not there or cannot hold what they should, by their length. */
export async function absentChunks(
  connection: Queryable,
  { chunks, isWhole }: StoreTables,
  asked: readonly ChunkSize[],
  signal?: AbortSignal,
): Promise<AbsentChunk[]> {
  const absent: AbsentChunk[] = [];
  for (let at = 0; at < asked.length; at += askedAtOnce) {
    signal?.throwIfAborted();
    const group = asked.slice(at, at + askedAtOnce);
    const rows = await connection.query<{
      id: string;
      bytes: number | null;
      damaged: boolean;
      asked: number;
    }>(
      `select pg_catalog.encode(asked.id, 'hex') as id, asked.bytes as asked, c.damaged_at is not null as damaged,
         case when c.stored_bytes = asked.bytes then pg_catalog.pg_column_size(c.data) / 4 * 3 else c.stored_bytes end as bytes
         from rows from (pg_catalog.unnest($1::pg_catalog.bytea[]), pg_catalog.unnest($2::pg_catalog.int4[])) as asked(id, bytes)
         left join ${chunks} c on c.id = asked.id
        where (${isWhole} and c.stored_bytes = asked.bytes) is not true`,
      [group.map(({ id }) => idBytes(id)), group.map(({ storedBytes }) => storedBytes)],
    );
    for (const { id, bytes, damaged, asked: expected } of rows) {
      const missing = bytes === null;
      const problem = missing
        ? notThere
        : damaged
          ? knownDamaged
          : `has about ${bytes} bytes where ${expected} were written`;
      absent.push({ id, missing, problem });
    }
  }
  return absent;
}

/** Gives rows that are to be replaced, and cannot be, another name, so that there is room for what belongs there. */
export async function setAside(
  connection: Queryable,
  { chunks, isWhole }: StoreTables,
  replaced: readonly StoredChunk[],
): Promise<void> {
  await connection.query(
    `update ${chunks} c set id = pg_catalog.sha256(pg_catalog.uuid_send(pg_catalog.gen_random_uuid())),
       damaged_at = coalesce(damaged_at, pg_catalog.now())
      where id = any($1::pg_catalog.bytea[]) and (${isWhole}) is not true`,
    [replaced.map(({ id }) => idBytes(id))],
  );
}

/** Deletes what can be deleted: to delete what a row has stored out of line the server reads it. */
export async function deleteReadable(
  connection: Queryable,
  tables: StoreTables,
  ids: readonly string[],
  epoch: number,
): Promise<{ chunks: number; bytes: number }> {
  const deleted = { chunks: 0, bytes: 0 };
  for (const id of ids) {
    try {
      const one = await deleteUnused(connection, tables, [id], epoch);
      deleted.chunks += one.chunks;
      deleted.bytes += one.bytes;
    } catch (error) {
      if (!isUnreadable(error)) throw error;
    }
  }
  return deleted;
}

/** SQLSTATEs of what one row cannot be read for: damaged storage, and text that is no text. */
const unreadable = /^(?:XX00[0-2]|2202[1-4]|22P0[0-9]|22000)$/;

/**
 * Does `work` with all of `items` at once. Where the server says that something of it cannot be read, with each of them
 * alone: those that it says it of again give nothing.
 */
export async function readableOf<Item, Value>(
  items: readonly Item[],
  work: (items: readonly Item[]) => Promise<Map<string, Value>>,
): Promise<Map<string, Value>> {
  try {
    return await work(items);
  } catch (error) {
    if (!isUnreadable(error)) throw error;
    const found = new Map<string, Value>();
    if (items.length === 1) return found;
    for (const item of items) {
      for (const [id, value] of await readableOf([item], work)) found.set(id, value);
    }
    return found;
  }
}

export function isUnreadable(error: unknown): boolean {
  const state = error instanceof HoldfastError ? error.details?.['sqlState'] : undefined;
  return typeof state === 'string' && unreadable.test(state);
}

/*
 * database/ owns the store in the database: its tables, epochs, chunk marks and damage. It never touches a table of
 * the catalog, except the row that holds a manifest.
 */
import type { StoreKeys } from '../../format/sealing/keys.ts';
import type { Pool } from '../../postgres/pool.ts';
import { Base64Text, decodeBase64 } from './base64-text.ts';
import { listChunks, storedBytes } from '../chunk-rows/chunk-rows.ts';
import { checkTimes, markChecked } from '../chunk-rows/checks.ts';
import { isDamaged, markDamaged } from '../chunk-rows/damage.ts';
import { beginEpoch, deleteUnused, useNow } from '../chunk-rows/epochs.ts';
import { absentChunks, compare, deleteReadable, isUnreadable, readableOf, setAside } from './chunk-damage.ts';
import { isWhole, type StoreTables } from './tables.ts';
import { documents } from './documents.ts';
import { guard } from './failure.ts';
import { manifests } from './manifests.ts';
import type { Store, StoredChunk } from '../store.ts';

/** From this length, a frame is sent to the server alone. */
const longFrameBytes = 64 * 1024;

/**
 * Backup data as compressed JSONB in the database itself: `system_backup_chunks`, one row a chunk, and
 * `system_backups.backup_data`, the manifest. Base64 is made and read here: Node does it several times faster
 * than the server's encode() and decode().
 *
 * A chunk is committed without waiting for the disk. The manifest's commit waits, and a write-ahead log is
 * flushed in order, so everything put before a manifest is as durable as the manifest is.
 */
export function databaseStore(pool: Pool, tables: StoreTables, keys: StoreKeys = { sealed: false }): Store {
  const { chunks: table } = tables;
  const spareTexts: Base64Text[] = [];

  async function insert(chunks: readonly StoredChunk[]): Promise<void> {
    // In one order everywhere: a row that another writer puts as well is waited for.
    const sorted = chunks.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    const longText = spareTexts.pop() ?? new Base64Text();
    await pool.transaction(async (connection) => {
      await connection.query('set local synchronous_commit = off');
      for (const group of insertGroups(sorted)) {
        const statement = insertOf(tables, group.length);
        const [first] = group;
        if (group.length === 1 && first) {
          await connection.executeWithLongText(statement, insertValues(first), longText.of(first.frame));
        } else {
          await connection.query(
            statement,
            group.flatMap((chunk) => [...insertValues(chunk), base64(chunk.frame)]),
          );
        }
      }
    });
    // Not after a failure: what is still on its way must not change.
    spareTexts.push(longText);
  }

  return {
    kind: 'database',
    address: 'database:',
    keys,
    chunksAtOnce: 64,

    async useChunks(chunks) {
      if (chunks.length === 0) return new Map();
      return guard(() => useNow(pool, tables, chunks));
    },

    async compareChunks(chunks) {
      if (chunks.length === 0) return new Set();
      return guard(() => compare(pool, tables, chunks));
    },

    markDamaged: (ids) => guard(() => markDamaged(pool, tables, ids)),
    checks: {
      ...checkTimes(pool, tables, guard),
      mark: (ids) => guard(() => markChecked(pool, tables, ids)),
      absent: (chunks, signal) => guard(() => absentChunks(pool, tables, chunks, signal)),
    },

    async putChunks(chunks) {
      if (chunks.length === 0) return;
      try {
        await guard(() => insert(chunks));
      } catch (error) {
        if (!isUnreadable(error)) throw error;
        // To replace what a row has stored out of line the server reads it, which it cannot.
        await guard(() => setAside(pool, tables, chunks));
        await guard(() => insert(chunks));
      }
    },

    async getChunks(ids) {
      const texts = { table, key: 'id', text: "data->>'data'" };
      const found = await guard(() => readableOf(ids, (part) => pool.readLongTexts(texts, part)));
      return ids.map((id) => {
        const text = found.get(id);
        return text && decodeBase64(text);
      });
    },

    async deleteChunks(ids, epoch) {
      if (ids.length === 0) return { chunks: 0, bytes: 0 };
      try {
        return await guard(() => deleteUnused(pool, tables, ids, epoch));
      } catch (error) {
        if (!isUnreadable(error)) throw error;
        return guard(() => deleteReadable(pool, tables, ids, epoch));
      }
    },

    beginEpoch: () => guard(() => beginEpoch(pool, tables)),

    async reclaim() {
      // What is deleted of a table its server uses again.
    },
    storedBytes: () => guard(() => storedBytes(pool, tables)),
    isDamaged: () => guard(() => isDamaged(pool, tables)),
    listChunks: () => listChunks(pool, tables, guard),

    ...manifests(pool, tables),
    ...documents(pool, tables),

    async close() {
      // The pool is closed by its owner.
    },
  };
}

function insertOf({ chunks, epoch }: StoreTables, count: number): string {
  const rows = Array.from({ length: count }, (_, i) => {
    const [id, rawBytes, storedBytes, dataRows, data] = [1, 2, 3, 4, 5].map((place) => `$${i * 5 + place}`);
    return (
      `(${id}::pg_catalog.bytea, ${rawBytes}::int, ${storedBytes}::int, pg_catalog.jsonb_build_object('codec', 'zstd', ` +
      `'encoding', 'base64', 'rawBytes', ${rawBytes}::int, 'rows', ${dataRows}::int, 'data', ${data}::pg_catalog.text), (select epoch from ${epoch}))`
    );
  });
  return `insert into ${chunks} as c (id, raw_bytes, stored_bytes, data, last_use) values ${rows.join(', ')}
    on conflict (id) do update set last_use = greatest(c.last_use, excluded.last_use),
      raw_bytes = excluded.raw_bytes, stored_bytes = excluded.stored_bytes, damaged_at = null,
      data = case when ${isSame} then c.data else excluded.data end,
      checked_at = case when ${isSame} then c.checked_at else pg_catalog.now() end
     where c.last_use < excluded.last_use or (${isSame}) is not true`;
}

/** Neighbours that are small share a statement; each of the others has its own. */
function insertGroups(chunks: readonly StoredChunk[]): StoredChunk[][] {
  const groups: StoredChunk[][] = [];
  let small: StoredChunk[] | undefined;
  for (const chunk of chunks) {
    if (chunk.frame.length >= longFrameBytes) {
      groups.push([chunk]);
      small = undefined;
    } else if (small) small.push(chunk);
    else groups.push((small = [chunk]));
  }
  return groups;
}

/** The values in front of the chunk's data. */
function insertValues({ id, rawBytes, rows, frame }: StoredChunk): string[] {
  return [`\\x${id}`, String(rawBytes), String(frame.length), String(rows)];
}

function base64(frame: Uint8Array): string {
  return Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength).toString('base64');
}

/** SQL: row `c` can be what is put in its place. */
const isSame = `${isWhole} and c.stored_bytes = excluded.stored_bytes`;

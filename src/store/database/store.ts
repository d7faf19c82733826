import { HoldfastError, superseded } from '../../base/errors.ts';
import type { Pool } from '../../postgres/pool.ts';
import { Base64Text, decodeBase64 } from './base64-text.ts';
import {
  compare,
  deleteReadable,
  isUnreadable,
  lackingOf,
  markDamaged,
  readableOf,
  setAside,
} from './chunk-damage.ts';
import {
  beginEpoch,
  deleteUnused,
  holdEpoch,
  idBytes,
  isWhole,
  readNamed,
  useForManifest,
  useNow,
  type StoreTables,
} from './chunk-epochs.ts';
import { chunksLacking, type ChunkListing, type Store, type StoredChunk } from '../store.ts';

/** From this length a frame goes to the server by itself. */
const longFrameBytes = 64 * 1024;
/** Rows of one page of a listing. */
const pageRows = 1_000;
/** The id that comes before all others. */
const beforeAll = 0;

/**
 * Backup data as compressed JSONB in the database itself: `system_backup_chunks`, one row a chunk, and
 * `system_backups.backup_data`, the manifest. Base64 is made and read here: Node does it several times faster
 * than the server's encode() and decode().
 *
 * A chunk is committed without waiting for the disk. The manifest's commit waits, and a write-ahead log is
 * flushed in order, so everything put before a manifest is as durable as the manifest is.
 */
export function databaseStore(pool: Pool, tables: StoreTables): Store {
  const { chunks: table, backups } = tables;
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

    async useChunks(chunks) {
      if (chunks.length === 0) return new Map();
      return guard(() => useNow(pool, tables, chunks));
    },

    async compareChunks(chunks) {
      if (chunks.length === 0) return new Set();
      return guard(() => compare(pool, tables, chunks));
    },

    markDamaged: (ids) => guard(() => markDamaged(pool, tables, ids)),
    lackingChunks: (uuid) => guard(() => readingManifest(uuid, () => lackingOf(pool, tables, uuid))),

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

    async *listChunks() {
      let after = '';
      for (;;) {
        const page = await guard(() =>
          pool.query<ChunkListing>(
            `select pg_catalog.encode(id, 'hex') as id, stored_bytes as "storedBytes", last_use as "lastUse"
               from ${table} c where c.id > $1 order by c.id limit ${pageRows}`,
            [idBytes(after)],
          ),
        );
        yield* page;
        const last = page.at(-1);
        if (!last) return;
        after = last.id;
      }
    },

    async putManifest(uuid, manifest, fence) {
      await guard(() =>
        pool.transaction(async (connection) => {
          const epoch = await holdEpoch(connection, tables);
          const rows = await connection.query(
            `update ${backups} set backup_data = $2::pg_catalog.jsonb, manifest_digest = ${digestOf('$2::pg_catalog.jsonb')}
              where uuid = $1 and ($3::bigint is null or fence = $3 and status = 'running') returning id`,
            [uuid, JSON.stringify(manifest), fence ?? null],
          );
          if (rows.length === 0) {
            if (fence !== undefined) throw superseded();
            throw new HoldfastError(
              'STORE_FAILED',
              `The row of backup ${uuid} is gone; its manifest has no place.`,
            );
          }
          const missing = await useForManifest(connection, tables, uuid, epoch);
          if (missing === 0) return;
          throw chunksLacking(missing, uuid);
        }),
      );
    },

    async getManifest(uuid) {
      const [row] = await guard(() => readManifest(pool, backups, uuid));
      if (row?.changed) throw manifestDamaged(uuid, 'is not what was written');
      return row?.manifest ?? undefined;
    },

    namedChunks: (uuid) => guard(() => readingManifest(uuid, () => readNamed(pool, tables, uuid))),

    async deleteManifest(uuid) {
      await guard(() => pool.query(`update ${backups} set backup_data = null where uuid = $1`, [uuid]));
    },

    async *listManifests() {
      let after = beforeAll;
      for (;;) {
        const page = await guard(() =>
          pool.query<{ id: number; uuid: string }>(
            `select id, uuid from ${backups} where backup_data is not null and id > $1
              order by id limit ${pageRows}`,
            [after],
          ),
        );
        for (const row of page) yield row.uuid;
        const last = page.at(-1);
        if (!last) return;
        after = last.id;
      }
    },

    async close() {
      // The pool belongs to whoever opened it.
    },
  };
}

/** Some megabytes at most; hashing them costs less than parsing them. */
const digestOf = (json: string): string =>
  `pg_catalog.sha256(pg_catalog.convert_to((${json})::pg_catalog.text, 'UTF8'))`;

function readManifest(
  pool: Pool,
  backups: string,
  uuid: string,
): Promise<{ manifest: unknown; changed: boolean | null }[]> {
  return readingManifest(uuid, () =>
    pool.query<{ manifest: unknown; changed: boolean | null }>(
      `select backup_data as manifest, manifest_digest <> ${digestOf('backup_data')} as changed
         from ${backups} where uuid = $1`,
      [uuid],
    ),
  );
}

/** @throws MANIFEST_INVALID when it cannot be read although others can */
async function readingManifest<T>(uuid: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isUnreadable(error) ? manifestDamaged(uuid, 'cannot be read', error) : error;
  }
}

function manifestDamaged(uuid: string, how: string, cause?: unknown): HoldfastError {
  return new HoldfastError(
    'MANIFEST_INVALID',
    `The manifest of backup ${uuid} ${how}: its storage is damaged.`,
    {
      cause,
      hint: 'This backup cannot be restored any more. Restore from another one, take a new one, and check the storage.',
    },
  );
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

/** What has an error of its own in the catalogue keeps it; all else is, to the user of a store, the store's failure. */
async function guard<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof HoldfastError && error.code !== 'INTERNAL') throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new HoldfastError('STORE_FAILED', `The backup store in the database failed: ${message}`, {
      cause: error,
      ...(error instanceof HoldfastError && error.details ? { details: error.details } : {}),
    });
  }
}

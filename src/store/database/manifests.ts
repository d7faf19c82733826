import { HoldfastError, superseded } from '../../base/errors.ts';
import type { Pool } from '../../postgres/pool.ts';
import { chunksLacking, type Store } from '../store.ts';
import { lackingOf } from '../chunk-rows/damage.ts';
import { holdEpoch, useForManifest } from '../chunk-rows/epochs.ts';
import { isUnreadable } from './chunk-damage.ts';
import { guard } from './failure.ts';
import type { StoreTables } from './tables.ts';

/** Rows of one page of a listing. */
const pageRows = 1_000;
/** The id that comes before all others. */
const beforeAll = 0;

type ManifestMethods = Pick<
  Store,
  'putManifest' | 'getManifest' | 'lackingChunks' | 'deleteManifest' | 'listManifests'
>;

/**
 * The manifests, each in the row that the catalog has of its backup: that is where people look for it. Beside these columns
 * the store reads two of the catalog's: whether the run that takes the backup still has its fence.
 */
export function manifests(pool: Pool, tables: StoreTables): ManifestMethods {
  const { backups } = tables;
  return {
    async putManifest(uuid, manifest, names, fence) {
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
              `The row of backup ${uuid} is gone, so its manifest cannot be stored.`,
            );
          }
          const missing = await useForManifest(connection, tables, names, epoch);
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
    lackingChunks: (names) => guard(() => lackingOf(pool, tables, names)),
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
      hint: 'This backup can no longer be restored. Restore from another one, take a new backup, and check the storage.',
    },
  );
}

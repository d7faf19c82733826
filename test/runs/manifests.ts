import type pg from 'pg';
import { readManifest } from '../../src/engine/read/manifest.ts';
import { format2, type BackupHeader } from '../../src/format/backup-document.ts';
import { decodeChunk } from '../../src/format/chunk.ts';
import { asFormat1 } from '../../src/format/format-1.ts';
import { idsOf, type InventoryChunk } from '../../src/format/inventory.ts';
import { rangeChunks, type Manifest } from '../../src/format/manifest.ts';
import { openPool } from '../../src/postgres/pool.ts';
import { databaseStore } from '../../src/store/database/store.ts';
import { idsIn } from '../../src/store/store.ts';
import type { TestDatabase } from '../support/database.ts';
import { storeTables } from '../store/database-tables.ts';

interface Installation {
  db: Pick<TestDatabase, 'client' | 'target'>;
}

/** The manifest of a backup in the database store. */
export async function manifestOf({ db }: Installation, id: number): Promise<Manifest> {
  const { rows } = await db.client.query<{ uuid: string }>('select uuid from system_backups where id = $1', [
    id,
  ]);
  const pool = openPool(db.target, { max: 1, applicationName: 'test' });
  try {
    const store = databaseStore(pool, storeTables);
    return await readManifest(store, await store.getManifest(rows[0]!.uuid), rows[0]!.uuid);
  } finally {
    await pool.close();
  }
}

/** The chunks of one table of a backup, in hex. */
export async function chunksOf(system: Installation, id: number, table: string): Promise<string[]> {
  const { tables } = await manifestOf(system, id);
  return tables
    .filter(({ name }) => name === table)
    .flatMap(({ ranges }) => rangeChunks(ranges).map(({ id: chunk }) => chunk));
}

/** The chunks that each backup in the database store needs, by the backup's id. */
export async function neededChunks(client: pg.Client): Promise<Map<number, Set<string>>> {
  const { rows } = await client.query<{ id: string; document: { format: string; header: string } }>(
    'select id, backup_data as document from system_backups where backup_data is not null',
  );
  const read = async (piece: InventoryChunk): Promise<Uint8Array> => {
    const { rows: found } = await client.query<{ text: string }>(
      `select data->>'data' as text from system_backup_chunks where id = decode($1, 'hex')`,
      [piece.id],
    );
    return decodeChunk(piece, Buffer.from(found[0]!.text, 'base64'), undefined);
  };
  const needed = new Map<number, Set<string>>();
  for (const { id, document } of rows) {
    const names =
      document.format === format2
        ? await idsOf((JSON.parse(document.header) as BackupHeader).inventory, read)
        : Buffer.from(
            [...JSON.stringify(document).matchAll(/"id":"([0-9a-f]{64})"/g)].map(([, each]) => each).join(''),
            'hex',
          );
    needed.set(Number(id), new Set(idsIn(names)));
  }
  return needed;
}

/** The same of all of them. */
export async function allNeededChunks(client: pg.Client): Promise<Set<string>> {
  return new Set([...(await neededChunks(client)).values()].flatMap((ids) => [...ids]));
}

/**
 * Puts another manifest in the place of that of a backup, as someone who may write to our tables can. It is of the first version
 * of the format, which has it all in one document.
 * @param change is given the document and changes it, or gives another
 */
export async function rewriteManifest(
  system: Installation,
  id: number,
  // oxlint-disable-next-line typescript/no-explicit-any -- a document of any form
  change: (document: any) => unknown,
): Promise<void> {
  const document: unknown = JSON.parse(JSON.stringify(asFormat1(await manifestOf(system, id))));
  const changed = change(document) ?? document;
  await system.db.client.query(
    'update system_backups set manifest_digest = null, backup_data = $2 where id = $1',
    [id, JSON.stringify(changed)],
  );
}

import type { BackupRecord } from '../../catalog/backup-record.ts';
import { placesOfMissing, userTables } from '../../catalog/application-tables.ts';
import { displayName, type QualifiedName } from '../../postgres/identifiers.ts';
import { openBody } from '../../contract/identity.ts';
import * as routes from '../../contract/routes/tables.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import { endpoint, ok } from '../endpoint.ts';
import { operation, type Work } from '../operation.ts';

const namedAtMost = 100;

/** What is compared of a backup. It never changes, so it is read from the store once. */
interface BackedUp {
  id: number;
  snapshotAt: string;
  tables: (QualifiedName & { rows: number })[];
}

/** The backup that was compared last. */
const lastCompared = new WeakMap<Catalog, BackedUp>();

async function tablesOf(
  { catalog, jobs }: Work,
  backup: BackupRecord,
  identity: string | undefined,
): Promise<BackedUp> {
  const known = lastCompared.get(catalog);
  if (known?.id === backup.id) return known;
  const { snapshot, tables } = await jobs.readManifest(backup, identity);
  const read: BackedUp = {
    id: backup.id,
    snapshotAt: snapshot.at,
    tables: tables
      .map(({ schema, name, rows }) => ({ schema, name, rows }))
      .toSorted((a, b) => b.rows - a.rows),
  };
  // What one key has opened, the next caller may have no key for.
  if (identity === undefined) lastCompared.set(catalog, read);
  return read;
}

export const listTables = operation({
  name: 'listTables',
  takes: [],
  async run({ catalog, source }) {
    const tables = await userTables(source, (await catalog.ownObjects()).tables);
    return { tables: tables.map((table) => ({ table: displayName(table), ...table })) };
  },
  endpoints: [endpoint(routes.readTables, async ({ api }) => ok(await api.listTables()))],
});

export const missingTables = operation({
  name: 'missingTables',
  takes: [openBody.prefault({})],
  async run(work, { identity }) {
    const { catalog, source } = work;
    const backup = await catalog.backups.newestGood({ full: true });
    if (!backup) return { backup: null, total: 0, tables: [] };
    const { id, snapshotAt, tables } = await tablesOf(work, backup, identity);
    const missing = await placesOfMissing(source, tables);
    return {
      backup: { id, snapshotAt },
      total: missing.length,
      tables: missing.slice(0, namedAtMost).map((place) => {
        const table = tables[place]!;
        return { table: displayName(table), rows: table.rows };
      }),
    };
  },
  endpoints: [
    endpoint(routes.readMissingTables, async ({ api }) => ok(await api.missingTables())),
    endpoint(routes.openMissingTables, async ({ api, body }) => ok(await api.missingTables(body))),
  ],
});

import type { BackupRecord } from '../../catalog/backups.ts';
import { placesOfMissing, userTables } from '../../catalog/application-tables.ts';
import { displayName, type QualifiedName } from '../../postgres/identifiers.ts';
import type { BackupApi } from '../contract.ts';
import type { ApiContext } from '../context.ts';

const namedAtMost = 100;

/** What is compared of a backup; it never changes, so that it is read from the store only once. */
interface BackedUp {
  id: number;
  snapshotAt: string;
  tables: (QualifiedName & { rows: number })[];
}

export function tableOperations({
  catalog,
  jobs,
}: ApiContext): Pick<BackupApi, 'listTables' | 'missingTables'> {
  let known: BackedUp | null = null;

  async function tablesOf(backup: BackupRecord): Promise<BackedUp> {
    if (known?.id === backup.id) return known;
    const { snapshot, tables } = await jobs.readManifest(backup);
    known = {
      id: backup.id,
      snapshotAt: snapshot.at,
      tables: tables
        .map(({ schema, name, rows }) => ({ schema, name, rows }))
        .toSorted((a, b) => b.rows - a.rows),
    };
    return known;
  }

  return {
    async listTables() {
      const tables = await userTables(catalog.pool, (await catalog.ownObjects()).tables);
      return { tables: tables.map((table) => ({ table: displayName(table), ...table })) };
    },

    async missingTables() {
      const backup = await catalog.backups.newestGoodFull();
      if (!backup) return { backup: null, total: 0, tables: [] };
      const { id, snapshotAt, tables } = await tablesOf(backup);
      const missing = await placesOfMissing(catalog.pool, tables);
      return {
        backup: { id, snapshotAt },
        total: missing.length,
        tables: missing.slice(0, namedAtMost).map((place) => {
          const table = tables[place]!;
          return { table: displayName(table), rows: table.rows };
        }),
      };
    },
  };
}

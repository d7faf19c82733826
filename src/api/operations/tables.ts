import { userTables } from '../../catalog/user-tables.ts';
import { displayName } from '../../postgres/identifiers.ts';
import type { BackupApi } from '../contract.ts';
import type { ApiContext } from '../context.ts';

export function tableOperations({ catalog }: ApiContext): Pick<BackupApi, 'listTables'> {
  return {
    async listTables() {
      const tables = await userTables(catalog.pool, (await catalog.ownObjects()).tables);
      return { tables: tables.map((table) => ({ table: displayName(table), ...table })) };
    },
  };
}

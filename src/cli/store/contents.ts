import type { BackupApi, Import } from '../../api/contract.ts';
import { errorCatalogue } from '../../base/errors.ts';
import type { StoreCheck } from '../../contract/store-contents.ts';
import { describeCheck, describeImport } from '../describe/stores.ts';
import { follow } from '../follow.ts';
import type { Answer, Invocation } from '../invocation.ts';
import { openedBy } from '../key-file.ts';
import { withApi } from '../system.ts';

export async function checkStore(invocation: Invocation, name: string): Promise<Answer> {
  const check = await withApi(invocation, (api) =>
    follow(invocation, {
      noun: 'Check',
      start: () => api.checkStore(name),
      wait: (id, onProgress) => api.waitForCheck(id, { onProgress }),
      cancel: (id) => api.cancelCheck(id),
      afterCancel: `A check deletes nothing. What it had listed of ${name} until then is in the index.`,
    }),
  );
  return {
    document: { success: true, check },
    text: describeCheck(name, check.report!),
    exitCode: exitCodeOf(check.report!),
  };
}

/** What a check found and a cleanup does not put right is no success for a script that runs it. */
function exitCodeOf({ rolledBack, refused, missing, damaged, index }: StoreCheck): number {
  if (rolledBack) return errorCatalogue.BACKUP_ROLLED_BACK.exitCode;
  if (refused.length > 0) return errorCatalogue.MANIFEST_INVALID.exitCode;
  const lost = missing.length + damaged.length + (index?.missing.count ?? 0) + (index?.damaged.count ?? 0);
  return lost > 0 ? errorCatalogue.CHUNK_MISSING.exitCode : 0;
}

export async function importStore(
  invocation: Invocation,
  name: string,
  identity: string | undefined,
): Promise<Answer> {
  const opener = await openedBy({ identity });
  const imported = await withApi(invocation, (api) => followImport(invocation, api, name, opener));
  return { document: { success: true, import: imported }, text: describeImport(name, imported.report!) };
}

/** Takes the backups of a store into the catalog, with its progress. */
export function followImport(
  invocation: Invocation,
  api: BackupApi,
  name: string,
  opener: { identity?: string },
): Promise<Import> {
  return follow(invocation, {
    noun: 'Import',
    start: () => api.importStore(name, opener),
    wait: (id, onProgress) => api.waitForImport(id, { onProgress }),
    cancel: (id) => api.cancelImport(id),
    afterCancel:
      'Backups that are in the catalog already stay there; the next import goes on with the others.',
  });
}

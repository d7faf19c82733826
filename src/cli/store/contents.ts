import type { BackupApi } from '../../api/contract.ts';
import { errorCatalogue } from '../../base/errors.ts';
import type { StoreCheck } from '../../contract/store-contents.ts';
import { describeCheck, describeImport } from '../describe/stores.ts';
import type { Answer, Invocation } from '../invocation.ts';
import { openedBy } from '../key-file.ts';
import { withApi } from '../system.ts';

export function checkStore(invocation: Invocation, name: string): Promise<Answer> {
  return withApi(invocation, async (api) => {
    const check = await api.checkStore(name);
    return { document: check, text: describeCheck(name, check), exitCode: exitCodeOf(check) };
  });
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
  const work = async (api: BackupApi): Promise<Answer> => {
    const result = await api.importStore(name, opener);
    return { document: result, text: describeImport(name, result) };
  };
  return withApi(invocation, work);
}

import type { BackupApi } from '../../api/contract.ts';
import { describeCheck, describeImport } from '../describe/stores.ts';
import type { Answer, Invocation } from '../invocation.ts';
import { openedBy } from '../key-file.ts';
import { withApi } from '../system.ts';

export function checkStore(invocation: Invocation, name: string): Promise<Answer> {
  return withApi(invocation, async (api) => {
    const check = await api.checkStore(name);
    return { document: check, text: describeCheck(name, check) };
  });
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

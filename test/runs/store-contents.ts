import type { BackupApi, StoreCheck, StoreImport } from '../../src/api/contract.ts';

/** What a check of a store finds. @throws the error that it ends in */
export async function checked(api: BackupApi, name: string): Promise<StoreCheck> {
  return (await api.checkStore(name, { wait: true })).report!;
}

/** What an import of a store took into the catalog. @throws the error that it ends in */
export async function importedFrom(
  api: BackupApi,
  name: string,
  opener: { identity?: string } = {},
): Promise<StoreImport> {
  return (await api.importStore(name, { ...opener, wait: true })).report!;
}

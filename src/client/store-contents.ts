import type * as shapes from '../contract/shapes.ts';
import { partOf, type CallAddress } from './call.ts';
import type { OpenCall } from './client.ts';
import type { CallOptions } from './transport.ts';

/** What is in a store: a part of `Client`. */
export interface StoreContentsCalls {
  /** Compares a store with what the installation believes of it. Resolves when that is running or queued. */
  checkStore(name: string, call?: CallOptions): Promise<shapes.Check>;
  /** Newest first. */
  listChecks(query?: shapes.ListQuery, call?: CallOptions): Promise<shapes.CheckPage>;
  getCheck(id: number, call?: CallOptions): Promise<shapes.Check>;
  cancelCheck(id: number, call?: CallOptions): Promise<shapes.Check>;
  /** Takes backups of a store into the catalog that have no row there. Resolves when that is running or queued. */
  importStore(name: string, call?: OpenCall): Promise<shapes.Import>;
  /** Newest first. */
  listImports(query?: shapes.ListQuery, call?: CallOptions): Promise<shapes.ImportPage>;
  getImport(id: number, call?: CallOptions): Promise<shapes.Import>;
  cancelImport(id: number, call?: CallOptions): Promise<shapes.Import>;
}

export function storeContentsCalls(call: CallAddress): StoreContentsCalls {
  return {
    checkStore: async (name, given) =>
      partOf(await call('POST /stores/{name}/check', { params: { name } }, given), 'check'),
    listChecks: (query = {}, given) => call('GET /check', { query }, given),
    getCheck: async (id, given) => partOf(await call('GET /check/{id}', { params: { id } }, given), 'check'),
    cancelCheck: async (id, given) =>
      partOf(await call('POST /check/{id}/cancel', { params: { id } }, given), 'check'),
    importStore: async (name, { identity, ...given } = {}) =>
      partOf(
        await call('POST /stores/{name}/import', { params: { name }, body: { identity } }, given),
        'import',
      ),
    listImports: (query = {}, given) => call('GET /import', { query }, given),
    getImport: async (id, given) =>
      partOf(await call('GET /import/{id}', { params: { id } }, given), 'import'),
    cancelImport: async (id, given) =>
      partOf(await call('POST /import/{id}/cancel', { params: { id } }, given), 'import'),
  };
}

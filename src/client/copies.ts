import type * as shapes from '../contract/shapes.ts';
import { partOf, type CallAddress } from './call.ts';
import type { CallOptions } from './transport.ts';

/** Copies of backups in other stores: a part of `Client`. */
export interface CopyCalls {
  /** Copies a backup to another store, or puts right what is damaged where it is. Resolves when that is running or queued. */
  copyBackup(id: number, store: string, call?: CallOptions): Promise<shapes.Copy>;
  /** Newest first. */
  listCopies(query?: shapes.ListQuery, call?: CallOptions): Promise<shapes.CopyPage>;
  getCopy(id: number, call?: CallOptions): Promise<shapes.Copy>;
  /** It is not begun again automatically. */
  cancelCopy(id: number, call?: CallOptions): Promise<shapes.Copy>;
}

export function copyCalls(call: CallAddress): CopyCalls {
  return {
    copyBackup: async (id, store, given) =>
      partOf(await call('POST /backup/{id}/copy', { params: { id }, body: { store } }, given), 'copy'),
    listCopies: (query = {}, given) => call('GET /copy', { query }, given),
    getCopy: async (id, given) => partOf(await call('GET /copy/{id}', { params: { id } }, given), 'copy'),
    cancelCopy: async (id, given) =>
      partOf(await call('POST /copy/{id}/cancel', { params: { id } }, given), 'copy'),
  };
}

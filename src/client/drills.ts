import type * as shapes from '../contract/shapes.ts';
import { partOf, type CallAddress } from './call.ts';
import type { OpenCall } from './client.ts';
import type { CallOptions } from './transport.ts';

/** Backups that are proved by restoring them, and certificates: a part of `Client`. */
export interface DrillCalls {
  /** Restores a backup into a scratch database and compares. Resolves when that is running or queued. */
  drillBackup(id: number, call?: OpenCall & { store?: string }): Promise<shapes.Drill>;
  /** Newest first. */
  listDrills(query?: shapes.ListQuery, call?: CallOptions): Promise<shapes.DrillPage>;
  getDrill(id: number, call?: CallOptions): Promise<shapes.DrillDetail>;
  cancelDrill(id: number, call?: CallOptions): Promise<shapes.Drill>;
  /** The newest certificate of a backup. */
  getCertificate(id: number, call?: CallOptions): Promise<shapes.Certificate>;
  /** Hands in a certificate that was made elsewhere. */
  keepCertificate(certificate: shapes.Certificate, call?: CallOptions): Promise<shapes.Drill>;
}

export function drillCalls(call: CallAddress): DrillCalls {
  return {
    drillBackup: async (id, { identity, store, ...given } = {}) =>
      partOf(
        await call(
          'POST /backup/{id}/drill',
          { params: { id }, query: { store }, body: { identity } },
          given,
        ),
        'drill',
      ),
    listDrills: (query = {}, given) => call('GET /drill', { query }, given),
    getDrill: (id, given) => call('GET /drill/{id}', { params: { id } }, given),
    cancelDrill: async (id, given) =>
      partOf(await call('POST /drill/{id}/cancel', { params: { id } }, given), 'drill'),
    getCertificate: (id, given) => call('GET /backup/{id}/certificate', { params: { id } }, given),
    keepCertificate: async (body, given) =>
      partOf(await call('POST /certificates', { body }, given), 'drill'),
  };
}

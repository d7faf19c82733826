import type * as shapes from '../contract/shapes.ts';
import { partOf, type CallAddress } from './call.ts';
import type { CallOptions } from './transport.ts';

/** Reading what a store holds: a part of `Client`. */
export interface ScrubCalls {
  /** Reads a share of a store, default all of it, and compares it with what was written. Resolves when that is running or queued. */
  scrubStore(name: string, body?: shapes.ScrubBody, call?: CallOptions): Promise<shapes.Scrub>;
  /** Newest first. */
  listScrubs(query?: shapes.ListQuery, call?: CallOptions): Promise<shapes.ScrubPage>;
  getScrub(id: number, call?: CallOptions): Promise<shapes.Scrub>;
  cancelScrub(id: number, call?: CallOptions): Promise<shapes.Scrub>;
}

export function scrubCalls(call: CallAddress): ScrubCalls {
  return {
    scrubStore: async (name, body = {}, given) =>
      partOf(await call('POST /stores/{name}/scrub', { params: { name }, body }, given), 'scrub'),
    listScrubs: (query = {}, given) => call('GET /scrub', { query }, given),
    getScrub: async (id, given) => partOf(await call('GET /scrub/{id}', { params: { id } }, given), 'scrub'),
    cancelScrub: async (id, given) =>
      partOf(await call('POST /scrub/{id}/cancel', { params: { id } }, given), 'scrub'),
  };
}

import type * as shapes from '../contract/shapes.ts';
import type { CallAddress } from './call.ts';
import type { CallOptions } from './transport.ts';

/** Roles and tablespaces: a part of `Client`. */
export interface GlobalsCalls {
  /** What a server lacks of the roles and tablespaces in a backup. */
  planGlobals(id: number, body?: shapes.GlobalsBody, call?: CallOptions): Promise<shapes.GlobalsPlan>;
  /** Makes it: all or nothing. */
  restoreGlobals(id: number, body?: shapes.GlobalsBody, call?: CallOptions): Promise<shapes.GlobalsReport>;
}

export function globalsCalls(call: CallAddress): GlobalsCalls {
  return {
    planGlobals: async (id, body = {}, given) =>
      (await call('POST /backup/{id}/globals/plan', { params: { id }, body }, given)).plan,
    restoreGlobals: async (id, body = {}, given) =>
      (await call('POST /backup/{id}/globals', { params: { id }, body }, given)).report,
  };
}

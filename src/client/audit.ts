import type * as shapes from '../contract/shapes.ts';
import type { CallAddress } from './call.ts';
import type { CallOptions } from './transport.ts';

/** Who has done what: a part of `Client`. */
export interface AuditCalls {
  /** The calls that changed, opened or downloaded something, the newest first. */
  listAudit(query?: shapes.AuditQuery, call?: CallOptions): Promise<shapes.AuditPage>;
  /** Whether no row of the audit was removed, changed or moved. */
  verifyAudit(call?: CallOptions): Promise<shapes.AuditProof>;
}

export function auditCalls(call: CallAddress): AuditCalls {
  return {
    listAudit: (query = {}, given) => call('GET /audit', { query }, given),
    verifyAudit: (given) => call('GET /audit/verify', {}, given),
  };
}

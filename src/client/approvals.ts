import type * as shapes from '../contract/shapes.ts';
import { partOf, type CallAddress } from './call.ts';
import type { CallOptions } from './transport.ts';

/** Calls that need a second actor: a part of `Client`. */
export interface ApprovalCalls {
  /** What needs a second actor, and the calls that did, the newest first. */
  listApprovals(query?: shapes.ApprovalsQuery, call?: CallOptions): Promise<shapes.ApprovalsAnswer>;
  /** Approves a call of another actor, or refuses one. */
  decideApproval(id: number, body: shapes.ApprovalBody, call?: CallOptions): Promise<shapes.Approval>;
}

export function approvalCalls(call: CallAddress): ApprovalCalls {
  return {
    listApprovals: (query = {}, given) => call('GET /approvals', { query }, given),
    decideApproval: async (id, body, given) =>
      partOf(await call('POST /approvals/{id}', { params: { id }, body }, given), 'approval'),
  };
}

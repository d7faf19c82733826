import type * as shapes from '../contract/shapes.ts';

/**
 * Calls that need a second actor: a part of `BackupApi`. Where the options say that they do (`fourEyes`), such a call is refused with
 * APPROVAL_REQUIRED and waits; once another actor has approved it, its own actor makes it again.
 */
export interface ApprovalsApi {
  /** What needs a second actor, and the calls that did, the newest first. */
  listApprovals(query?: shapes.ApprovalsQuery): Promise<shapes.ApprovalsAnswer>;
  /**
   * Approves a call of another actor, or refuses one. Needs the scope that the call itself needs.
   * @throws APPROVAL_NOT_FOUND; SECOND_ACTOR_NEEDED for one who asked for it, or has no name; APPROVAL_DECIDED where it waits no longer
   */
  decideApproval(id: number, body: shapes.ApprovalBody): Promise<shapes.Approval>;
}

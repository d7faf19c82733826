import type * as shapes from '../contract/shapes.ts';

/** Who has done what: a part of `BackupApi`. */
export interface AuditApi {
  /** The calls that changed, opened or downloaded something, the newest first. */
  listAudit(query?: shapes.AuditQuery): Promise<shapes.AuditPage>;
  /**
   * Computes the hash of every row of the audit again, and looks for the heads that the manifests of the backups name. What is wrong is in the
   * answer.
   */
  verifyAudit(): Promise<shapes.AuditProof>;
}

import type * as shapes from '../contract/shapes.ts';

/** Roles and tablespaces of a server: a part of `BackupApi`. */
export interface GlobalsApi {
  /**
   * Compares the roles and tablespaces in a backup of type `globals` with the server, or with that of `targetUrl`. Nothing is changed.
   * @throws BACKUP_NOT_FOUND, BACKUP_NOT_COMPLETE, BACKUP_WITHOUT_GLOBALS, KEY_REQUIRED
   */
  planGlobals(id: number, options?: shapes.GlobalsBody): Promise<shapes.GlobalsPlan>;
  /**
   * Makes what the server lacks of them, all or nothing. What gives power over others is made only if `confirm` names it, as the plan does;
   * what is there stays as it is, without `onDifferent: 'alter'`.
   * @throws as `planGlobals`; RESTORE_FAILED, INSUFFICIENT_PRIVILEGE, LOCK_TIMEOUT; APPROVAL_REQUIRED where a second actor is needed
   */
  restoreGlobals(id: number, options?: shapes.GlobalsBody): Promise<shapes.GlobalsReport>;
}

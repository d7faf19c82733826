import type * as shapes from '../contract/shapes.ts';
import type { PlanOptions, WaitOption, WaitOptions } from './contract.ts';

/** Restores, and what takes them back: a part of `BackupApi`. */
export interface RestoresApi {
  /**
   * Starts a restore; `wait` is as in `createBackup`. A restore in place takes a safety backup first; one of
   * rows keeps the rows that it replaces. One with an `identity` is
   * performed by this process, and ends as interrupted when this process does.
   * @throws BACKUP_NOT_FOUND, BACKUP_NOT_COMPLETE; WORKER_REQUIRED for one with an `identity` where `worker` is false; with `wait`: the error the run ended in, with its row in `details.restore`
   */
  restore(request: shapes.RestoreOrder & WaitOption): Promise<shapes.RestoreSummary>;
  /**
   * What that restore would do. Changes nothing.
   * @throws BACKUP_NOT_FOUND, BACKUP_NOT_COMPLETE, TABLES_NOT_FOUND, DATABASE_EXISTS, MANIFEST_INVALID
   */
  planRestore(request: shapes.RestoreBody, options?: PlanOptions): Promise<shapes.RestoreOutlook>;
  /**
   * Puts back what a restore in place replaced, from its safety backup or the rows that it has kept; `wait` and `identity` as in
   * `restore`. What was written to these since is lost; `planUndo` counts it. It can be undone itself in the same way.
   * @throws RESTORE_NOT_FOUND; UNDO_NOT_POSSIBLE, whose `details.reason` says why; what `restore` throws
   */
  undoRestore(id: number, options?: shapes.UndoBody & WaitOption): Promise<shapes.RestoreSummary>;
  /** What that would do; `undo` in it has what would be lost. Changes nothing. @throws as undoRestore, and as planRestore */
  planUndo(id: number, options?: shapes.UndoBody): Promise<shapes.RestoreOutlook>;
  /** Newest first. */
  listRestores(query?: shapes.ListQuery): Promise<shapes.RestorePage>;
  /** @throws RESTORE_NOT_FOUND */
  getRestore(id: number): Promise<shapes.RestoreDetail>;
  /** Like cancelBackup. What the restore did is rolled back. @throws RESTORE_NOT_FOUND */
  cancelRestore(id: number): Promise<shapes.RestoreSummary>;
  /**
   * Resolves when the restore has completed and is proved.
   * @throws RESTORE_NOT_FOUND; the error the run ended in, with its row in `details.restore`
   */
  waitForRestore(id: number, options?: WaitOptions): Promise<shapes.RestoreSummary>;
}

import type * as shapes from '../contract/shapes.ts';

export type * from '../contract/shapes.ts';

/** `true`: until the run has ended. A number: at most so many seconds. */
export interface WaitOption {
  wait?: boolean | number;
}

export interface WaitOptions {
  /** Ends the waiting, not the run: the promise is rejected with the signal's reason. */
  signal?: AbortSignal;
  /** Called about twice a second with the latest progress, and with every change of it in this process. */
  onProgress?: (progress: shapes.Progress) => void;
}

export interface PlanOptions {
  statements?: boolean;
}

export interface EventOptions {
  /** Ends the events. */
  signal?: AbortSignal;
  /** An `eventId`: begins with what came after that event, of the last thousand. */
  after?: number;
}

export interface Download {
  /** `holdfast-shop-12-20260102T030405Z.sql.zst`: plain ASCII, safe in a header and on a file system. */
  filename: string;
  contentType: string;
  /** Fails, and never ends cleanly, when a chunk turns out missing or damaged. Cancel it to stop early. */
  stream: ReadableStream<Uint8Array>;
}

/**
 * Everything the system does, as `system.api`. The HTTP endpoints, the command line and the page use nothing else.
 *
 * Input is checked here, so a caller in TypeScript gets the same answers as one over HTTP. Authentication is not:
 * whoever holds this object is trusted.
 *
 * Every method rejects with a HoldfastError. Beside those named: NOT_INITIALIZED (all but `init`, `planInit` and `status`),
 * TABLES_NOT_OURS, HOLDFAST_OUTDATED,
 * INVALID_REQUEST, DATABASE_UNREACHABLE, DATABASE_AUTHENTICATION, INSUFFICIENT_PRIVILEGE.
 */
export interface BackupApi {
  /** Creates, upgrades or repairs our tables. Idempotent. */
  init(): Promise<shapes.InitAnswer>;
  /** What `init` would make or upgrade, and in which database. Changes nothing. */
  planInit(): Promise<shapes.InitPlan>;
  status(): Promise<shapes.StatusAnswer>;
  /** The tables of the database but our own, with their sizes. */
  listTables(): Promise<shapes.TablesAnswer>;
  /** The tables of the newest good full backup that the database has no more. */
  missingTables(): Promise<shapes.MissingTablesAnswer>;

  /**
   * Orders a backup. Without `wait` it resolves as soon as the run has begun (`running`), or has to wait for another
   * one (`queued`); with it, when the run has completed, or as it stands when the seconds are over.
   * @throws with `wait` the error the run ended in, its row in `details.backup`.
   */
  createBackup(request?: shapes.BackupBody & WaitOption): Promise<shapes.BackupSummary>;
  /** Newest first. */
  listBackups(query?: shapes.BackupListQuery): Promise<shapes.BackupPage>;
  /** @throws BACKUP_NOT_FOUND */
  getBackup(id: number): Promise<shapes.BackupDetail>;
  /**
   * The definitions in a backup, as SQL: what makes everything but the rows.
   * @throws BACKUP_NOT_FOUND, BACKUP_NOT_COMPLETE, MANIFEST_INVALID
   */
  getBackupSchema(id: number): Promise<string>;
  /**
   * Deletes a backup in a final state, and the chunks no other backup refers to.
   * @throws BACKUP_NOT_FOUND, BACKUP_IN_USE
   */
  deleteBackup(id: number): Promise<shapes.DeleteAnswer>;
  /**
   * Asks a running backup to stop, whichever process runs it; it ends as `cancelled` within seconds.
   * Resolves with the row as it stands; a backup in a final state stays as it is.
   * @throws BACKUP_NOT_FOUND
   */
  cancelBackup(id: number): Promise<shapes.BackupSummary>;
  /**
   * The backup as SQL. Every chunk is known to be there before this resolves.
   * @param format Default `sql.zst`.
   * @throws BACKUP_NOT_FOUND, BACKUP_NOT_COMPLETE, CHUNK_MISSING, MANIFEST_INVALID
   */
  downloadBackup(id: number, format?: shapes.DownloadFormat): Promise<Download>;
  /**
   * Resolves once the backup has completed.
   * @throws BACKUP_NOT_FOUND; the error the run ended in, its row in `details.backup`.
   */
  waitForBackup(id: number, options?: WaitOptions): Promise<shapes.BackupSummary>;

  /**
   * A pinned backup is kept whatever the retention policy says. Default true.
   * @throws BACKUP_NOT_FOUND
   */
  pinBackup(id: number, pinned?: boolean): Promise<shapes.BackupSummary>;

  /** @param name Default `default`, which is there from the beginning, switched off. @throws SCHEDULE_NOT_FOUND */
  getSchedule(name?: string): Promise<shapes.Schedule>;
  /** Every schedule that was set, and the default one. */
  listSchedules(): Promise<shapes.Schedule[]>;
  /** A field that is left out keeps its value, or has its default in a schedule of a new name. */
  updateSchedule(body: shapes.ScheduleBody, name?: string): Promise<shapes.Schedule>;
  /** Its backups stay, under the default schedule's retention policy. @throws SCHEDULE_NOT_FOUND */
  deleteSchedule(name: string): Promise<shapes.ScheduleDeleteAnswer>;
  /**
   * The next times it is due, enabled or not, 20 unless said otherwise; and what became of the last ones.
   * @param changes not saved
   * @throws SCHEDULE_NOT_FOUND
   */
  previewSchedule(
    count?: number,
    changes?: shapes.ScheduleBody,
    name?: string,
  ): Promise<shapes.SchedulePreview>;
  /**
   * What the retention policies would keep and delete now. What `changes` leaves out is as the schedule has it.
   * @param name whose policy the changes are to
   * @throws SCHEDULE_NOT_FOUND
   */
  previewRetention(changes?: shapes.RetentionBody, name?: string): Promise<shapes.RetentionPreview>;
  /**
   * Deletes what the schedules' retention policies do not keep, then what no backup needs any more. See `createBackup` about
   * `wait`; a dry run answers at once.
   */
  cleanUp(body?: shapes.CleanupBody & WaitOption): Promise<shapes.Cleanup>;
  /** Newest first; deletions on request are among them. */
  listCleanups(query?: shapes.ListQuery): Promise<shapes.CleanupPage>;
  /** @throws CLEANUP_NOT_FOUND */
  getCleanup(id: number): Promise<shapes.Cleanup>;
  /** As cancelBackup; what it has deleted stays deleted. @throws CLEANUP_NOT_FOUND */
  cancelCleanup(id: number): Promise<shapes.Cleanup>;
  /** Resolves once the clean-up has completed. @throws CLEANUP_NOT_FOUND, and what it ended in */
  waitForCleanup(id: number, options?: WaitOptions): Promise<shapes.Cleanup>;

  /**
   * Starts a restore; see `createBackup` about `wait`. In place, a safety backup comes first.
   * @throws BACKUP_NOT_FOUND, BACKUP_NOT_COMPLETE; with `wait` also the error the run ended in, its
   *   row in `details.restore`.
   */
  restore(request: shapes.RestoreBody & WaitOption): Promise<shapes.RestoreSummary>;
  /**
   * What that restore would do. Changes nothing. With `statements`, the SQL of the backup that it would run, in order.
   * @throws BACKUP_NOT_FOUND, BACKUP_NOT_COMPLETE, TABLES_NOT_FOUND, DATABASE_EXISTS, MANIFEST_INVALID
   */
  planRestore(request: shapes.RestoreBody, options?: PlanOptions): Promise<shapes.RestoreOutlook>;
  /** Newest first. */
  listRestores(query?: shapes.ListQuery): Promise<shapes.RestorePage>;
  /** @throws RESTORE_NOT_FOUND */
  getRestore(id: number): Promise<shapes.RestoreDetail>;
  /** As cancelBackup. @throws RESTORE_NOT_FOUND */
  cancelRestore(id: number): Promise<shapes.RestoreSummary>;
  /**
   * Resolves once the restore has completed and is proved.
   * @throws RESTORE_NOT_FOUND; the error the run ended in, its row in `details.restore`.
   */
  waitForRestore(id: number, options?: WaitOptions): Promise<shapes.RestoreSummary>;

  /**
   * Reads a completed backup again and proves that all of it is there: every chunk by its hash, every table by its number
   * of rows. See `createBackup` about `wait`.
   * @throws BACKUP_NOT_FOUND, BACKUP_NOT_COMPLETE; with `wait` also CHUNK_MISSING or CHUNK_CORRUPT, with the damaged tables
   *   in details
   */
  verifyBackup(id: number, options?: WaitOption): Promise<shapes.Verification>;
  /** Newest first. */
  listVerifications(query?: shapes.ListQuery): Promise<shapes.VerificationPage>;
  /** @throws VERIFICATION_NOT_FOUND */
  getVerification(id: number): Promise<shapes.Verification>;
  /** As cancelBackup. @throws VERIFICATION_NOT_FOUND */
  cancelVerification(id: number): Promise<shapes.Verification>;
  /** Resolves once all of the backup is proved to be there. @throws VERIFICATION_NOT_FOUND, and what it ended in */
  waitForVerification(id: number, options?: WaitOptions): Promise<shapes.Verification>;

  /**
   * What happens from now on to runs and schedules, in whichever process. Ends with the signal, with the system, or when
   * its reader is a thousand events behind.
   */
  events(options?: EventOptions): Promise<AsyncGenerator<shapes.SystemEvent, void>>;
  /**
   * Calls `listener` with every such event of one type, or with `*` of all, until the returned function is called. Does
   * not keep the process alive.
   */
  on<Type extends shapes.SystemEventType | '*'>(
    type: Type,
    listener: (
      event: Type extends '*' ? shapes.SystemEvent : Extract<shapes.SystemEvent, { type: Type }>,
    ) => void,
  ): () => void;
}

/** What `createBackupSystem` returns. */
export interface BackupSystem {
  /** The HTTP face: answers every request under the base path, 404 outside it. Never rejects. */
  fetch: (request: Request) => Promise<Response>;
  api: BackupApi;
  /**
   * From now on this process starts what is due and performs what others order (unless `worker` is false), and marks what a
   * dead process left behind as interrupted. Without it schedules run only where another process has called it, or
   * `holdfast serve` or `holdfast worker` is running; everything else works. Does not keep the process alive.
   * @throws what the database says now; schedules begin all the same as soon as it answers
   */
  start(): Promise<void>;
  /** Interrupts the runs of this process, waits until they are recorded and closes every connection. */
  stop(): Promise<void>;
}

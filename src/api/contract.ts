import type * as shapes from '../contract/shapes.ts';
import type { ChannelsApi } from './channels-contract.ts';
import type { ApprovalsApi } from './approvals-contract.ts';
import type { AuditApi } from './audit-contract.ts';
import type { FindingsApi } from './findings-contract.ts';
import type { DatabasesApi } from './databases-contract.ts';
import type { DrillApi } from './drill-contract.ts';
import type { GlobalsApi } from './globals-contract.ts';
import type { MonitoringApi } from './monitoring-contract.ts';
import type { RestoresApi } from './restores-contract.ts';
import type { StoresApi } from './stores-contract.ts';
import type { TokensApi } from './tokens-contract.ts';

export type * from '../contract/shapes.ts';
export type { DrillApi } from './drill-contract.ts';
export type { BackupSystem, SystemFaces } from './system-contract.ts';
export type { GlobalsApi } from './globals-contract.ts';

export interface WaitOption {
  /** `true`: until the run has ended. A number: at most that many seconds. Default false. */
  wait?: boolean | number;
}

export interface WaitOptions {
  /** Stops waiting, not the run: the promise rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Called with the latest progress, about twice a second; for a run of this process, at every change. */
  onProgress?: (progress: shapes.Progress) => void;
}

export interface AbortOptions {
  /** Stops the work: the promise rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

export interface PlanOptions extends AbortOptions {
  /** Whether the plan has the SQL of the backup that the restore would run. Default false. */
  statements?: boolean;
}

export interface OpenOption {
  /**
   * The content of the recovery key of an encrypted store, never the path of a file: for this call alone. It stays in the memory of
   * this process until what the call starts has ended, and is never stored or logged.
   */
  identity?: string | undefined;
}

export interface EventOptions {
  /** Ends the events. */
  signal?: AbortSignal;
  /** An `eventId`: starts with the events after that one, at most the last thousand. */
  after?: number;
}

export interface Download {
  /** `holdfast-shop-12-20260102T030405Z.sql.zst`: plain ASCII, safe in a header and on a file system. */
  filename: string;
  contentType: string;
  /** Fails, and never ends cleanly, if a chunk is missing or damaged. Cancel it to stop early. */
  stream: ReadableStream<Uint8Array>;
}

/**
 * Everything the system does, as `system.api`. The HTTP endpoints and the command line use nothing else.
 *
 * Arguments are checked, so a caller in TypeScript gets the same errors as one over HTTP. There is no authentication: code that
 * holds this object is trusted.
 *
 * Every method rejects with a HoldfastError. Besides the codes named at a method: NOT_INITIALIZED (all but `init`, `planInit` and `status`),
 * TABLES_NOT_OURS, HOLDFAST_OUTDATED,
 * INVALID_REQUEST; with an `identity` KEY_INVALID for what is no key, and KEY_REQUIRED for one that does not open the store; DATABASE_UNREACHABLE, DATABASE_AUTHENTICATION, INSUFFICIENT_PRIVILEGE.
 */
export interface BackupApi
  extends
    ApprovalsApi,
    AuditApi,
    ChannelsApi,
    DatabasesApi,
    DrillApi,
    FindingsApi,
    GlobalsApi,
    MonitoringApi,
    RestoresApi,
    StoresApi,
    TokensApi {
  /** Creates, upgrades or repairs Holdfast's own tables. Idempotent. */
  init(): Promise<shapes.InitAnswer>;
  /** What `init` would create or upgrade, and in which database. Changes nothing. */
  planInit(): Promise<shapes.InitPlan>;
  /** Whether the system is ready, its health, what it is doing and how much it stores. */
  status(): Promise<shapes.StatusAnswer>;
  /** The tables of the database with their sizes, without Holdfast's own. */
  listTables(): Promise<shapes.TablesAnswer>;
  /** The tables of the newest good full backup that the database no longer has. */
  missingTables(opener?: OpenOption): Promise<shapes.MissingTablesAnswer>;
  /** Rows of a table as a backup has them, by a key or one after another. */
  findRows(id: number, wanted: shapes.RowsBody, options?: AbortOptions): Promise<shapes.RowsAnswer>;
  /** What a SELECT says of a backup, in a scratch database with the tables that it names. */
  queryBackup(id: number, asked: shapes.QueryBody, options?: AbortOptions): Promise<shapes.QueryAnswer>;
  /** Which rows of a table differ between a backup and the database, or another backup. */
  diffBackup(id: number, wanted: shapes.DiffBody, options?: AbortOptions): Promise<shapes.DiffAnswer>;
  /** How a row was in each backup. */
  rowHistory(wanted: shapes.HistoryBody, options?: AbortOptions): Promise<shapes.HistoryAnswer>;

  /**
   * Starts a backup. Without `wait` it resolves as soon as the run is `running`, or `queued` behind another one. With `wait`
   * it resolves when the run has completed or the seconds have passed.
   * @throws with `wait`: the error the run ended in, with its row in `details.backup`
   */
  createBackup(request?: shapes.BackupBody & WaitOption): Promise<shapes.BackupSummary>;
  /** Newest first. */
  listBackups(query?: shapes.BackupListQuery): Promise<shapes.BackupPage>;
  /** Without a key that opens an encrypted one, `contents` is null and `contentsError` is KEY_REQUIRED. @throws BACKUP_NOT_FOUND */
  getBackup(id: number, opener?: OpenOption): Promise<shapes.BackupDetail>;
  /**
   * The definitions in a backup, as SQL: everything but the rows.
   * @throws BACKUP_NOT_FOUND, BACKUP_NOT_COMPLETE, MANIFEST_INVALID
   */
  getBackupSchema(id: number, opener?: OpenOption): Promise<string>;
  /**
   * Deletes a backup that has ended, and the chunks no other backup refers to.
   * @param options.despiteFinding also one that an open finding of damage keeps
   * @throws BACKUP_NOT_FOUND, BACKUP_IN_USE, BACKUP_HELD
   */
  deleteBackup(id: number, options?: { despiteFinding?: boolean | undefined }): Promise<shapes.DeleteAnswer>;
  /**
   * Asks a running backup to stop, in whichever process it runs; it ends as `cancelled` within seconds.
   * Resolves with the current row. A backup that has ended does not change.
   * @throws BACKUP_NOT_FOUND
   */
  cancelBackup(id: number): Promise<shapes.BackupSummary>;
  /**
   * The backup as SQL. Resolves only after every chunk was found in the store.
   * @param format Default `sql.zst`.
   * @throws BACKUP_NOT_FOUND, BACKUP_NOT_COMPLETE, CHUNK_MISSING, MANIFEST_INVALID
   */
  downloadBackup(id: number, format?: shapes.DownloadFormat, opener?: OpenOption): Promise<Download>;
  /**
   * Resolves when the backup has completed.
   * @throws BACKUP_NOT_FOUND; the error the run ended in, with its row in `details.backup`
   */
  waitForBackup(id: number, options?: WaitOptions): Promise<shapes.BackupSummary>;

  /**
   * The retention policy never deletes a pinned backup. Default true.
   * @throws BACKUP_NOT_FOUND
   */
  pinBackup(id: number, pinned?: boolean): Promise<shapes.BackupSummary>;

  /** @param name Default `default`, which always exists and is disabled until it is set. @throws SCHEDULE_NOT_FOUND */
  getSchedule(name?: string): Promise<shapes.Schedule>;
  /** The default schedule and every other that was set. */
  listSchedules(): Promise<shapes.Schedule[]>;
  /** Changes a schedule, or creates it. A field that is left out keeps its value, or gets its default in a new schedule. */
  updateSchedule(body: shapes.ScheduleBody, name?: string): Promise<shapes.Schedule>;
  /** Its backups stay, under the retention policy of the default schedule. @throws SCHEDULE_NOT_FOUND */
  deleteSchedule(name: string): Promise<shapes.ScheduleDeleteAnswer>;
  /**
   * When the schedule is due next, whether it is enabled or not, and the outcomes of the last times it was.
   * @param count Default 20
   * @param changes to the schedule, not saved
   * @throws SCHEDULE_NOT_FOUND
   */
  previewSchedule(
    count?: number,
    changes?: shapes.ScheduleBody,
    name?: string,
  ): Promise<shapes.SchedulePreview>;
  /**
   * What the retention policies would keep and delete now.
   * @param changes to the policy of one schedule, not saved
   * @param name the schedule with the changed policy, default `default`
   * @throws SCHEDULE_NOT_FOUND
   */
  previewRetention(changes?: shapes.RetentionBody, name?: string): Promise<shapes.RetentionPreview>;
  /**
   * Deletes the backups that the retention policies do not keep, then the chunks that no backup needs. `wait` is as in
   * `createBackup`; a dry run resolves at once.
   */
  cleanUp(body?: shapes.CleanupBody & WaitOption): Promise<shapes.Cleanup>;
  /** Newest first, including deletions on request. */
  listCleanups(query?: shapes.ListQuery): Promise<shapes.CleanupPage>;
  /** @throws CLEANUP_NOT_FOUND */
  getCleanup(id: number): Promise<shapes.Cleanup>;
  /** Like cancelBackup. What the cleanup has deleted stays deleted. @throws CLEANUP_NOT_FOUND */
  cancelCleanup(id: number): Promise<shapes.Cleanup>;
  /** Resolves when the cleanup has completed. @throws CLEANUP_NOT_FOUND; the error it ended in */
  waitForCleanup(id: number, options?: WaitOptions): Promise<shapes.Cleanup>;

  /**
   * Takes a point to go back to: an incremental backup, with nothing to choose but tables and a description; `wait` is as in
   * `createBackup`. For one who may take points and nothing else.
   * @throws QUEUE_FULL, TABLES_NOT_FOUND; with `wait`: the error it ended in
   */
  createPoint(request?: shapes.PointBody & WaitOption): Promise<shapes.Point>;
  /**
   * Reads a completed backup again and proves what the level says; default `content`: every chunk by its hash, every table by
   * its number of rows. `report.proved` says it as a sentence. With `store` the copy of it in that store. `wait` is as in
   * `createBackup`, `identity` as in `restore`; only `content` needs one.
   * @throws BACKUP_NOT_FOUND, BACKUP_NOT_COMPLETE; with `wait`: CHUNK_MISSING or CHUNK_CORRUPT, with the damaged tables and the
   *   rows that are lost in `details`
   */
  verifyBackup(
    id: number,
    options?: WaitOption & shapes.VerifyBody & { store?: string | undefined },
  ): Promise<shapes.Verification>;
  /** Newest first. */
  listVerifications(query?: shapes.ListQuery): Promise<shapes.VerificationPage>;
  /** @throws VERIFICATION_NOT_FOUND */
  getVerification(id: number): Promise<shapes.Verification>;
  /** Like cancelBackup. @throws VERIFICATION_NOT_FOUND */
  cancelVerification(id: number): Promise<shapes.Verification>;
  /** Resolves when what was to be proved is proved. @throws VERIFICATION_NOT_FOUND; the error it ended in */
  waitForVerification(id: number, options?: WaitOptions): Promise<shapes.Verification>;

  /**
   * Reads a share of a store, what was read longest ago, and finds out whether its bytes are still those that were written; default
   * all of it. Needs no key. What is damaged is known from then on. `wait` is as in `createBackup`.
   * @throws STORE_NOT_FOUND; with `wait`: the error it ended in
   */
  scrubStore(store: string, options?: WaitOption & shapes.ScrubBody): Promise<shapes.Scrub>;
  /** Newest first. */
  listScrubs(query?: shapes.ListQuery): Promise<shapes.ScrubPage>;
  /** @throws SCRUB_NOT_FOUND */
  getScrub(id: number): Promise<shapes.Scrub>;
  /** Like cancelBackup. @throws SCRUB_NOT_FOUND */
  cancelScrub(id: number): Promise<shapes.Scrub>;
  /** Resolves when the share has been read. @throws SCRUB_NOT_FOUND; the error it ended in */
  waitForScrub(id: number, options?: WaitOptions): Promise<shapes.Scrub>;

  /**
   * Copies a completed backup to another configured store; what is there already is not sent again. To the store that it is in
   * already: puts right what is damaged there, from another copy. `wait` is as in `createBackup`.
   * @throws BACKUP_NOT_FOUND, BACKUP_NOT_COMPLETE, STORE_NOT_FOUND, INVALID_REQUEST; with `wait`: the error it ended in
   */
  copyBackup(id: number, store: string, options?: WaitOption): Promise<shapes.Copy>;
  /** Newest first. */
  listCopies(query?: shapes.ListQuery): Promise<shapes.CopyPage>;
  /** @throws COPY_NOT_FOUND */
  getCopy(id: number): Promise<shapes.Copy>;
  /** Like cancelBackup. A cancelled copy is not begun again automatically. @throws COPY_NOT_FOUND */
  cancelCopy(id: number): Promise<shapes.Copy>;
  /** Resolves when the store has confirmed all of it. @throws COPY_NOT_FOUND; the error it ended in */
  waitForCopy(id: number, options?: WaitOptions): Promise<shapes.Copy>;

  /**
   * Events of runs and schedules from now on, in all processes. Ends with the signal, when the system stops, or when its
   * reader is a thousand events behind.
   */
  events(options?: EventOptions): Promise<AsyncGenerator<shapes.SystemEvent, void>>;
  /**
   * Calls `listener` with every event of one type, or of all types (`*`), until the returned function is called. Does not
   * keep the process alive.
   */
  on<Type extends shapes.SystemEventType | '*'>(
    type: Type,
    listener: (
      event: Type extends '*' ? shapes.SystemEvent : Extract<shapes.SystemEvent, { type: Type }>,
    ) => void,
  ): () => void;
}

/*
 * client/ owns the typed client of the HTTP API for browsers and servers. It never loads anything of ours at run
 * time.
 */
import type * as shapes from '../contract/shapes.ts';
import { approvalCalls, type ApprovalCalls } from './approvals.ts';
import { auditCalls, type AuditCalls } from './audit.ts';
import { callsOver, fill, partOf } from './call.ts';
import { channelCalls, type ChannelCalls } from './channels.ts';
import { copyCalls, type CopyCalls } from './copies.ts';
import { databaseCalls, type DatabaseCalls } from './databases.ts';
import { drillCalls, type DrillCalls } from './drills.ts';
import { globalsCalls, type GlobalsCalls } from './globals.ts';
import { lookCalls, type LookCalls } from './look.ts';
import { findingCalls, type FindingCalls } from './findings.ts';
import { tokenCalls, type TokenCalls } from './tokens.ts';
import { followEvents, type EventListener } from './events.ts';
import { storeContentsCalls, type StoreContentsCalls } from './store-contents.ts';
import { scrubCalls, type ScrubCalls } from './scrubs.ts';
import { createTransport, type CallOptions, type ClientOptions, type QueryValue } from './transport.ts';
import { pointCalls, type PointCalls } from './points.ts';
import { sessionCalls, type SessionCalls } from './session.ts';
import { restoreCalls, type RestoreCalls } from './restores.ts';

export type { PlanCall } from './restores.ts';

export type * from '../contract/shapes.ts';
export { ApiError, type ClientErrorCode } from './error.ts';
export type { EventListener } from './events.ts';
export type { CallOptions, ClientOptions } from './transport.ts';

/** Which schedule is meant; the default one without a name. */
export interface ScheduleCall extends CallOptions {
  schedule?: string;
}

/** With the content of the recovery key, for what is encrypted. It is sent in the body of the request. */
export interface OpenCall extends CallOptions {
  identity?: string | undefined;
}

/**
 * Everything the API does, typed by its own schemas. Runs in a browser as well as in Node. Every method rejects with an
 * ApiError, or with the reason of the signal it was given.
 */
export interface Client
  extends
    ApprovalCalls,
    AuditCalls,
    CopyCalls,
    DatabaseCalls,
    DrillCalls,
    FindingCalls,
    GlobalsCalls,
    TokenCalls,
    ChannelCalls,
    LookCalls,
    PointCalls,
    SessionCalls,
    ScrubCalls,
    StoreContentsCalls,
    RestoreCalls {
  /** Creates, upgrades or repairs Holdfast's own tables. Idempotent. */
  init(call?: CallOptions): Promise<shapes.InitAnswer>;
  /** Which tables `init` would create, and in which database. */
  planInit(call?: CallOptions): Promise<shapes.InitPlan>;
  /** Whether the system is ready, its health, and what it is doing. */
  status(call?: CallOptions): Promise<shapes.StatusAnswer>;

  /** The tables of the database with their sizes, without Holdfast's own. */
  listTables(call?: CallOptions): Promise<shapes.TableInDatabase[]>;
  /** The tables of the newest good full backup that the database no longer has. */
  missingTables(call?: OpenCall): Promise<shapes.MissingTablesAnswer>;

  /** Starts a backup, and resolves when it is running or queued. */
  createBackup(body?: shapes.BackupBody, call?: CallOptions): Promise<shapes.BackupSummary>;
  /** Newest first. */
  listBackups(query?: shapes.BackupListQuery, call?: CallOptions): Promise<shapes.BackupPage>;
  getBackup(id: number, call?: OpenCall): Promise<shapes.BackupDetail>;
  /** The definitions in a backup, as SQL. */
  getBackupSchema(id: number, call?: OpenCall): Promise<string>;
  /** Deletes a backup that has ended, and the chunks no other backup needs. */
  deleteBackup(id: number, call?: CallOptions & { despiteFinding?: boolean }): Promise<shapes.DeleteAnswer>;
  /** Asks a running backup to stop; it ends as `cancelled` within seconds. */
  cancelBackup(id: number, call?: CallOptions): Promise<shapes.BackupSummary>;
  /** The retention policy never deletes a pinned backup. Default true. */
  pinBackup(id: number, pinned?: boolean, call?: CallOptions): Promise<shapes.BackupSummary>;
  /** The backup as a file, by the key of an encrypted store. Its body breaks off with an error where it is not complete. */
  download(id: number, format: shapes.DownloadFormat, call?: OpenCall): Promise<Response>;
  /** Where a browser gets the backup as a file, unless a key is needed. */
  downloadUrl(id: number, format: shapes.DownloadFormat): string;
  /** Whether a download would be complete. @throws CHUNK_MISSING, and the other reasons why it would not */
  checkDownload(id: number, format: shapes.DownloadFormat, call?: CallOptions): Promise<void>;

  getSchedule(call?: ScheduleCall): Promise<shapes.Schedule>;
  /** The default schedule and all others. */
  listSchedules(call?: CallOptions): Promise<shapes.Schedule[]>;
  /** A field that is left out keeps its value, or has its default in a new schedule. */
  updateSchedule(body: shapes.ScheduleBody, call?: ScheduleCall): Promise<shapes.Schedule>;
  /** Its backups stay, under the retention policy of the default schedule. */
  deleteSchedule(name: string, call?: CallOptions): Promise<shapes.ScheduleDeleteAnswer>;
  /** When it is due next, 20 times by default, and the outcome of the last times it was. */
  previewSchedule(count?: number, call?: ScheduleCall): Promise<shapes.SchedulePreview>;
  /** When it would be due with changes that are not saved. */
  previewUnsaved(
    body: shapes.ScheduleBody,
    count?: number,
    call?: ScheduleCall,
  ): Promise<shapes.SchedulePreview>;
  /** What would be kept and deleted with changes to the policy that are not saved. */
  previewRetention(changes?: shapes.RetentionBody, call?: ScheduleCall): Promise<shapes.RetentionPreview>;

  /** Deletes what the retention policies do not keep, then what no backup needs. A dry run only says what. */
  cleanUp(body?: shapes.CleanupBody, call?: CallOptions): Promise<shapes.Cleanup>;
  /** Newest first; deletions on request are among them. */
  listCleanups(query?: shapes.ListQuery, call?: CallOptions): Promise<shapes.CleanupPage>;
  getCleanup(id: number, call?: CallOptions): Promise<shapes.Cleanup>;
  /** What it has deleted stays deleted. */
  cancelCleanup(id: number, call?: CallOptions): Promise<shapes.Cleanup>;

  /** Reads a backup again and proves what the level says, by default all of it. Resolves when that is running or queued. */
  verifyBackup(
    id: number,
    call?: OpenCall & { store?: string } & Pick<shapes.VerifyBody, 'level' | 'share'>,
  ): Promise<shapes.Verification>;
  /** Newest first. */
  listVerifications(query?: shapes.ListQuery, call?: CallOptions): Promise<shapes.VerificationPage>;
  getVerification(id: number, call?: CallOptions): Promise<shapes.Verification>;
  cancelVerification(id: number, call?: CallOptions): Promise<shapes.Verification>;

  /** Every configured store; one that cannot be reached has its error. */
  listStores(call?: CallOptions): Promise<shapes.StoreSummary[]>;
  /** Makes a configured store. The keys of an encrypted one are in the answer and nowhere else. */
  createStore(
    name: string,
    body: shapes.CreateStoreBody,
    call?: CallOptions,
  ): Promise<shapes.CreateStoreAnswer>;
  /** Takes over a store that another installation wrote to. */
  takeStore(name: string, call?: CallOptions): Promise<shapes.TakeStoreAnswer>;
  /** Moves a document out of the way that cannot be believed, so that cleanup goes on. */
  setDocumentAside(name: string, uuid: string, call?: CallOptions): Promise<shapes.SetAsideAnswer>;
  /** Has the catalog forget a store; nothing in it is touched. */
  forgetStore(name: string, call?: CallOptions & { force?: boolean }): Promise<shapes.ForgottenStoreAnswer>;
  /** Tries what the credentials of a store may do; what fails is in the answer. */
  testStore(name: string, body?: shapes.StoreTestBody, call?: CallOptions): Promise<shapes.StoreSelfTest>;

  /** Follows what happens until the signal is aborted; resolves early where the server has no events. */
  events(listener: EventListener, signal: AbortSignal): Promise<void>;
  /** An address of the API. */
  url(path: string, query?: Record<string, QueryValue>): string;
}

export function createClient(options: ClientOptions): Client {
  const transport = createTransport(options);
  const call = callsOver(transport);

  return {
    url: transport.url,
    events: (listener, signal) => followEvents(transport, listener, signal),

    init: (given) => call('POST /init-backup-tables', {}, given),
    planInit: (given) => call('GET /init-backup-tables', {}, given),
    status: (given) => call('GET /backup/status', {}, given),
    listTables: async (given) => partOf(await call('GET /tables', {}, given), 'tables'),
    missingTables: ({ identity, ...given } = {}) =>
      identity === undefined
        ? call('GET /tables/missing', {}, given)
        : call('POST /tables/missing', { body: { identity } }, given),

    createBackup: async (body = {}, given) => partOf(await call('POST /backup', { body }, given), 'backup'),
    async listBackups(query = {}, given) {
      const answer = await call('GET /backup', { query }, given);
      return { ...answer, backups: partOf(answer, 'backups'), total: partOf(answer, 'total') };
    },
    async getBackup(id, { identity, ...given } = {}) {
      const params = { id };
      if (identity === undefined) return partOf(await call('GET /backup/{id}', { params }, given), 'backup');
      return partOf(await call('POST /backup/{id}/open', { params, body: { identity } }, given), 'backup');
    },
    async getBackupSchema(id, { identity, ...given } = {}) {
      const keyed = identity === undefined ? {} : { body: { identity } };
      const address = identity === undefined ? 'GET /backup/{id}/schema' : 'POST /backup/{id}/schema';
      const [method, path] = fill(address, { params: { id } });
      return (await transport.open(method, path, { ...given, ...keyed })).text();
    },
    download(id, format, { identity, ...given } = {}) {
      const [method, path] = fill('POST /backup/{id}/download', { params: { id } });
      return transport.open(method, path, { ...given, body: { format, identity } });
    },
    deleteBackup: (id, { despiteFinding, ...given } = {}) =>
      call('DELETE /backup/{id}', { params: { id }, query: { despiteFinding } }, given),
    cancelBackup: async (id, given) =>
      partOf(await call('POST /backup/{id}/cancel', { params: { id } }, given), 'backup'),
    pinBackup: async (id, pinned, given) =>
      partOf(await call('POST /backup/{id}/pin', { params: { id }, body: { pinned } }, given), 'backup'),
    downloadUrl: (id, format) => transport.url(`/backup/${id}`, { download: true, format }),
    async checkDownload(id, format, given) {
      await transport.open('HEAD', `/backup/${id}`, { ...given, query: { download: true, format } });
    },

    async getSchedule({ schedule: name, ...given } = {}) {
      const answer =
        name === undefined
          ? await call('GET /backup/schedule', {}, given)
          : await call('GET /schedules/{name}', { params: { name } }, given);
      return partOf(answer, 'schedule');
    },
    listSchedules: async (given) => partOf(await call('GET /schedules', {}, given), 'schedules'),
    async updateSchedule(body, { schedule: name, ...given } = {}) {
      const answer =
        name === undefined
          ? await call('POST /backup/schedule', { body }, given)
          : await call('POST /schedules/{name}', { params: { name }, body }, given);
      return partOf(answer, 'schedule');
    },
    deleteSchedule: (name, given) => call('DELETE /schedules/{name}', { params: { name } }, given),
    previewSchedule: (count, { schedule: name, ...given } = {}) =>
      name === undefined
        ? call('GET /backup/schedule/preview', { query: { count } }, given)
        : call('GET /schedules/{name}/preview', { params: { name }, query: { count } }, given),
    previewUnsaved: (changes, count, { schedule: name, ...given } = {}) => {
      const body = { ...changes, count };
      return name === undefined
        ? call('POST /backup/schedule/preview', { body }, given)
        : call('POST /schedules/{name}/preview', { params: { name }, body }, given);
    },
    previewRetention: (body = {}, { schedule: name, ...given } = {}) =>
      name === undefined
        ? call('POST /backup/retention/preview', { body }, given)
        : call('POST /schedules/{name}/retention/preview', { params: { name }, body }, given),

    cleanUp: async (body = {}, given) =>
      partOf(await call('POST /backup/cleanup', { body }, given), 'cleanup'),
    listCleanups: (query = {}, given) => call('GET /backup/cleanup', { query }, given),
    getCleanup: async (id, given) =>
      partOf(await call('GET /backup/cleanup/{id}', { params: { id } }, given), 'cleanup'),
    cancelCleanup: async (id, given) =>
      partOf(await call('POST /backup/cleanup/{id}/cancel', { params: { id } }, given), 'cleanup'),

    verifyBackup: async (id, { identity, store, level, share, ...given } = {}) =>
      partOf(
        await call(
          'POST /backup/{id}/verify',
          { params: { id }, query: { store }, body: { identity, level, share } },
          given,
        ),
        'verification',
      ),
    listVerifications: (query = {}, given) => call('GET /verification', { query }, given),
    getVerification: async (id, given) =>
      partOf(await call('GET /verification/{id}', { params: { id } }, given), 'verification'),
    cancelVerification: async (id, given) =>
      partOf(await call('POST /verification/{id}/cancel', { params: { id } }, given), 'verification'),

    ...approvalCalls(call),
    ...auditCalls(call),
    ...copyCalls(call),
    ...databaseCalls(call),
    ...drillCalls(call),
    ...globalsCalls(call),
    ...lookCalls(call),
    ...pointCalls(call),
    ...sessionCalls(call, transport),
    ...restoreCalls(call),
    ...scrubCalls(call),
    ...storeContentsCalls(call),
    ...findingCalls(call),
    ...tokenCalls(call),
    ...channelCalls(call),

    listStores: async (given) => partOf(await call('GET /stores', {}, given), 'stores'),
    createStore: (name, body, given) => call('POST /stores/{name}/create', { params: { name }, body }, given),
    takeStore: (name, given) => call('POST /stores/{name}/take', { params: { name } }, given),
    setDocumentAside: (name, uuid, given) =>
      call('POST /stores/{name}/quarantine', { params: { name }, body: { uuid } }, given),
    forgetStore: (name, { force, ...given } = {}) =>
      call('DELETE /stores/{name}', { params: { name }, query: { force } }, given),
    testStore: async (name, body = {}, given) =>
      partOf(await call('POST /stores/{name}/test', { params: { name }, body }, given), 'test'),
  };
}

import type {
  BackupBody,
  BackupDetail,
  BackupListQuery,
  BackupPage,
  BackupSummary,
  Cleanup,
  CleanupBody,
  CleanupPage,
  DeleteAnswer,
  DownloadFormat,
  InitAnswer,
  InitPlan,
  ListQuery,
  RestoreBody,
  RestoreDetail,
  RestorePage,
  RestoreOutlook,
  RestoreSummary,
  RetentionBody,
  RetentionPreview,
  Schedule,
  ScheduleBody,
  ScheduleDeleteAnswer,
  SchedulePreview,
  SessionAnswer,
  StatusAnswer,
  MissingTablesAnswer,
  TablesAnswer,
  Verification,
  VerificationPage,
} from '../contract/shapes.ts';
import { followEvents, type EventListener } from './events.ts';
import { createTransport, type CallOptions, type ClientOptions } from './transport.ts';

export { ApiError, type ClientErrorCode } from './error.ts';
export type { EventListener } from './events.ts';
export type { CallOptions, ClientOptions } from './transport.ts';

/** Which schedule is meant; the default one without a name. */
interface ScheduleCall extends CallOptions {
  schedule?: string;
}

function schedulePath(name: string | undefined): string {
  return name === undefined ? '/backup/schedule' : `/schedules/${encodeURIComponent(name)}`;
}

const backupOf = (answer: { backup: BackupSummary }): BackupSummary => answer.backup;
const verificationOf = (answer: { verification: Verification }): Verification => answer.verification;
const cleanupOf = (answer: { cleanup: Cleanup }): Cleanup => answer.cleanup;
const restoreOf = (answer: { restore: RestoreSummary }): RestoreSummary => answer.restore;

export type Client = ReturnType<typeof createClient>;

/**
 * Everything the API does, typed by its own schemas. Runs in a browser as well as in Node. Every method rejects with an
 * ApiError, or with the reason of the signal it was given.
 */
export function createClient(options: ClientOptions) {
  const transport = createTransport(options);
  const { json, text, url } = transport;

  /** Keeps the token that changes need. */
  const inSession = (session: SessionAnswer): SessionAnswer => {
    transport.setCsrfToken(session.csrfToken);
    return session;
  };

  return {
    /** Whether whoever asks is an admin. */
    session: async (call?: CallOptions) => inSession(await json<SessionAnswer>('GET', '/session', call)),
    /** Sets the session's cookie. */
    signIn: async (token: string, call?: CallOptions) =>
      inSession(await json<SessionAnswer>('POST', '/session', { ...call, body: { token } })),
    signOut: async (call?: CallOptions) =>
      inSession(await json<SessionAnswer>('DELETE', '/session', { ...call })),

    init: (call?: CallOptions) => json<InitAnswer>('POST', '/init-backup-tables', call),
    /** Which tables `init` would create, and in which database. */
    planInit: (call?: CallOptions) => json<InitPlan>('GET', '/init-backup-tables', call),
    status: (call?: CallOptions) => json<StatusAnswer>('GET', '/backup/status', call),

    listTables: async (call?: CallOptions) => (await json<TablesAnswer>('GET', '/tables', call)).tables,
    /** The tables of the newest good full backup that the database has no more. */
    missingTables: (call?: CallOptions) => json<MissingTablesAnswer>('GET', '/tables/missing', call),

    createBackup: async (body: BackupBody = {}, call?: CallOptions) =>
      backupOf(await json('POST', '/backup', { ...call, body })),
    listBackups: (query: BackupListQuery = {}, call?: CallOptions) =>
      json<BackupPage>('GET', '/backup', { ...call, query }),
    getBackup: async (id: number, call?: CallOptions) =>
      (await json<{ backup: BackupDetail }>('GET', `/backup/${id}`, call)).backup,
    /** The definitions in a backup, as SQL. */
    getBackupSchema: (id: number, call?: CallOptions) => text('GET', `/backup/${id}/schema`, call),
    deleteBackup: (id: number, call?: CallOptions) => json<DeleteAnswer>('DELETE', `/backup/${id}`, call),
    cancelBackup: async (id: number, call?: CallOptions) =>
      backupOf(await json('POST', `/backup/${id}/cancel`, call)),
    pinBackup: async (id: number, pinned = true, call?: CallOptions) =>
      backupOf(await json('POST', `/backup/${id}/pin`, { ...call, body: { pinned } })),
    /** Where a browser gets the backup as a file. */
    downloadUrl: (id: number, format: DownloadFormat) => url(`/backup/${id}`, { download: true, format }),

    /** Whether that will be the whole of it. @throws CHUNK_MISSING and what else speaks against it */
    checkDownload: async (id: number, format: DownloadFormat, call?: CallOptions) => {
      await transport.open('HEAD', `/backup/${id}`, { ...call, query: { download: true, format } });
    },

    getSchedule: async ({ schedule, ...call }: ScheduleCall = {}) =>
      (await json<{ schedule: Schedule }>('GET', schedulePath(schedule), call)).schedule,
    listSchedules: async (call?: CallOptions) =>
      (await json<{ schedules: Schedule[] }>('GET', '/schedules', call)).schedules,
    updateSchedule: async (body: ScheduleBody, { schedule, ...call }: ScheduleCall = {}) =>
      (await json<{ schedule: Schedule }>('POST', schedulePath(schedule), { ...call, body })).schedule,
    deleteSchedule: (name: string, call?: CallOptions) =>
      json<ScheduleDeleteAnswer>('DELETE', schedulePath(name), call),
    previewSchedule: (count?: number, { schedule, ...call }: ScheduleCall = {}) =>
      json<SchedulePreview>('GET', `${schedulePath(schedule)}/preview`, { ...call, query: { count } }),
    /** When it would be due with changes that are not saved. */
    previewUnsaved: (body: ScheduleBody, count?: number, { schedule, ...call }: ScheduleCall = {}) =>
      json<SchedulePreview>('POST', `${schedulePath(schedule)}/preview`, {
        ...call,
        body: { ...body, count },
      }),
    /** What would be kept and deleted with changes to the policy that are not saved. */
    previewRetention: (changes: RetentionBody = {}, { schedule, ...call }: ScheduleCall = {}) =>
      json<RetentionPreview>(
        'POST',
        `${schedule === undefined ? '/backup' : schedulePath(schedule)}/retention/preview`,
        { ...call, body: changes },
      ),
    cleanUp: async (body: CleanupBody = {}, call?: CallOptions) =>
      cleanupOf(await json('POST', '/backup/cleanup', { ...call, body })),
    listCleanups: (query: ListQuery = {}, call?: CallOptions) =>
      json<CleanupPage>('GET', '/backup/cleanup', { ...call, query }),
    getCleanup: async (id: number, call?: CallOptions) =>
      cleanupOf(await json('GET', `/backup/cleanup/${id}`, call)),
    cancelCleanup: async (id: number, call?: CallOptions) =>
      cleanupOf(await json('POST', `/backup/cleanup/${id}/cancel`, call)),

    restore: async (body: RestoreBody, call?: CallOptions) =>
      restoreOf(await json('POST', '/restore', { ...call, body })),
    planRestore: async (body: RestoreBody, { sql, ...call }: CallOptions & { sql?: boolean } = {}) => {
      const query = { dryRun: true, ...(sql === undefined ? {} : { sql }) };
      return (await json<{ plan: RestoreOutlook }>('POST', '/restore', { ...call, query, body })).plan;
    },
    listRestores: (query: ListQuery = {}, call?: CallOptions) =>
      json<RestorePage>('GET', '/restore', { ...call, query }),
    getRestore: async (id: number, call?: CallOptions) =>
      (await json<{ restore: RestoreDetail }>('GET', `/restore/${id}`, call)).restore,
    cancelRestore: async (id: number, call?: CallOptions) =>
      restoreOf(await json('POST', `/restore/${id}/cancel`, call)),

    verifyBackup: async (id: number, call?: CallOptions) =>
      verificationOf(await json('POST', `/backup/${id}/verify`, call)),
    listVerifications: (query: ListQuery = {}, call?: CallOptions) =>
      json<VerificationPage>('GET', '/verification', { ...call, query }),
    getVerification: async (id: number, call?: CallOptions) =>
      verificationOf(await json('GET', `/verification/${id}`, call)),
    cancelVerification: async (id: number, call?: CallOptions) =>
      verificationOf(await json('POST', `/verification/${id}/cancel`, call)),

    /** Follows what happens until the signal is aborted; resolves early where the server has no events. */
    events: (listener: EventListener, signal: AbortSignal) => followEvents(transport, listener, signal),
    /** An address of the API. */
    url,
  };
}

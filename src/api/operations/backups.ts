import { z } from 'zod';
import { HoldfastError, type ErrorCode } from '../../base/errors.ts';
import {
  backupBody,
  backupListQuery,
  downloadFormat,
  downloadFormats,
  pinBody,
} from '../../contract/backup.ts';
import { id, wait } from '../../contract/fields.ts';
import { openBody } from '../../contract/identity.ts';
import * as routes from '../../contract/routes/backups.ts';
import { schemaSql } from '../../engine/read/download.ts';
import { endpoint, ok } from '../endpoint.ts';
import { operation } from '../operation.ts';
import { requireOpenable, requireWholeServer } from '../limited-caller.ts';
import { presentContents } from '../present-contents.ts';
import { answerBackup, answerDownload, answerSql } from '../backup-answer.ts';
import { answerRun } from '../run-answer.ts';
import { refuseGiven } from '../validate.ts';
import { waitOptions } from '../waiting.ts';
import { backupKind } from '../../runs/kinds/backup.ts';

export const createBackup = operation({
  name: 'createBackup',
  takes: [backupBody.safeExtend({ wait: wait.default(false) }).prefault({})],
  async run(work, { wait: asked, ...body }) {
    const { jobs, runs } = work;
    if (body.type === 'globals') requireWholeServer(work);
    for (const name of [body.store ?? [], body.copyTo ?? []].flat()) jobs.stores.addressOf(name);
    return runs.backup.ordered(await jobs.order(backupKind, { ...body, trigger: 'manual' }), asked);
  },
  endpoints: [
    endpoint(routes.createBackup, (call) =>
      answerRun(call, 'backup', (asked) => call.api.createBackup({ ...call.body, wait: asked })),
    ),
  ],
});

export const listBackups = operation({
  name: 'listBackups',
  takes: [backupListQuery.prefault({})],
  async run({ catalog, runs }, { limit, cursor, status, ...filters }) {
    const { rows, ...page } = await runs.backup.list({ limit, cursor, status }, (request) =>
      catalog.backups.list(request, filters),
    );
    return { backups: rows, ...page };
  },
  endpoints: [
    // The address of the list is also that of one backup, with `?id=`.
    endpoint(routes.readBackups, async (call) => {
      const { id: asked, download, format, ...page } = call.query;
      if (asked !== undefined) {
        refuseGiven(page, 'cannot be combined with id');
        return answerBackup(call, asked, { download, format });
      }
      refuseGiven({ download, format }, 'needs an id');
      return ok(await call.api.listBackups(page));
    }),
  ],
});

/** Why the contents of a backup cannot be shown, although there is a backup. */
const unreadable: ReadonlySet<string> = new Set<ErrorCode>([
  'CHUNK_MISSING',
  'CHUNK_CORRUPT',
  'KEY_REQUIRED',
  'STORE_UNREACHABLE',
  'STORE_DENIED',
  'STORE_DRIVER_MISSING',
  'STORE_NOT_FOUND',
]);

export const getBackup = operation({
  name: 'getBackup',
  takes: [id, openBody.prefault({})],
  async run({ jobs, runs }, asked, { identity }) {
    const record = await runs.backup.find(asked);
    if (record.status !== 'completed') {
      return { ...runs.backup.present(record), contents: null, contentsError: null };
    }
    try {
      const manifest = await jobs.readManifest(record, identity);
      const contents = presentContents(manifest, await jobs.tablesOf(record, manifest));
      return { ...runs.backup.present(record), contents, contentsError: null };
    } catch (error) {
      if (!(error instanceof HoldfastError) || !unreadable.has(error.code)) throw error;
      // Who gave a key asked for what it opens.
      if (identity !== undefined && error.code === 'KEY_REQUIRED') throw error;
      // What the row says of it is worth knowing all the more; it may say that it is damaged by now.
      const known = runs.backup.present(await runs.backup.find(asked));
      return { ...known, contents: null, contentsError: error.toJSON() };
    }
  },
  endpoints: [
    endpoint(routes.readBackup, (call) => answerBackup(call, call.params.id, call.query)),
    endpoint(routes.openBackup, async ({ api, params, body }) =>
      ok({ backup: await api.getBackup(params.id, body) }),
    ),
  ],
});

/** Without a key its endpoints are those of getBackup, with `?download=true`. */
export const downloadBackup = operation({
  name: 'downloadBackup',
  takes: [id, downloadFormat.default(downloadFormats[0]), openBody.prefault({})],
  async run(work, asked, format, { identity }) {
    await requireOpenable(work, asked);
    return work.jobs.downloadBackup(asked, format, identity);
  },
  endpoints: [
    endpoint(routes.downloadBackup, async ({ api, params, body: { format, ...opener } }) =>
      answerDownload(await api.downloadBackup(params.id, format, opener)),
    ),
  ],
});

export const getBackupSchema = operation({
  name: 'getBackupSchema',
  takes: [id, openBody.prefault({})],
  async run(work, asked, { identity }) {
    await requireOpenable(work, asked);
    const { jobs } = work;
    return schemaSql(await jobs.readManifest(await jobs.completedBackup(asked), identity));
  },
  endpoints: [
    endpoint(routes.readBackupSchema, async ({ api, params }) =>
      answerSql(await api.getBackupSchema(params.id)),
    ),
    endpoint(routes.openBackupSchema, async ({ api, params, body }) =>
      answerSql(await api.getBackupSchema(params.id, body)),
    ),
  ],
});

const deleteOptions = z.strictObject({ despiteFinding: z.boolean().default(false) }).prefault({});

export const deleteBackup = operation({
  name: 'deleteBackup',
  takes: [id, deleteOptions],
  guard: (_work, asked, options) => ({ kind: 'delete', what: { backup: asked, ...options } }),
  async run({ jobs }, asked, options) {
    await jobs.reap();
    const deletion = await jobs.deleteBackup(asked, options);
    const message = deletion.cleanupPending
      ? `Backup ${asked} is deleted. Some of its space is freed by a later cleanup.`
      : `Backup ${asked} is deleted.`;
    return { success: true as const, id: asked, message, ...deletion };
  },
  endpoints: [
    endpoint(routes.deleteBackup, async ({ api, params, query }) =>
      ok(await api.deleteBackup(params.id, query)),
    ),
    endpoint(routes.deleteBackupByQuery, async ({ api, query: { id: asked, ...options } }) =>
      ok(await api.deleteBackup(asked, options)),
    ),
  ],
});

export const cancelBackup = operation({
  name: 'cancelBackup',
  takes: [id],
  run: ({ runs }, asked) => runs.backup.cancel(asked),
  endpoints: [
    endpoint(routes.cancelBackup, async ({ api, params }) =>
      ok({ success: true, backup: await api.cancelBackup(params.id) }),
    ),
  ],
});

export const pinBackup = operation({
  name: 'pinBackup',
  takes: [id, pinBody.shape.pinned],
  // Retention may delete it then.
  guard: (_work, asked, pinned) => (pinned ? undefined : { kind: 'delete', what: { backup: asked, pinned } }),
  async run({ catalog, runs }, asked, pinned) {
    await runs.backup.find(asked);
    await catalog.backups.setPinned(asked, pinned);
    return runs.backup.present(await runs.backup.find(asked));
  },
  endpoints: [
    endpoint(routes.pinBackup, async ({ api, params, body }) =>
      ok({ success: true, backup: await api.pinBackup(params.id, body.pinned) }),
    ),
  ],
});

export const waitForBackup = operation({
  name: 'waitForBackup',
  takes: [id, waitOptions],
  run: ({ runs }, asked, options) => runs.backup.waitFor(asked, options),
});

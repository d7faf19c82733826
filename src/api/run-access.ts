import { HoldfastError } from '../base/errors.ts';
import type { BackupRecord } from '../catalog/backup-record.ts';
import type { CleanupRecord } from '../catalog/cleanup-log.ts';
import type { RestoreDetailRecord, RestoreRecord } from '../catalog/restores.ts';
import type { Page, PageRequest, RunRecord } from '../catalog/runs.ts';
import type { ScrubRecord } from '../catalog/scrubs.ts';
import type { StoreContentsRecord } from '../catalog/store-contents.ts';
import type { VerificationRecord } from '../catalog/verifications.ts';
import type { BackupSummary } from '../contract/backup.ts';
import type { CopyRecord } from '../catalog/copies.ts';
import type { Copy } from '../contract/copy.ts';
import type { Drill } from '../contract/drill.ts';
import type { DrillRecord } from '../catalog/drills.ts';
import type { Cleanup } from '../contract/cleanup.ts';
import type { Progress } from '../contract/progress.ts';
import type { RestoreSummary } from '../contract/restore.ts';
import type { RunKind } from '../contract/states.ts';
import type { Scrub } from '../contract/scrub.ts';
import type { Check, Import } from '../contract/store-contents.ts';
import type { Verification } from '../contract/verification.ts';
import { backupNotFound } from '../runs/open-backup.ts';
import type { Runs } from '../runs/runs.ts';
import { restoreNotFound } from '../runs/undo.ts';
import type { ApiContext } from './context.ts';
import type { WaitOption, WaitOptions } from './contract.ts';
import { nextCursor, readCursor } from './cursor.ts';
import {
  presentBackup,
  presentCleanup,
  presentCopy,
  presentDrill,
  presentRestore,
  presentScrub,
  presentStoreContents,
  presentVerification,
} from './present.ts';
import { endedBadly, waitAsAsked, waitForEnd } from './waiting.ts';

/** One kind of run, as its rows are read and shown. */
interface RunDescription<Row extends RunRecord, Shown, Full extends Row> {
  kind: RunKind;
  /** A row with all of its columns; a list may leave some out. */
  read(id: number): Promise<Full | undefined>;
  notFound(id: number): HoldfastError;
  present(record: Row, live: Progress | null): Shown;
}

/** What can be done with the runs of any one kind. */
export interface RunsOfKind<Row extends RunRecord, Shown, Full extends Row = Row> {
  /** Marks what a dead process left, then reads. @throws the kind's own error for an unknown id */
  find(id: number): Promise<Full>;
  /** Newer progress than the row holds, if the run is in this process. */
  live(id: number): Progress | null;
  present(record: Row): Shown;
  /** A run that was ordered just now: as it is, or as it ended. @throws with `wait` the error it ended in */
  ordered(record: Row, wait: WaitOption['wait']): Promise<Shown>;
  list(
    query: { limit: number; cursor?: string | undefined; status?: RunRecord['status'] | undefined },
    load: (request: PageRequest) => Promise<Page<Row>>,
  ): Promise<{ rows: Shown[]; total: number; nextCursor?: string }>;
  cancel(id: number): Promise<Shown>;
  /** @throws the error it ended in */
  waitFor(id: number, options: WaitOptions): Promise<Shown>;
}

function runsOfKind<
  Row extends RunRecord,
  Shown extends { error: RunRecord['error'] },
  Full extends Row = Row,
>(
  jobs: Runs,
  { kind, read, notFound, present }: RunDescription<Row, Shown, Full>,
): RunsOfKind<Row, Shown, Full> {
  async function existing(id: number): Promise<Full> {
    const record = await read(id);
    if (!record) throw notFound(id);
    return record;
  }
  async function find(id: number): Promise<Full> {
    await jobs.reap();
    return existing(id);
  }
  const live = (id: number): Progress | null => jobs.active(kind, id)?.progress ?? null;
  const show = (record: Row): Shown => present(record, live(record.id));
  function showEnd(record: Row): Shown {
    const shown = show(record);
    const failure = endedBadly(kind, shown);
    if (failure) throw failure;
    return shown;
  }
  const runOf = (id: number) => ({ kind, id, read: () => existing(id) });

  return {
    find,
    live,
    present: show,
    ordered: async (record, wait = false) =>
      showEnd(wait === false ? record : await waitAsAsked(jobs, runOf(record.id), wait)),
    async list({ limit, cursor, status }, load) {
      await jobs.reap();
      const page = await load({ limit, before: readCursor(cursor), status: status ?? null });
      return { rows: page.rows.map(show), total: page.total, ...nextCursor(page) };
    },
    async cancel(id) {
      await find(id);
      await jobs.cancel(kind, id);
      return show(await existing(id));
    },
    async waitFor(id, options) {
      return showEnd(await waitForEnd(jobs, runOf(id), options));
    },
  };
}

/** The runs of each kind. */
export interface RunAccess {
  readonly backup: RunsOfKind<BackupRecord, BackupSummary>;
  readonly restore: RunsOfKind<RestoreRecord, RestoreSummary, RestoreDetailRecord>;
  readonly verification: RunsOfKind<VerificationRecord, Verification>;
  readonly copy: RunsOfKind<CopyRecord, Copy>;
  readonly drill: RunsOfKind<DrillRecord, Drill>;
  readonly scrub: RunsOfKind<ScrubRecord, Scrub>;
  readonly check: RunsOfKind<StoreContentsRecord, Check>;
  readonly import: RunsOfKind<StoreContentsRecord, Import>;
  readonly cleanup: RunsOfKind<CleanupRecord, Cleanup>;
}

export function runAccess({ catalog, jobs }: ApiContext): RunAccess {
  return {
    backup: runsOfKind(jobs, {
      kind: 'backup',
      read: (id) => catalog.backups.get(id),
      notFound: backupNotFound,
      present: presentBackup,
    }),
    restore: runsOfKind<RestoreRecord, RestoreSummary, RestoreDetailRecord>(jobs, {
      kind: 'restore',
      read: (id) => catalog.restores.get(id),
      notFound: restoreNotFound,
      present: presentRestore,
    }),
    verification: runsOfKind(jobs, {
      kind: 'verification',
      read: (id) => catalog.verifications.get(id),
      notFound: (id) =>
        new HoldfastError('VERIFICATION_NOT_FOUND', `There is no verification ${id}.`, { details: { id } }),
      present: presentVerification,
    }),
    copy: runsOfKind(jobs, {
      kind: 'copy',
      read: (id) => catalog.copies.get(id),
      notFound: (id) => new HoldfastError('COPY_NOT_FOUND', `There is no copy ${id}.`, { details: { id } }),
      present: presentCopy,
    }),
    drill: runsOfKind(jobs, {
      kind: 'drill',
      read: (id) => catalog.drills.get(id),
      notFound: (id) => new HoldfastError('DRILL_NOT_FOUND', `There is no drill ${id}.`, { details: { id } }),
      present: presentDrill,
    }),
    scrub: runsOfKind(jobs, {
      kind: 'scrub',
      read: (id) => catalog.scrubs.get(id),
      notFound: (id) => new HoldfastError('SCRUB_NOT_FOUND', `There is no scrub ${id}.`, { details: { id } }),
      present: presentScrub,
    }),
    check: runsOfKind(jobs, {
      kind: 'check',
      read: (id) => catalog.checks.get(id),
      notFound: (id) => new HoldfastError('CHECK_NOT_FOUND', `There is no check ${id}.`, { details: { id } }),
      present: presentStoreContents<Check>,
    }),
    import: runsOfKind(jobs, {
      kind: 'import',
      read: (id) => catalog.imports.get(id),
      notFound: (id) =>
        new HoldfastError('IMPORT_NOT_FOUND', `There is no import ${id}.`, { details: { id } }),
      present: presentStoreContents<Import>,
    }),
    cleanup: runsOfKind(jobs, {
      kind: 'cleanup',
      read: (id) => catalog.cleanupLog.get(id),
      notFound: (id) =>
        new HoldfastError('CLEANUP_NOT_FOUND', `There is no cleanup ${id}.`, { details: { id } }),
      present: presentCleanup,
    }),
  };
}

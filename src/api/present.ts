import { tenantOf } from '../contract/chosen-tenant.ts';
import { HoldfastError } from '../base/errors.ts';
import type { BackupRecord, CopyFacts } from '../catalog/backup-record.ts';
import type { BackupDamage } from '../catalog/backup-damage.ts';
import type { AnnouncementRecord } from '../catalog/announcements.ts';
import type { FindingRecord } from '../catalog/findings.ts';
import { findingSentence, signSentence } from '../contract/finding-words.ts';
import { withoutOf } from '../runs/radar.ts';
import type { CleanupRecord } from '../catalog/cleanup-log.ts';
import type { CopyRecord } from '../catalog/copies.ts';
import type { DrillRecord } from '../catalog/drills.ts';
import type { Drill } from '../contract/drill.ts';
import type { RestoreDetailRecord, RestoreRecord } from '../catalog/restores.ts';
import type { RunRecord } from '../catalog/runs.ts';
import { isFinal } from '../contract/states.ts';
import type { Progress } from '../contract/progress.ts';
import type { RestorePlan, RestoreReport } from '../contract/restore.ts';
import type { VerificationReport } from '../contract/verification.ts';
import { ownershipOf } from '../contract/ownership.ts';
import { provedSentence } from '../contract/verification-words.ts';
import type { ScrubRecord } from '../catalog/scrubs.ts';
import type { StoreContentsRecord } from '../catalog/store-contents.ts';
import type { VerificationRecord } from '../catalog/verifications.ts';
import type {
  Announcement,
  BackupCopy,
  BackupSummary,
  Check,
  Cleanup,
  Copy,
  Finding,
  Import,
  RestoreDetail,
  RestoreSummary,
  Scrub,
  Verification,
} from './contract.ts';

/** A row of the catalog as the contract shows it. `live` is newer progress than the row holds, if there is any. */
export function presentBackup(record: BackupRecord, live: Progress | null = null): BackupSummary {
  const { copyTo: _, copies, ...rest } = record;
  return {
    ...rest,
    copies: record.status === 'completed' ? copies.flatMap((facts) => presentCopyOf(facts)) : [],
    dueAt: record.dueAt?.toISOString() ?? null,
    verifiedAt: record.verifiedAt?.toISOString() ?? null,
    proved: record.proved && { ...record.proved, at: new Date(record.proved.at).toISOString() },
    damage: record.damage && { ...record.damage, lost: record.damage.lost ?? [] },
    ...presentRun(record, live),
  };
}

/** Nothing of a copy that retention has deleted. */
function presentCopyOf({ store, state, provedAt, damage, runId, run, error }: CopyFacts): BackupCopy[] {
  if (state === 'removed' || state === 'removing') return [];
  const shown = {
    store,
    provedAt: provedAt === null ? null : new Date(provedAt).toISOString(),
    copyId: runId,
  };
  if (run === 'running') return [{ ...shown, state: 'copying', error: null }];
  if (state === 'damaged') return [{ ...shown, state, error: damage && errorOf(damage) }];
  if (state === 'copied') return [{ ...shown, state, error: null }];
  return [{ ...shown, state: error ? 'failed' : 'due', error }];
}

function errorOf({ code, message }: BackupDamage): BackupCopy['error'] {
  return new HoldfastError(code, message).toJSON();
}

export function presentCopy(record: CopyRecord, live: Progress | null = null): Copy {
  return { ...record, report: record.report as Copy['report'], ...presentRun(record, live) };
}

export function presentScrub(record: ScrubRecord, live: Progress | null = null): Scrub {
  const { readUntil, report, ...rest } = record;
  return {
    ...rest,
    readUntil: readUntil?.toISOString() ?? null,
    report: report as Scrub['report'],
    ...presentRun(record, live),
  };
}

export function presentStoreContents<Shown extends Check | Import>(
  record: StoreContentsRecord,
  live: Progress | null = null,
): Shown {
  return { ...record, ...presentRun(record, live) } as Shown;
}

export function presentVerification(record: VerificationRecord, live: Progress | null = null): Verification {
  return { ...record, report: presentReport(record), ...presentRun(record, live) };
}

function presentReport({ report: written, level }: VerificationRecord): Verification['report'] {
  if (written === null) return null;
  const known = written as Omit<VerificationReport, 'proved'>;
  // Rows of earlier versions say nothing of levels.
  const report = { ...known, level, of: known.of ?? known.chunks };
  return { ...report, proved: provedSentence(report) };
}

export function presentRestore(record: RestoreRecord, live: Progress | null = null): RestoreSummary {
  const { id, backupId, backupUuid, restoreType, tables, target, options, status } = record;
  const { safetyBackupId, wayBack, undoes, undoneBy } = record;
  const { fill, renames, dropColumns, values, timestampZone } = options;
  const wishes = { fill, renames, dropColumns, values, timestampZone };
  return {
    id,
    backupId,
    backupUuid,
    restoreType,
    tables,
    rows: options.rows ?? null,
    tenant: options.tenant === undefined ? null : tenantOf(options.tenant),
    target,
    content: options.content,
    intoSchema: options.intoSchema,
    as: options.as,
    onDrift: options.onDrift,
    ...wishes,
    dropNew: options.dropNew,
    owners: ownershipOf(options) !== 'skip',
    ownership: ownershipOf(options),
    onMissingTablespace: options.onMissingTablespace,
    extensionVersions: options.extensionVersions,
    onRefreshFailure: options.onRefreshFailure,
    onInvalid: options.onInvalid,
    withoutExtensions: options.withoutExtensions,
    allowOtherDatabase: options.allowOtherDatabase,
    maxWorkers: options.maxWorkers,
    safetyBackup: options.safetyBackup,
    safetyBackupId,
    wayBack,
    undoes,
    undoneBy,
    status,
    ...presentRun(record, live),
  };
}

function leftBehindBy({ target, status, building }: RestoreDetailRecord): RestoreDetail['leftBehind'] {
  const server = target.mode === 'new-database' ? target.server : undefined;
  if (server === undefined || building === null || !isFinal(status) || status === 'completed') return null;
  return { server, database: building };
}

export function presentRestoreDetail(record: RestoreDetailRecord, live: Progress | null): RestoreDetail {
  return {
    ...presentRestore(record, live),
    leftBehind: leftBehindBy(record),
    // Rows of older versions lack what came later.
    plan:
      record.plan === null
        ? null
        : ({
            refusals: [],
            otherDatabase: null,
            missingRoleUses: [],
            missingTablespaces: [],
            extensions: [],
            extensionProblems: [],
            leftOut: [],
            differs: [],
            adapted: [],
            extra: [],
            locks: [],
            rawBytes: 0,
            steps: [],
            ...(record.plan as Partial<RestorePlan>),
          } as RestorePlan),
    report:
      record.report === null
        ? null
        : ({
            leftEmpty: [],
            notValid: [],
            leftOut: [],
            adapted: [],
            ...(record.report as Partial<RestoreReport>),
          } as RestoreReport),
  };
}

export function presentDrill(record: DrillRecord, live: Progress | null = null): Drill {
  return { ...record, ...presentRun(record, live) };
}

export function presentCleanup(record: CleanupRecord, live: Progress | null = null): Cleanup {
  const { pending, swept: _, ...rest } = record;
  return { ...rest, dryRun: false, cleanupPending: pending, ...presentRun(record, live) };
}

/** @param exists whether there still is a backup of this number */
export async function presentFinding(
  record: FindingRecord,
  exists: (backupId: number) => Promise<boolean>,
): Promise<Finding> {
  const { id, backupId, state, total, explanation, note } = record;
  const clean = withoutOf(record.signs);
  const isThere = clean !== undefined && (await exists(clean.withoutId));
  const withoutId = isThere ? clean.withoutId : null;
  const signs = record.signs.map(({ sign }) => sign);
  return {
    id,
    backupId,
    backupAt: record.backupAt.toISOString(),
    foundAt: record.foundAt.toISOString(),
    state,
    message: findingSentence({ backupId, signs, total }, state === 'open' ? withoutId : null),
    signs: record.signs.map(({ sign, settled, withoutId: before }) => ({
      ...sign,
      message: signSentence(sign),
      settled,
      withoutId: before,
    })),
    total,
    withoutId,
    withoutAt: isThere ? clean.withoutAt : null,
    explanation,
    decidedAt: record.decidedAt?.toISOString() ?? null,
    note,
  };
}

export function presentAnnouncement({ from, until, ...rest }: AnnouncementRecord): Announcement {
  return { ...rest, from: from.toISOString(), until: until.toISOString() };
}

function presentRun(record: RunRecord, live: Progress | null) {
  return {
    createdAt: record.createdAt.toISOString(),
    startedAt: record.startedAt?.toISOString() ?? null,
    finishedAt: record.finishedAt?.toISOString() ?? null,
    heartbeatAt: record.heartbeatAt?.toISOString() ?? null,
    progress: (isFinal(record.status) ? null : live) ?? (record.progress as Progress | null),
    error: record.error,
  };
}

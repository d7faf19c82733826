import { HoldfastError } from '../base/errors.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { RestoreDetailRecord, RestoreOptions } from '../catalog/restores.ts';
import type { AdaptWishes } from '../contract/adapt.ts';
import { ownershipOf } from '../contract/ownership.ts';
import type { RestorePlan, RestoreReport } from '../contract/restore.ts';
import type { UndoneRestore } from '../contract/undo.ts';
import type { KeptRows } from '../engine/rows/kept-rows.ts';
import { isWritten } from '../engine/rows/merge.ts';
import { sqlState } from '../postgres/failure.ts';
import type { RunContext } from './context.ts';

/** What cannot be undone, and why; `details.reason` is one of the words. */
type Reason =
  | 'not-completed'
  | 'new-database'
  | 'undone-already'
  | 'no-safety-backup'
  | 'nothing-replaced'
  | 'safety-backup-gone'
  | 'kept-rows-gone'
  | 'unknown-tables';

/** A restore that is undone, with the backup that does it; null where the rows do that it has kept. */
export interface Undoing {
  undone: UndoneRestore;
  safetyBackupId: number | null;
  restore: RestoreDetailRecord;
}

/**
 * What the undo of a restore has to put back.
 * @throws RESTORE_NOT_FOUND, UNDO_NOT_POSSIBLE
 */
export async function whatToUndo({ catalog }: RunContext, id: number): Promise<Undoing> {
  const restore = await catalog.restores.get(id);
  if (!restore) throw restoreNotFound(id);
  const refuse = (reason: Reason, message: string, hint?: string): HoldfastError =>
    refusal(restore, reason, message, hint);
  const { target, status, safetyBackupId, undoneBy, options } = restore;
  if (target.mode === 'new-database') {
    throw refuse(
      'new-database',
      `Restore ${id} made the database "${target.database}" and replaced nothing.`,
      'To undo it, drop that database.',
    );
  }
  if (status !== 'completed') throw refuse('not-completed', notCompleted(restore));
  if (undoneBy !== null) throw alreadyUndone(id, undoneBy);
  const { undone, replaces } = undoneOf(restore, await wasWhole(catalog, restore));
  if (restore.kept !== null) {
    if (await catalog.keptRows.of(id, restore.kept)) {
      return { undone: { ...undone, byRows: true }, safetyBackupId: null, restore };
    }
    if (safetyBackupId === null) throw keptRowsGone(restore);
  }
  if (safetyBackupId === null) {
    if (!replaces) {
      const { removal } = restore.report as RestoreReport;
      throw refuse(
        'nothing-replaced',
        `Restore ${id} replaced nothing that was there before.`,
        removal && `To remove what it has made, with whatever was written to it since: ${removal}`,
      );
    }
    throw refuse(
      'no-safety-backup',
      options.safetyBackup
        ? `Restore ${id} took no safety backup.`
        : `Restore ${id} was ordered without a safety backup.`,
    );
  }
  const safety = await catalog.backups.get(safetyBackupId);
  if (!safety) {
    throw refuse(
      'safety-backup-gone',
      `The safety backup ${safetyBackupId} of restore ${id} has been deleted.`,
    );
  }
  if (undone.tables.length === 0 && !undone.largeObjects) {
    throw refuse('unknown-tables', `The row of restore ${id} does not say which tables it replaced.`);
  }
  return {
    undone,
    safetyBackupId,
    restore,
  };
}

/** The rows that a restore has kept. @throws UNDO_NOT_POSSIBLE where they are there no longer */
export async function keptOf({ catalog }: RunContext, id: number): Promise<KeptRows> {
  const restore = await catalog.restores.get(id);
  if (!restore) throw restoreNotFound(id);
  const kept = restore.kept && (await catalog.keptRows.of(id, restore.kept));
  if (!kept) throw keptRowsGone(restore);
  return kept;
}

function keptRowsGone(restore: RestoreDetailRecord): HoldfastError {
  return refusal(
    restore,
    'kept-rows-gone',
    `The rows that restore ${restore.id} had kept have been deleted.`,
    'They are kept for the number of days that the setting keptRows.days says. The backup that was restored, or another one, may still have rows: holdfast rows, holdfast diff.',
  );
}

/** A full restore of a partial backup replaces less than everything; of a backup that has gone it is not known. */
async function wasWhole(
  catalog: Catalog,
  { restoreType, backupId, options }: RestoreDetailRecord,
): Promise<boolean> {
  if (options.undone) return options.undone.whole;
  return restoreType === 'full' && (await catalog.backups.get(backupId))?.type === 'full';
}

/** What a completed restore replaced. @param whole whether it was of everything */
export function undoneOf(
  restore: Pick<RestoreDetailRecord, 'id' | 'restoreType' | 'plan' | 'report'>,
  whole: boolean,
): { undone: UndoneRestore; replaces: boolean } {
  const plan = restore.plan as RestorePlan;
  const report = restore.report as RestoreReport;
  const left = new Map(report.tables.map(({ table, rows }) => [table, rows]));
  const ofRows = restore.restoreType === 'rows';
  const written = new Set(report.chosenRows?.filter(isWritten).map(({ table }) => table));
  const replaced = plan.tables.filter(({ table, action }) =>
    ofRows ? written.has(table) : action !== 'create',
  );
  return {
    undone: {
      id: restore.id,
      tables: replaced.map(({ table }) => ({ table, rows: left.get(table) ?? 0 })),
      sequences: report.sequencesSet ?? null,
      ofRows,
      adapted: (report.adapted ?? []).map(({ table }) => table),
      whole,
      largeObjects: whole && report.largeObjects > 0,
      transaction: report.transaction ?? null,
      created: report.created,
      ...(report.replaced ? { objects: objectsOf(report) } : {}),
    },
    replaces: replaced.length > 0 || report.largeObjects > 0,
  };
}

function objectsOf({ replaced = [], remade = [], lost = [], created }: RestoreReport): string[] {
  return [...replaced, ...remade, ...lost, ...created];
}

function notCompleted({ id, status, error }: RestoreDetailRecord): string {
  if (error?.code === 'RESTORE_UNCERTAIN') {
    return `It is not known whether restore ${id} took effect: the connection broke while it committed. Compare the rows first.`;
  }
  if (status === 'queued' || status === 'running') return `Restore ${id} is ${status}: cancel it instead.`;
  return `Restore ${id} is ${status}: it changed nothing, so there is nothing to undo.`;
}

export function restoreNotFound(id: number): HoldfastError {
  return new HoldfastError('RESTORE_NOT_FOUND', `There is no restore ${id}.`, { details: { id } });
}

function refusal(
  { id, safetyBackupId }: Pick<RestoreDetailRecord, 'id' | 'safetyBackupId'>,
  reason: Reason,
  message: string,
  hint?: string,
): HoldfastError {
  return new HoldfastError('UNDO_NOT_POSSIBLE', message, {
    ...(hint === undefined ? {} : { hint }),
    details: { id, reason, safetyBackupId },
  });
}

function alreadyUndone(id: number, by: number | null): HoldfastError {
  return new HoldfastError(
    'UNDO_NOT_POSSIBLE',
    by === null
      ? `Restore ${id} is being undone already.`
      : `Restore ${id} was undone, or is being undone, by restore ${by}.`,
    {
      hint:
        by === null
          ? 'Look at it: holdfast list --restores.'
          : `To have back what restore ${id} had left, undo restore ${by}.`,
      details: { id, reason: 'undone-already' satisfies Reason, undoneBy: by },
    },
  );
}

const uniqueViolation = '23505';

/** Inserts the row of a restore; of those that undo the same one, the first alone. @throws UNDO_NOT_POSSIBLE */
export async function onlyOneUndo<T>(
  { undone }: { undone?: UndoneRestore | undefined },
  insert: () => Promise<T>,
): Promise<T> {
  try {
    return await insert();
  } catch (error) {
    const state = sqlState(error) ?? (error instanceof Error ? sqlState(error.cause) : undefined);
    if (undone && state === uniqueViolation) throw alreadyUndone(undone.id, null);
    throw error;
  }
}

/** A safety backup has the form of today's tables: nothing is adapted. */
const unadapted: AdaptWishes = { fill: {}, renames: {}, dropColumns: {}, values: {}, timestampZone: null };

/** The order of the restore that undoes another. @throws RESTORE_NOT_FOUND, UNDO_NOT_POSSIBLE */
export async function undoOrder(
  context: RunContext,
  id: number,
  asked: Pick<RestoreOptions, 'onRefreshFailure' | 'onInvalid' | 'safetyBackup'>,
): Promise<RestoreOptions & Pick<RestoreDetailRecord, 'backupId' | 'restoreType' | 'tables' | 'target'>> {
  const { undone, safetyBackupId, restore } = await whatToUndo(context, id);
  const { onMissingTablespace, extensionVersions } = restore.options;
  const byRows = safetyBackupId === null;
  return {
    // Owners in the safety backup are those of now: what a map had changed, it has.
    owners: ownershipOf(restore.options) !== 'skip',
    onMissingTablespace,
    extensionVersions,
    ...asked,
    // With the rows that it has kept no backup is read.
    backupId: byRows ? restore.backupId : safetyBackupId,
    restoreType: byRows ? 'rows' : undone.whole ? 'full' : 'partial',
    tables: undone.whole ? [] : undone.tables.map(({ table }) => table),
    target: restore.target,
    content: 'all',
    intoSchema: null,
    as: null,
    // Where it replaced definitions, those of before come back, and nothing that it made stays.
    onDrift: undone.objects ? 'replace' : 'fail',
    dropNew: undone.objects !== undefined,
    ...unadapted,
    withoutExtensions: [],
    allowOtherDatabase: false,
    maxWorkers: null,
    undone,
  };
}

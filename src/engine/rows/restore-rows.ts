import { abortReason, HoldfastError } from '../../base/errors.ts';
import { sum } from '../../base/sum.ts';
import type { PlannedRows } from '../../contract/chosen-rows.ts';
import type { RestoreReport } from '../../contract/restore.ts';
import type { Manifest } from '../../format/manifest.ts';
import type { Session } from '../../postgres/wire/session.ts';
import { ProgressMeter } from '../progress/meter.ts';
import { phaseClock } from '../progress/phase-clock.ts';
import { onOneConnection } from '../restore/on-one-connection.ts';
import { beginRebuild } from '../restore/rebuild.ts';
import { restoreFailure } from '../restore/restore.ts';
import type { RestoreWork } from '../restore/work.ts';
import { textSettings } from '../text-encoding.ts';
import { mergeRows, type Merge } from './merge.ts';
import { gatherFor, type RowsRestore } from './plan-rows.ts';

/** What a restore of rows works with: of a backup, or of rows that another restore has kept. */
export type RowsWork = Omit<RestoreWork, 'store'> & Pick<Merge, 'keep'>;

/**
 * Puts chosen rows of a backup among the live ones, in one transaction: what was planned, or nothing.
 * @param planned `rows` of the plan
 * @throws PLAN_OUTDATED when the live rows are no longer those of the plan; what `planRows` throws; SCHEMA_DRIFT; ROWS_UNFIT;
 *   LOCK_TIMEOUT, CONSTRAINT_VIOLATED, PROOF_FAILED, RESTORE_FAILED, RESTORE_UNCERTAIN
 */
export async function restoreRows(
  {
    manifest,
    request,
    planned,
  }: { manifest: Manifest; request: RowsRestore; planned: readonly PlannedRows[] },
  work: RowsWork & Pick<RestoreWork, 'store'>,
): Promise<RestoreReport> {
  return mergeInto(work, {
    request,
    planned,
    settings: textSettings(manifest),
    evaluation: manifest.source,
    gather: async (session, meter) => ({
      manifest,
      gathered: await gatherFor(session, { store: work.store, manifest, request, meter }),
      onConflict: request.rows.onConflict,
      by: 'by' in request.rows ? request.rows.by : undefined,
    }),
  });
}

interface Gathering {
  request: Pick<
    RowsRestore,
    'target' | 'lockTimeoutMs' | 'owners' | 'onRefreshFailure' | 'onInvalid' | 'withoutExtensions'
  >;
  planned: readonly PlannedRows[];
  /** Of the connection. */
  settings: Record<string, string>;
  /** Under which settings the application's expressions are evaluated. */
  evaluation: Pick<Manifest['source'], 'evaluation'>;
  /** Fills temporary tables, in a transaction that ends before rows are locked. */
  gather(
    session: Session,
    meter: ProgressMeter,
  ): Promise<Pick<Merge, 'manifest' | 'gathered' | 'onConflict' | 'by' | 'whenLocked'>>;
}

/** Gathers rows and merges them, in one transaction that is proved. @throws as `restoreRows` */
export async function mergeInto(work: RowsWork, gathering: Gathering): Promise<RestoreReport> {
  const { signal } = work.control;
  const { request, planned, settings } = gathering;
  const meter = new ProgressMeter(work.control, planned.length, 0);
  try {
    signal.throwIfAborted();
    meter.phase('data');
    return await onOneConnection(work, { lockTimeoutMs: request.lockTimeoutMs, settings }, (session) =>
      mergeIn(session, gathering, work, meter),
    );
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'RESTORE_UNCERTAIN') throw error;
    if (signal.aborted) throw abortReason(signal);
    throw restoreFailure(error);
  } finally {
    meter.stop();
  }
}

/** Everything but the commit. */
async function mergeIn(
  session: Session,
  { request, planned, evaluation, gather }: Gathering,
  work: RowsWork,
  meter: ProgressMeter,
): Promise<RestoreReport> {
  const clock = phaseClock();
  // What a user wrote as a condition runs in here, and nothing of it is left when it ends but the rows that were found.
  await session.execute('begin isolation level repeatable read read write');
  const gathered = await gather(session, meter);
  await session.execute('commit');
  clock.lap('data');
  meter.phase('constraints');
  const rebuild = await beginRebuild(session, { source: evaluation }, request, { inTransaction: true });
  await session.execute('begin isolation level read committed read write');
  const { tables, chosenRows } = await mergeRows(session, {
    ...gathered,
    planned,
    evaluation: rebuild.evaluation,
    keep: work.keep,
  });
  clock.lap('merge');
  meter.phase('finishing');
  work.control.signal.throwIfAborted();
  const rows = sum(chosenRows.map(({ added, changed, removed }) => added + changed + removed));
  meter.addRows(rows);
  return {
    target: request.target,
    tables,
    rows,
    rawBytes: 0,
    created: [],
    largeObjects: 0,
    sequences: 0,
    leftEmpty: [],
    notValid: [],
    leftOut: [],
    adapted: [],
    chosenRows,
    warnings: rebuild.evaluation.unusable,
    phaseMs: clock.phases,
  };
}

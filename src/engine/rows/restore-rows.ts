import { abortReason, HoldfastError } from '../../base/errors.ts';
import { sum } from '../../base/sum.ts';
import type { PlannedRows } from '../../contract/chosen-rows.ts';
import type { RestoreReport } from '../../contract/restore.ts';
import type { Manifest } from '../../format/manifest.ts';
import { Session } from '../../postgres/wire/session.ts';
import { ProgressMeter } from '../progress/meter.ts';
import { phaseClock } from '../progress/phase-clock.ts';
import { commitProved } from '../restore/commit.ts';
import { beginRebuild } from '../restore/rebuild.ts';
import { restoreFailure } from '../restore/restore.ts';
import type { RestoreWork } from '../restore/work.ts';
import { textSettings } from '../text-encoding.ts';
import { mergeRows } from './merge.ts';
import { gatherFor, type RowsRestore } from './plan-rows.ts';

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
  work: RestoreWork,
): Promise<RestoreReport> {
  const { signal } = work.control;
  const meter = new ProgressMeter(work.control, planned.length, 0);
  try {
    signal.throwIfAborted();
    meter.phase('data');
    const session = await Session.open(
      work.live,
      {
        applicationName: 'holdfast restore',
        lockTimeoutMs: request.lockTimeoutMs,
        settings: textSettings(manifest),
      },
      signal,
    );
    try {
      const report = await restoreIn(session, { manifest, request, planned, work, meter });
      await commitProved(session, work.live, report.tables, async (transaction) => {
        report.transaction = transaction;
        await work.record?.(report, session);
      });
      return report;
    } finally {
      // An open transaction ends with its connection: rolled back.
      await session.close();
    }
  } catch (error) {
    if (error instanceof HoldfastError && error.code === 'RESTORE_UNCERTAIN') throw error;
    if (signal.aborted) throw abortReason(signal);
    throw restoreFailure(error);
  } finally {
    meter.stop();
  }
}

/** Everything but the commit. */
async function restoreIn(
  session: Session,
  {
    manifest,
    request,
    planned,
    work,
    meter,
  }: {
    manifest: Manifest;
    request: RowsRestore;
    planned: readonly PlannedRows[];
    work: RestoreWork;
    meter: ProgressMeter;
  },
): Promise<RestoreReport> {
  const clock = phaseClock();
  // What a user wrote as a condition runs in here, and nothing of it is left when it ends but the rows that were found.
  await session.execute('begin isolation level repeatable read read write');
  const gathered = await gatherFor(session, { store: work.store, manifest, request, meter });
  await session.execute('commit');
  clock.lap('data');
  meter.phase('constraints');
  const rebuild = await beginRebuild(session, manifest, request, { inTransaction: true });
  await session.execute('begin isolation level read committed read write');
  const { tables, chosenRows } = await mergeRows(session, { manifest, gathered, planned, request });
  clock.lap('merge');
  meter.phase('finishing');
  work.control.signal.throwIfAborted();
  const rows = sum(chosenRows.map(({ added, changed }) => added + changed));
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

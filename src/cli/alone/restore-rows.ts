import type { ChosenRows } from '../../contract/chosen-rows.ts';
import { refusalAnswer } from '../../engine/plan/describe-plan.ts';
import { refuse } from '../../engine/plan/refusals.ts';
import { planRows, type RowsRestore } from '../../engine/rows/plan-rows.ts';
import { restoreRows } from '../../engine/rows/restore-rows.ts';
import type { RestoreOptions } from '../commands/restore.ts';
import { plannedWords } from '../describe/chosen-rows.ts';
import { describeReport } from '../describe/restore.ts';
import type { Answer, Invocation } from '../invocation.ts';
import { confirmTyped } from '../terminal/confirm.ts';
import { printable } from '../terminal/text.ts';
import { findBackup, lockTimeoutMs, withoutCatalog, withStore } from './alone.ts';
import { planAnswer, rolledBack } from '../planned.ts';
import { usage, type NamedAlone } from './options.ts';
import { underControl } from './under-control.ts';

/** Puts rows of a backup of a store alone into a database that is there. Without a catalog there is no safety backup. */
export async function restoreRowsAlone(
  invocation: Invocation,
  { alone, store: address }: NamedAlone,
  options: RestoreOptions,
  { rows, database, to }: { rows: ChosenRows; database: string; to: string },
): Promise<Answer> {
  if (options.showSql) throw usage('restore', '--show-sql shows a restore of whole tables.');
  return withStore(invocation, options, address, async (opened) => {
    const { store, uuid, manifest } = await findBackup(invocation, opened, alone);
    const request: RowsRestore = {
      restoreType: 'rows',
      rows,
      tables: [],
      target: { mode: 'in-place' },
      onDrift: 'fail',
      owners: options.owners,
      onRefreshFailure: options.onRefreshFailure,
      onInvalid: options.onInvalid,
      withoutExtensions: [],
      allowOtherDatabase: options.fromOtherDatabase ?? false,
      jobs: 1,
      lockTimeoutMs,
      own: { tables: [], schemas: [] },
    };
    const live = { connectionString: to };
    const planned = await planRows({ live, store, manifest, request });
    if (options.dryRun) {
      const plan = { ...planned.plan, refusals: planned.refusals.map(refusalAnswer) };
      return planAnswer(plan, { ...plan, ...withoutCatalog }, uuid);
    }
    refuse(planned);
    const { rows: counts = [] } = planned.plan;
    if (!options.yes && counts.some(({ added, changed }) => added + changed > 0)) {
      await confirmTyped(invocation, {
        message: `Restoring backup ${uuid} into the live database ${printable(database)} ${plannedWords(counts)}. Without a catalog no safety backup is taken.`,
        expected: database,
      });
    }
    const started = Date.now();
    const report = await underControl(
      invocation,
      {
        title: `Restore of ${uuid}`,
        afterCancel: rolledBack,
        onLeaving: () => 'It is one transaction: unless it has ended already, the server rolls it back.',
      },
      (control) => restoreRows({ manifest, request, planned: counts }, { live, store, control }),
    );
    return {
      document: { success: true, restore: { backupUuid: uuid, database, report } },
      text: describeReport(report, {
        what: `Rows of backup ${uuid} were restored`,
        tookMs: Date.now() - started,
        undo: null,
      }),
    };
  });
}

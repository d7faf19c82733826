import { HoldfastError } from '../../base/errors.ts';
import type { RestorePlan, RestoreReport } from '../../contract/restore.ts';
import type { PlannedUndo, UndoneRestore, WrittenSince } from '../../contract/undo.ts';
import type { ConnectionTarget } from '../../postgres/connection.ts';
import { displayName } from '../../postgres/identifiers.ts';
import type { Session } from '../../postgres/wire/session.ts';
import type { RestoreRequest } from '../requests.ts';
import { liveRows, sameImage, sameKey } from './columns.ts';
import { gatherKept, type KeptSet } from './gather-kept.ts';
import type { KeptRows } from './kept-rows.ts';
import { emptyPlan, planMerge, refusalsFor, refuseIn, type RowsPlan } from './plan-merge.ts';
import { inPlanSession } from './plan-rows.ts';
import { countRemoved } from './removal.ts';
import { mergeInto, type RowsWork } from './restore-rows.ts';
import { keyOf, textsOfKey } from './sample.ts';
import { writeOrder } from './write-order.ts';

/** A restore of rows that is undone, and what it has kept. */
export interface UndoOfRows {
  undone: UndoneRestore;
  kept: KeptRows;
  request: RestoreRequest;
}

const onConflict = 'overwrite';
const namedAtMost = 100;

/**
 * Says what undoing a restore of rows would do, row by row, and which of them were written since; or why it is refused. As `planRows`.
 * @throws DATABASE_UNREACHABLE, INSUFFICIENT_PRIVILEGE, READ_ONLY_SERVER; the reason of the signal
 */
export async function planUndoOfRows(
  live: ConnectionTarget,
  { undone, kept, request }: UndoOfRows,
  signal?: AbortSignal,
): Promise<RowsPlan> {
  return inPlanSession(
    { live, lockTimeoutMs: request.lockTimeoutMs, settings: {}, signal },
    async (session) => {
      const found: RowsPlan = { plan: emptyPlan(request, null), refusals: [], keptBytes: 0 };
      await refuseIn(found, async () => {
        const gathered = await gatherKept(session, kept, request.own);
        const { plan } = found;
        const { sets } = writeOrder(gathered.sets, gathered.references);
        found.keptBytes = await planMerge(session, plan, gathered, sets, onConflict);
        plan.undo = await plannedUndo(session, undone, gathered.sets);
        found.refusals.push(
          ...(await refusalsFor(session, gathered, sets, { onConflict, withParents: true }, plan.rows!)),
        );
      });
      return found;
    },
  );
}

/**
 * Puts back what a restore of rows replaced, and takes away what it added: what was planned, or nothing.
 * @throws PLAN_OUTDATED when the rows are no longer those of the plan; as `restoreRows`
 */
export async function undoRows(
  { undone, kept, request }: UndoOfRows,
  { rows = [], undo }: Pick<RestorePlan, 'rows' | 'undo'>,
  work: RowsWork,
): Promise<RestoreReport> {
  return mergeInto(work, {
    request,
    planned: rows,
    settings: {},
    evaluation: {},
    async gather(session) {
      const gathered = await gatherKept(session, kept, request.own);
      return {
        manifest: { tables: [] },
        gathered,
        onConflict,
        // Each table is compared by the key of then.
        by: [],
        async whenLocked() {
          const now = await plannedUndo(session, undone, gathered.sets);
          const texts = [undo, now].map((each) => JSON.stringify(countsOf(each?.writtenSince)));
          if (texts[0] === texts[1]) return;
          throw new HoldfastError(
            'PLAN_OUTDATED',
            'Rows that would be put back were written since the undo was planned. Nothing was changed.',
          );
        },
      };
    },
  });
}

function countsOf(since: readonly WrittenSince[] = []): unknown[] {
  return since.map(({ table, written, gone }) => [table, written, gone]);
}

async function plannedUndo(
  session: Session,
  undone: UndoneRestore,
  sets: readonly KeptSet[],
): Promise<PlannedUndo> {
  const writtenSince: WrittenSince[] = [];
  const changedRows: NonNullable<PlannedUndo['changedRows']> = [];
  for (const set of sets) {
    const table = displayName(set.table);
    writtenSince.push({ table, ...(await sinceIn(session, set)) });
    if (!set.table.key) continue;
    const found = await session.query<{ key: (string | null)[] }>(
      `${changedKeys(set)} limit ${namedAtMost - changedRows.length}`,
    );
    changedRows.push(...found.map(({ key }) => ({ table, key: keyOf(set.table, key) })));
  }
  return { restoreId: undone.id, writtenSince, ofRows: true, byRows: true, changedRows, stays: [] };
}

/**
 * The keys of live rows that are neither what the restore left nor what was before it. Both parts begin with the kept rows,
 * which are few: a condition that joins them by OR would be asked of every live row.
 */
function changedKeys({ table, rows, left }: KeptSet): string {
  const [key, live] = [textsOfKey(table, 't'), liveRows(table)];
  const [same, was] = [sameKey(table, 't', 'w'), sameKey(table, 't', 'b')];
  return `select ${key} as key from ${left} w join ${live} t on ${same}
      where not ${sameImage(table, 'w', 't')}
        and not exists (select from ${rows} b where ${was} and ${sameImage(table, 'b', 't')})
    union all select ${key} from ${rows} b join ${live} t on ${was}
      where not ${sameImage(table, 'b', 't')} and not exists (select from ${left} w where ${same})`;
}

async function sinceIn(session: Session, set: KeptSet): Promise<Pick<WrittenSince, 'written' | 'gone'>> {
  const { table, left } = set;
  if (!table.key) {
    const [row] = await session.query<{ count: string }>(`select pg_catalog.count(*) as count from ${left}`);
    return { written: 0, gone: Number(row!.count) - (await countRemoved(session, set)) };
  }
  const [row] = await session.query<{ written: string; gone: string }>(
    `select (select pg_catalog.count(*) from (${changedKeys(set)}) c) as written,
       (select pg_catalog.count(*) from ${left} w
         where not exists (select from ${liveRows(table)} t where ${sameKey(table, 't', 'w')})) as gone`,
  );
  return { written: Number(row!.written), gone: Number(row!.gone) };
}

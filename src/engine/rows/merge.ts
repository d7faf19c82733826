import { HoldfastError } from '../../base/errors.ts';
import type { PlannedRows, RestoredRows } from '../../contract/chosen-rows.ts';
import type { RestoreReport } from '../../contract/restore.ts';
import type { Manifest } from '../../format/manifest.ts';
import { displayName } from '../../postgres/identifiers.ts';
import type { Session } from '../../postgres/wire/session.ts';
import type { Evaluation } from '../plan/evaluation.ts';
import type { RowsRequest } from '../requests.ts';
import { liveRows } from './columns.ts';
import { compareRows, misfits, type RowCounts } from './compare.ts';
import { keepRows, type KeptRowsPlace } from './kept-rows.ts';
import { readLiveTables } from './live-tables.ts';
import { hasRemoved } from './removal.ts';
import type { Gathered, GatheredRows, RowReference, RowTable } from './rows.ts';
import { writeAll } from './write.ts';
import { altered, keysToDefer, writeOrder } from './write-order.ts';

const counted = ['added', 'changed', 'unchanged', 'skipped', 'conflicting', 'removed'] as const;

/** What is merged, and how. */
export interface Merge {
  /** Of the backup that the rows are from; no tables where they are from none. */
  manifest: Pick<Manifest, 'tables'>;
  gathered: Pick<Gathered, 'sets' | 'references' | 'findRemoved'>;
  planned: readonly PlannedRows[];
  onConflict: RowsRequest['onConflict'];
  /** Columns of the key that was asked for. */
  by?: readonly string[] | undefined;
  /** Settings of the application that are in force. */
  evaluation: Evaluation;
  /** Where what it replaces is kept, and how many bytes that may be; nothing is kept without. */
  keep?: { place: KeptRowsPlace; maxBytes: number } | undefined;
  /** Called when nobody else can write to the tables any more. @throws to change nothing */
  whenLocked?: (() => Promise<void>) | undefined;
}

/**
 * Writes the gathered rows in the transaction of `session`, when they still are to live rows what the plan said, and proves
 * each. @throws PLAN_OUTDATED, SCHEMA_DRIFT, ROWS_UNFIT, CONSTRAINT_VIOLATED, PROOF_FAILED
 */
export async function mergeRows(
  session: Session,
  merge: Merge,
): Promise<{ tables: RestoreReport['tables']; chosenRows: RestoredRows[] }> {
  const { gathered, planned, onConflict } = merge;
  const order = writeOrder(gathered.sets, gathered.references);
  const { sets } = order;
  const deferred = keysToDefer(order, ({ schema, name }) =>
    planned.find(({ table }) => table === displayName({ schema, name })),
  );
  await lockTables(session, merge, deferred);
  await gathered.findRemoved?.(session);
  await merge.whenLocked?.();
  const counts = new Map<GatheredRows, RowCounts>();
  for (const set of sets) counts.set(set, await compareRows(session, set, onConflict));
  requirePlanned(sets, counts, planned);
  for (const set of sets) {
    const [misfit] = await misfits(session, gathered, set, onConflict);
    if (misfit !== undefined) throw new HoldfastError('ROWS_UNFIT', misfit.message);
  }
  const written = sets.filter((set) => isWritten(counts.get(set)!));
  if (written.length > 0) {
    await keepReplaced(session, merge, written);
    await writeAll(session, written, counts, deferred);
  }
  const chosenRows = sets
    .filter((set) => set.count > 0 || counts.get(set)!.removed > 0 || sets.length === 1)
    .map((set) => {
      const { conflicting: _, ...done } = counts.get(set)!;
      return { table: displayName(set.table), ...done };
    });
  const tables = chosenRows.map(({ table, added, changed, unchanged }) => ({
    table,
    rows: added + changed + unchanged,
    expectedRows: added + changed + unchanged,
  }));
  return { tables, chosenRows };
}

/** Whether something becomes of the rows of a table. */
export function isWritten({
  added,
  changed,
  removed,
}: Pick<RowCounts, 'added' | 'changed' | 'removed'>): boolean {
  return added + changed + removed > 0;
}

async function keepReplaced(
  session: Session,
  { keep, onConflict, evaluation }: Merge,
  sets: readonly GatheredRows[],
): Promise<void> {
  if (!keep) return;
  const bytes = await keepRows(session, keep.place, { sets, onConflict, evaluation });
  if (bytes <= keep.maxBytes) return;
  throw new HoldfastError(
    'PLAN_OUTDATED',
    `The rows that the restore would replace have grown since it was planned: ${bytes} bytes, and at most ${keep.maxBytes} are kept. Nothing was changed.`,
  );
}

/** From now on nobody else writes to them. @throws SCHEMA_DRIFT where one is no longer what it was when rows were gathered */
async function lockTables(
  session: Session,
  { manifest, gathered: { sets, references }, by }: Merge,
  deferred: readonly RowReference[],
): Promise<void> {
  // Those whose keys are altered first, and at once in the mode that this takes: two who wait to raise a lock block each other.
  await lock(session, [...altered(deferred)], 'access exclusive');
  const own = sets.map(({ table }) => table);
  const losing = new Set(sets.filter(hasRemoved).map(({ table }) => table));
  // A row that refers to one that goes must not come meanwhile: it would go as well, by ON DELETE CASCADE.
  const referring = references.filter(({ to }) => losing.has(to)).map(({ from }) => from);
  await lock(session, [...new Set([...own, ...referring])], 'share row exclusive');
  const now = await readLiveTables(session, manifest);
  const changed = sets
    .filter(({ table }) => form(now.byOid.get(table.oid), by) !== form(table, by))
    .map(({ table }) => displayName(table));
  const keys = (all: readonly RowReference[]): string =>
    JSON.stringify(
      all
        .filter(({ child, parent }) =>
          sets.some(({ table }) => table.relations.includes(child) || table.relations.includes(parent)),
        )
        .map((key) => ({ ...key, from: null, to: null })),
    );
  if (changed.length === 0 && keys(now.references) === keys(references)) return;
  throw new HoldfastError(
    'SCHEMA_DRIFT',
    'Tables changed while the restore was being prepared. Nothing was changed.',
    {
      hint: 'Order the restore again.',
      details: { tables: changed },
    },
  );
}

async function lock(session: Session, tables: readonly RowTable[], mode: string): Promise<void> {
  if (tables.length === 0) return;
  const names = tables.map(liveRows).toSorted();
  await session.execute(`lock table ${names.join(', ')} in ${mode} mode`);
}

function form(table: RowTable | undefined, by: readonly string[] | undefined): string {
  if (!table) return '';
  const { parts: _, key, relations, ...rest } = table;
  return JSON.stringify({ ...rest, relations: relations.toSorted((a, b) => a - b), ...(by ? {} : { key }) });
}

function requirePlanned(
  sets: readonly GatheredRows[],
  counts: ReadonlyMap<GatheredRows, RowCounts>,
  planned: readonly PlannedRows[],
): void {
  const differences: string[] = [];
  for (const set of sets) {
    const name = displayName(set.table);
    const was = planned.find(({ table }) => table === name);
    const now = counts.get(set)!;
    for (const what of counted) {
      if ((was?.[what] ?? 0) !== now[what])
        differences.push(`${name}: ${was?.[what] ?? 0} ${what}, now ${now[what]}`);
    }
  }
  for (const { table } of planned) {
    if (!sets.some((set) => displayName(set.table) === table)) differences.push(`${table}: none any more`);
  }
  if (differences.length === 0) return;
  throw new HoldfastError(
    'PLAN_OUTDATED',
    `The live rows are no longer what they were when the restore was planned: ${differences.slice(0, 5).join('; ')}. Nothing was changed.`,
    { details: { differences } },
  );
}

import { HoldfastError } from '../../base/errors.ts';
import type { PlannedRows, RestoredRows } from '../../contract/chosen-rows.ts';
import type { RestoreReport } from '../../contract/restore.ts';
import type { Manifest } from '../../format/manifest.ts';
import { displayName, quoteIdentifier, quoteName } from '../../postgres/identifiers.ts';
import type { Session } from '../../postgres/wire/session.ts';
import { rebuildFailure } from '../restore/rebuild.ts';
import { suspendEventTriggers } from '../restore/suspend-guards.ts';
import { suspendTriggers } from '../restore/suspend-triggers.ts';
import { columnOf, columnsOf, liveRows, sameImage, sameKey } from './columns.ts';
import { compareRows, misfits, type RowCounts } from './compare.ts';
import { readLiveTables } from './live-tables.ts';
import type { RowsRestore } from './plan-rows.ts';
import type { Gathered, GatheredRows, RowReference, RowTable } from './rows.ts';
import { altered, keysToDefer, writeOrder } from './write-order.ts';

const counted = ['added', 'changed', 'unchanged', 'skipped', 'conflicting'] as const;

/**
 * Writes the gathered rows in the transaction of `session`, when they still are to live rows what the plan said, and proves
 * each. @throws PLAN_OUTDATED, SCHEMA_DRIFT, ROWS_UNFIT, CONSTRAINT_VIOLATED, PROOF_FAILED
 */
export async function mergeRows(
  session: Session,
  {
    manifest,
    gathered,
    planned,
    request,
  }: { manifest: Manifest; gathered: Gathered; planned: readonly PlannedRows[]; request: RowsRestore },
): Promise<{ tables: RestoreReport['tables']; chosenRows: RestoredRows[] }> {
  const { onConflict } = request.rows;
  const order = writeOrder(gathered.sets, gathered.references);
  const { sets } = order;
  const deferred = keysToDefer(order, ({ schema, name }) =>
    planned.find(({ table }) => table === displayName({ schema, name })),
  );
  await lockTables(session, manifest, { ...gathered, deferred }, request);
  const counts = new Map<GatheredRows, RowCounts>();
  for (const set of sets) counts.set(set, await compareRows(session, set, onConflict));
  requirePlanned(sets, counts, planned);
  for (const set of sets) {
    const [misfit] = await misfits(session, gathered, set, onConflict);
    if (misfit !== undefined) throw new HoldfastError('ROWS_UNFIT', misfit.message);
  }
  const written = sets.filter((set) => counts.get(set)!.added + counts.get(set)!.changed > 0);
  if (written.length > 0) await writeAll(session, written, counts, deferred);
  const chosenRows = sets.map((set) => {
    const { added, changed, unchanged, skipped } = counts.get(set)!;
    return { table: displayName(set.table), added, changed, unchanged, skipped };
  });
  const tables = chosenRows.map(({ table, added, changed, unchanged }) => ({
    table,
    rows: added + changed + unchanged,
    expectedRows: added + changed + unchanged,
  }));
  return { tables, chosenRows };
}

async function writeAll(
  session: Session,
  sets: readonly GatheredRows[],
  counts: ReadonlyMap<GatheredRows, RowCounts>,
  deferred: readonly RowReference[],
): Promise<void> {
  const eventTriggers = await suspendEventTriggers(session);
  const triggers = await suspendTriggers(
    session,
    sets.flatMap(({ table }) => table.relations),
  );
  await postpone(session, deferred);
  for (const set of sets) {
    await writeRows(session, set, counts.get(set)!).catch((error: unknown) => {
      throw rebuildFailure(error, `The rows of ${displayName(set.table)}`, 'no option');
    });
  }
  await session.execute('set constraints all immediate').catch((error: unknown) => {
    throw rebuildFailure(error, 'The rows', 'no option');
  });
  for (const set of sets) await proveRows(session, set, counts.get(set)!);
  await takeBack(session, deferred);
  await triggers.resume();
  await eventTriggers.resume();
}

/** From now on nobody else writes to them. @throws SCHEMA_DRIFT where one is no longer what it was when rows were gathered */
async function lockTables(
  session: Session,
  manifest: Manifest,
  { sets, references, deferred }: Gathered & { deferred: readonly RowReference[] },
  { rows }: RowsRestore,
): Promise<void> {
  // Those whose keys are altered first, and at once in the mode that this takes: two who wait to raise a lock block each other.
  await lock(session, [...altered(deferred)], 'access exclusive');
  await lock(
    session,
    sets.map(({ table }) => table),
    'share row exclusive',
  );
  const by = 'by' in rows ? rows.by : undefined;
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

/** Lets keys in a circle be satisfied at the end. No row is read again for it, and other sessions never see it. */
async function postpone(session: Session, deferred: readonly RowReference[]): Promise<void> {
  for (const key of deferred) {
    if (!key.deferrable) await session.execute(`${alterKey(key)} deferrable initially deferred`);
  }
  if (deferred.length === 0) return;
  await session.execute(
    `set constraints ${deferred.map(({ constraint }) => quoteName(constraint)).join(', ')} deferred`,
  );
}

async function takeBack(session: Session, deferred: readonly RowReference[]): Promise<void> {
  for (const key of deferred) {
    if (!key.deferrable) await session.execute(`${alterKey(key)} not deferrable`);
  }
}

function alterKey({ on, constraint }: RowReference): string {
  return `alter table ${quoteName(on)} alter constraint ${quoteIdentifier(constraint.name)}`;
}

/**
 * Both in one statement: foreign keys are checked when it has ended, so a row that is changed may refer to one that is added; and the
 * changes come first, so a row that is added may have a unique value that another one had until then.
 */
async function writeRows(
  session: Session,
  { table, rows }: GatheredRows,
  { added, changed }: RowCounts,
): Promise<void> {
  const names = table.columns.map(({ name }) => name);
  const missing = table.key
    ? ` where not exists (select from ${liveRows(table)} t where ${sameKey(table, 't', 's')})`
    : '';
  const insert = `insert into ${quoteName(table)} (${names.map(quoteIdentifier).join(', ')}) overriding system value
    select ${columnsOf('s', names)} from ${rows} s${missing} returning 1`;
  // The key too: what its operator calls the same may be written in another way.
  const settable = table.columns.filter(({ identity }) => identity !== 'always');
  const values = settable.map(({ name }) => `${quoteIdentifier(name)} = ${columnOf('s', name)}`);
  const update = `update ${liveRows(table)} t set ${values.join(', ')} from ${rows} s
    where ${sameKey(table, 't', 's')} and not ${sameImage(table, 's', 't')} returning 1`;
  const none = 'select 1 limit 0';
  const [row] = await session.query<{ changed: string; added: string }>(
    `with changed as (${changed > 0 ? update : none}), added as (${added > 0 ? insert : none})
     select (select pg_catalog.count(*) from changed) as changed, (select pg_catalog.count(*) from added) as added`,
  );
  if (Number(row!.changed) === changed && Number(row!.added) === added) return;
  throw new HoldfastError(
    'PROOF_FAILED',
    `${displayName(table)} took ${row!.added} new rows and ${row!.changed} changes where ${added} and ${changed} were planned. Everything was rolled back.`,
    { details: { table: displayName(table), added: Number(row!.added), changed: Number(row!.changed) } },
  );
}

/** Every row that was to be there is there, to the last bit. Without a key there is nothing to find it by but the count. */
async function proveRows(session: Session, set: GatheredRows, counts: RowCounts): Promise<void> {
  if (!set.table.key) return;
  const now = await compareRows(session, set, 'skip');
  if (now.added === 0 && now.skipped === counts.skipped) return;
  const name = displayName(set.table);
  throw new HoldfastError(
    'PROOF_FAILED',
    `${now.added + now.skipped - counts.skipped} rows of ${name} are not as in the backup after they were written. Everything was rolled back.`,
    { details: { table: name } },
  );
}

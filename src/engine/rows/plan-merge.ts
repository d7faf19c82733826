import { HoldfastError, type ErrorCode } from '../../base/errors.ts';
import { counted } from '../../base/units.ts';
import type { PlannedRows } from '../../contract/chosen-rows.ts';
import type { RestorePlan } from '../../contract/restore.ts';
import { displayName } from '../../postgres/identifiers.ts';
import {
  readDependentMatviews,
  readPublishedTables,
  withAncestors,
} from '../../postgres/inspect/dependents.ts';
import type { Session } from '../../postgres/wire/session.ts';
import type { Refusal } from '../plan/refusals.ts';
import type { RowsRequest } from '../requests.ts';
import { compareRows, differentAre, misfits } from './compare.ts';
import { sizeToKeep } from './kept-rows.ts';
import type { Gathered, GatheredRows } from './rows.ts';
import { sampleRemoved, sampleRows } from './sample.ts';
import { altered, keysToDefer, writeOrder } from './write-order.ts';

export interface RowsPlan {
  /** In the words of the API, without the refusals. */
  plan: RestorePlan;
  refusals: Refusal[];
  /** How many bytes would be kept of what it replaces and writes. */
  keptBytes: number;
}

const sampled = 5;
const namedConflicts = 100;

const refusing: ReadonlySet<ErrorCode> = new Set([
  'SCHEMA_DRIFT',
  'TABLE_NOT_READABLE',
  'ROW_SECURITY_ACTIVE',
  'ROWS_UNFIT',
]);

/** What says something of the rows or the table, and not of the request, refuses the plan. */
export async function refuseIn({ refusals }: RowsPlan, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof HoldfastError) || !refusing.has(error.code)) throw error;
    const { code, message, hint, details } = error;
    refusals.push({ code, message, hint, details });
  }
}

/**
 * What a merge of these sets would do, into `plan`.
 * @returns how many bytes would be kept of what it replaces and writes
 */
export async function planMerge(
  session: Session,
  plan: RestorePlan,
  gathered: Pick<Gathered, 'sets' | 'references' | 'came'>,
  sets: readonly GatheredRows[],
  onConflict: RowsRequest['onConflict'],
): Promise<number> {
  const planned = new Map<GatheredRows['table'], PlannedRows>();
  for (const set of sets) planned.set(set.table, await plannedRows(session, set, onConflict));
  const order = writeOrder(gathered.sets, gathered.references);
  const locked = altered(keysToDefer(order, (table) => planned.get(table)));
  plan.locks = [...locked].map(displayName);
  if (locked.size > 0) plan.rawBytes = await bytesOf(session, sets);
  const shown = sets.filter(
    ({ table, count }) => count > 0 || planned.get(table)!.removed > 0 || sets.length === 1,
  );
  plan.rows = shown.map(({ table }) => planned.get(table)!);
  plan.tables = shown.map(({ table, count }) => ({
    table: displayName(table),
    action: 'merge',
    rowsInBackup: count,
    rowsNow: null,
    rowsNowIsEstimate: false,
  }));
  const losing = plan.rows.filter(({ removed }) => removed > 0).map(({ table }) => table);
  plan.steps = [
    { does: 'lock' as const, what: plan.locks },
    // Children first.
    { does: 'remove' as const, what: losing.toReversed() },
    { does: 'merge' as const, what: plan.tables.map(({ table }) => table) },
  ].filter(({ what }) => what.length > 0);
  plan.warnings.push(...(await warningsFor(session, gathered, shown, locked)));
  return sizeToKeep(session, sets, onConflict);
}

async function plannedRows(
  session: Session,
  set: GatheredRows,
  onConflict: RowsRequest['onConflict'],
): Promise<PlannedRows> {
  return {
    table: displayName(set.table),
    ...(await compareRows(session, set, onConflict)),
    key: set.table.key?.columns ?? null,
    sample: [
      ...(await sampleRows(session, set, { different: differentAre(onConflict), limit: sampled })),
      ...(await sampleRemoved(session, set, sampled)),
    ],
  };
}

/** Why the gathered rows cannot be merged. */
export async function refusalsFor(
  session: Session,
  gathered: Pick<Gathered, 'sets' | 'references'>,
  sets: readonly GatheredRows[],
  { onConflict, withParents }: Pick<RowsRequest, 'onConflict' | 'withParents'>,
  planned: readonly PlannedRows[],
): Promise<Refusal[]> {
  const refusals: Refusal[] = [];
  const conflicting = planned.filter((each) => each.conflicting > 0);
  if (conflicting.length > 0) {
    const conflicts: { table: string; key: Record<string, string | null> }[] = [];
    for (const set of sets) {
      const limit = namedConflicts - conflicts.length;
      const rows = await sampleRows(session, set, { different: 'conflicting', limit, there: true });
      conflicts.push(...rows.map(({ key }) => ({ table: displayName(set.table), key })));
    }
    const each = conflicting.map(({ table, conflicting: count }) => `${count} of ${table}`);
    const keys = conflicts.slice(0, sampled).map(({ table, key }) => `${table} ${JSON.stringify(key)}`);
    refusals.push({
      code: 'ROWS_CONFLICT',
      message: `Rows are there with other values than in the backup: ${each.join(', ')}; such as ${keys.join(', ')}. Nothing was changed.`,
      details: { conflicts },
    });
  }
  for (const set of sets) {
    for (const { message, lacksParents } of await misfits(session, gathered, set, onConflict)) {
      refusals.push({
        code: 'ROWS_UNFIT',
        message,
        ...(lacksParents && !withParents
          ? {
              hint: 'Nothing was changed. Bring the missing rows back with them: withParents (--with-parents).',
            }
          : {}),
      });
    }
  }
  return refusals;
}

async function bytesOf(session: Session, sets: readonly GatheredRows[]): Promise<number> {
  let bytes = 0;
  for (const { rows } of sets) {
    const [row] = await session.query<{ bytes: string }>(
      `select coalesce(pg_catalog.sum(pg_catalog.octet_length(s::pg_catalog.text)), 0) as bytes from ${rows} s`,
    );
    bytes += Number(row!.bytes);
  }
  return bytes;
}

async function warningsFor(
  session: Session,
  { came }: Pick<Gathered, 'came'>,
  sets: readonly GatheredRows[],
  locked: ReadonlySet<GatheredRows['table']>,
): Promise<string[]> {
  const warnings = ['Triggers of the tables do not fire for these rows, and sequences stay as they are.'];
  const oids = await withAncestors(
    session,
    sets.flatMap(({ table }) => table.relations),
  );
  const views = await readDependentMatviews(session, oids);
  if (views.length > 0) {
    warnings.push(
      `Materialized views that show these tables are not refreshed: ${views.map(displayName).join(', ')}.`,
    );
  }
  const published = await readPublishedTables(session, oids);
  if (published.length > 0) {
    warnings.push(
      `Published to subscribers, who get these rows as well: ${published.map(displayName).join(', ')}.`,
    );
  }
  if (came.length > 0) {
    const each = came.map(({ table, count }) => `${counted(count, 'row')} of ${displayName(table)}`);
    warnings.push(`Rows of this tenant that are not in the backup stay as they are: ${each.join(', ')}.`);
  }
  const none = sets[0];
  if (sets.length === 1 && none?.count === 0 && none.removed === undefined)
    warnings.push('The backup has no such rows.');
  const readable = sets.filter(({ table }) => !locked.has(table)).map(({ table }) => displayName(table));
  if (readable.length > 0) {
    warnings.push(`While it writes, other sessions can read and not change: ${readable.join(', ')}.`);
  }
  return warnings;
}

/** Of a restore of rows that does nothing. */
export function emptyPlan({ target }: Pick<RestorePlan, 'target'>, other: string | null): RestorePlan {
  return {
    target,
    refusals: [],
    otherDatabase: other,
    tables: [],
    drift: [],
    adapted: [],
    missingRoles: [],
    missingRoleUses: [],
    missingTablespaces: [],
    extensions: [],
    missingExtensions: [],
    extensionProblems: [],
    create: [],
    leftOut: [],
    notMade: [],
    differs: [],
    extra: [],
    foreignKeys: [],
    locks: [],
    rawBytes: 0,
    steps: [],
    rows: [],
    warnings: other === null ? [] : [other],
  };
}

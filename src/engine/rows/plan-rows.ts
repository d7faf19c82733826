import { HoldfastError, type ErrorCode } from '../../base/errors.ts';
import { counted } from '../../base/units.ts';
import type { PlannedRows } from '../../contract/chosen-rows.ts';
import type { RestorePlan } from '../../contract/restore.ts';
import type { Manifest } from '../../format/manifest.ts';
import type { ConnectionTarget } from '../../postgres/connection.ts';
import { readDatabaseIdentity } from '../../postgres/database-identity.ts';
import { databaseFailure } from '../../postgres/failure.ts';
import { displayName } from '../../postgres/identifiers.ts';
import {
  readDependentMatviews,
  readPublishedTables,
  withAncestors,
} from '../../postgres/inspect/dependents.ts';
import { Session } from '../../postgres/wire/session.ts';
import type { Store } from '../../store/store.ts';
import { tablesNamed } from '../entries/named-tables.ts';
import { otherDatabase } from '../plan/other-database.ts';
import { refusalsOf, type Refusal } from '../plan/refusals.ts';
import type { RestoreRequest, RowsRequest } from '../requests.ts';
import { misfittingEncoding, textSettings } from '../text-encoding.ts';
import { compareBy, requireAllowed } from './allowed.ts';
import { compareRows, differentAre, misfits } from './compare.ts';
import { gatherRows } from './gather.ts';
import { readLiveTables } from './live-tables.ts';
import type { Gathered, GatheredRows } from './rows.ts';
import { sampleRows } from './sample.ts';
import { altered, keysToDefer, writeOrder } from './write-order.ts';

export type RowsRestore = RestoreRequest & { rows: RowsRequest };

export interface RowsPlan {
  /** In the words of the API, without the refusals. */
  plan: RestorePlan;
  refusals: Refusal[];
}

const sampled = 5;
const namedConflicts = 100;

/** Said of the rows or the table, and not of the request: the plan is refused for it. */
const refusing: ReadonlySet<ErrorCode> = new Set([
  'SCHEMA_DRIFT',
  'TABLE_NOT_READABLE',
  'ROW_SECURITY_ACTIVE',
  'ROWS_UNFIT',
]);

/**
 * Says what a restore of rows would do, row by row, or why it is refused. Writes temporary tables alone, and takes no lock that
 * blocks other sessions.
 * @throws TABLES_NOT_FOUND, INVALID_REQUEST; CHUNK_MISSING, CHUNK_CORRUPT; DATABASE_UNREACHABLE, INSUFFICIENT_PRIVILEGE,
 *   READ_ONLY_SERVER; the reason of the signal
 */
export async function planRows(input: {
  live: ConnectionTarget;
  store: Store;
  manifest: Manifest;
  request: RowsRestore;
  signal?: AbortSignal | undefined;
}): Promise<RowsPlan> {
  const { manifest, request, signal } = input;
  try {
    const session = await Session.open(
      input.live,
      {
        applicationName: 'holdfast plan',
        lockTimeoutMs: request.lockTimeoutMs,
        settings: textSettings(manifest),
      },
      signal,
    );
    try {
      await session.execute('begin isolation level repeatable read read write');
      // It ends with the connection, rolled back.
      return await planIn(session, input);
    } finally {
      await session.close();
    }
  } catch (error) {
    throw signal?.aborted ? signal.reason : databaseFailure(error);
  }
}

async function planIn(
  session: Session,
  { store, manifest, request }: { store: Store; manifest: Manifest; request: RowsRestore },
): Promise<RowsPlan> {
  const other = otherDatabase(manifest.source, await readDatabaseIdentity(session));
  const refusals = refusalsOf({
    encoding: await misfittingEncoding(session, manifest),
    otherDatabase: request.allowOtherDatabase ? null : other,
    extensionProblems: [],
    missingRoles: [],
  });
  const plan = emptyPlan(request, other);
  if (refusals.length > 0) return { plan, refusals };
  try {
    const gathered = await gatherFor(session, { store, manifest, request, countsNew: true });
    const order = writeOrder(gathered.sets, gathered.references);
    const { sets } = order;
    Object.assign(plan, { rangesRead: gathered.rangesRead, ranges: gathered.ranges });
    plan.rows = [];
    for (const set of sets) plan.rows.push(await plannedRows(session, set, request.rows));
    const locked = altered(
      keysToDefer(order, (table) => plan.rows![sets.findIndex((set) => set.table === table)]),
    );
    plan.locks = [...locked].map(displayName);
    if (locked.size > 0) plan.rawBytes = await bytesOf(session, sets);
    plan.tables = sets.map(({ table, count }) => ({
      table: displayName(table),
      action: 'merge',
      rowsInBackup: count,
      rowsNow: null,
      rowsNowIsEstimate: false,
    }));
    if ('tenant' in request.rows) plan.shared = gathered.shared.map(displayName);
    plan.steps = [
      { does: 'lock' as const, what: plan.locks },
      { does: 'merge' as const, what: plan.tables.map(({ table }) => table) },
    ].filter(({ what }) => what.length > 0);
    refusals.push(...(await refusalsFor(session, gathered, sets, request.rows, plan.rows)));
    plan.warnings.push(...(await warningsFor(session, gathered, sets, locked)));
  } catch (error) {
    if (!(error instanceof HoldfastError) || !refusing.has(error.code)) throw error;
    const { code, message, hint, details } = error;
    refusals.push({ code, message, hint, details });
  }
  return { plan, refusals };
}

/** Reads the live tables, and the rows that are asked for, in the transaction of `session`. */
export async function gatherFor(
  session: Session,
  {
    store,
    manifest,
    request,
    meter,
    countsNew,
  }: Omit<Parameters<typeof gatherRows>[1], 'live' | 'allow' | 'request'> & {
    request: RowsRestore;
  },
): Promise<Gathered> {
  const live = await readLiveTables(session, manifest);
  if ('by' in request.rows && request.rows.by) {
    compareBy(
      live.holding(tablesNamed(manifest, request.rows.table, { ofExtensions: false })[0]!),
      request.rows.by,
    );
  }
  return gatherRows(session, {
    store,
    manifest,
    live,
    request: request.rows,
    meter,
    ...(countsNew === undefined ? {} : { countsNew }),
    allow: (each) => requireAllowed(session, live, each, request),
  });
}

async function plannedRows(
  session: Session,
  set: GatheredRows,
  { onConflict }: RowsRequest,
): Promise<PlannedRows> {
  return {
    table: displayName(set.table),
    ...(await compareRows(session, set, onConflict)),
    key: set.table.key?.columns ?? null,
    sample: await sampleRows(session, set, { different: differentAre(onConflict), limit: sampled }),
  };
}

async function refusalsFor(
  session: Session,
  gathered: Gathered,
  sets: readonly GatheredRows[],
  { onConflict, withParents }: RowsRequest,
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
  { came }: Gathered,
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
  if (sets.length === 1 && none?.count === 0) warnings.push('The backup has no such rows.');
  const readable = sets.filter(({ table }) => !locked.has(table)).map(({ table }) => displayName(table));
  if (readable.length > 0) {
    warnings.push(`While it writes, other sessions can read and not change: ${readable.join(', ')}.`);
  }
  return warnings;
}

function emptyPlan({ target }: RowsRestore, other: string | null): RestorePlan {
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

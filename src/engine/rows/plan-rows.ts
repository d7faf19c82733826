import type { Manifest } from '../../format/manifest.ts';
import type { ConnectionTarget } from '../../postgres/connection.ts';
import { readDatabaseIdentity } from '../../postgres/database-identity.ts';
import { databaseFailure } from '../../postgres/failure.ts';
import { displayName } from '../../postgres/identifiers.ts';
import { Session } from '../../postgres/wire/session.ts';
import type { Store } from '../../store/store.ts';
import { tablesNamed } from '../entries/named-tables.ts';
import { otherDatabase } from '../plan/other-database.ts';
import { refusalsOf } from '../plan/refusals.ts';
import type { RestoreRequest, RowsRequest } from '../requests.ts';
import { misfittingEncoding, textSettings } from '../text-encoding.ts';
import { compareBy, requireAllowed } from './allowed.ts';
import { gatherRows } from './gather.ts';
import { readLiveTables } from './live-tables.ts';
import { emptyPlan, planMerge, refusalsFor, refuseIn, type RowsPlan } from './plan-merge.ts';
import type { Gathered } from './rows.ts';
import { writeOrder } from './write-order.ts';

export type RowsRestore = RestoreRequest & { rows: RowsRequest };

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
  const { live, manifest, request, signal } = input;
  const settings = textSettings(manifest);
  return inPlanSession({ live, lockTimeoutMs: request.lockTimeoutMs, settings, signal }, (session) =>
    planIn(session, input),
  );
}

/** Plans in a transaction that may write temporary tables. */
export async function inPlanSession(
  {
    live,
    lockTimeoutMs,
    settings,
    signal,
  }: {
    live: ConnectionTarget;
    lockTimeoutMs: number;
    settings: Record<string, string>;
    signal?: AbortSignal | undefined;
  },
  plan: (session: Session) => Promise<RowsPlan>,
): Promise<RowsPlan> {
  try {
    const session = await Session.open(
      live,
      { applicationName: 'holdfast plan', lockTimeoutMs, settings },
      signal,
    );
    try {
      await session.execute('begin isolation level repeatable read read write');
      // It ends with the connection, rolled back.
      return await plan(session);
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
  const found: RowsPlan = { plan, refusals, keptBytes: 0 };
  if (refusals.length > 0) return found;
  await refuseIn(found, async () => {
    const gathered = await gatherFor(session, { store, manifest, request, countsNew: true });
    await gathered.findRemoved?.(session);
    Object.assign(plan, { rangesRead: gathered.rangesRead, ranges: gathered.ranges });
    const { sets } = writeOrder(gathered.sets, gathered.references);
    found.keptBytes = await planMerge(session, plan, gathered, sets, request.rows.onConflict);
    if ('tenant' in request.rows) plan.shared = gathered.shared.map(displayName);
    refusals.push(...(await refusalsFor(session, gathered, sets, request.rows, plan.rows!)));
  });
  return found;
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

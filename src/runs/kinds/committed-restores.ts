import { setTimeout as pause } from 'node:timers/promises';
import { redact } from '../../base/redaction.ts';
import type { Committing } from '../../catalog/committing.ts';
import { endLeftSessions, identitiesOf } from '../../catalog/locks.ts';
import { laneOf } from '../../catalog/run-tables.ts';
import type { HeldRun } from '../../catalog/runs.ts';
import type { RestoreReport } from '../../contract/restore.ts';
import type { RestoreConnection, RestoreWork } from '../../engine/restore/work.ts';
import { databaseFailure } from '../../postgres/failure.ts';
import type { Queryable } from '../../postgres/pool.ts';
import type { RunContext } from '../context.ts';

/** A transaction whose connection was told to end is rolled back a moment later. */
const askTimes = 20;
const askPauseMs = 250;

/**
 * Notes, as the last thing in the transaction of a restore, which one it is: see catalog/committing.ts.
 * @param connection the one of the transaction
 */
export async function noteCommitting(
  { catalog }: RunContext,
  run: HeldRun,
  report: RestoreReport,
  connection: RestoreConnection,
): Promise<void> {
  const [row] = (await connection.query(
    `select pg_catalog.pg_current_xact_id()::pg_catalog.text as transaction,
       pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'execute') as readable`,
    [],
  )) as [{ transaction: string; readable: boolean }];
  const [control] = row.readable ? ((await connection.query(serverSql, [])) as { server: string }[]) : [];
  await catalog.committing.note(run, {
    server: control?.server ?? '',
    transaction: row.transaction,
    report,
  });
}

/** How the transaction that makes a restore take effect tells of it. */
export function recordOf(
  context: RunContext,
  held: HeldRun,
  elsewhere: boolean,
): Required<RestoreWork>['record'] {
  const { restores } = context.catalog;
  if (elsewhere) return () => restores.requireHeld(held);
  if (context.databases.apart) {
    return (report, connection) => noteCommitting(context, held, report, connection);
  }
  return (report, connection) => restores.complete(held, report, connection);
}

/** Completes restores of ended processes that have taken effect. @param connection to the catalog */
export async function settleCommitted(context: RunContext, connection: Queryable): Promise<void> {
  const { catalog, databases, logger } = context;
  if (!databases.apart) return;
  for (const { committing, ...run } of await catalog.committing.left(connection)) {
    try {
      // While its process is paused, its transaction would be in progress for ever.
      const { schema } = catalog;
      const identities = await identitiesOf(connection, [
        { schema, lane: laneOf('restore'), fence: run.fence },
      ]);
      await endLeftSessions(context.source, identities);
      const outcome = await outcomeOf(context.source, committing);
      if (outcome === 'committed') {
        await catalog.committing.complete(connection, run, committing.report);
        logger.log('info', 'restore of an ended process had taken effect: it is completed', { id: run.id });
      }
    } catch (error) {
      // Called interrupted; its transaction stays in the row.
      const { message } = databaseFailure(error);
      logger.log('warn', `what became of a restore is not known: ${redact(message)}`, {
        id: run.id,
        transaction: committing.transaction,
      });
    }
  }
}

const serverSql = 'select system_identifier::pg_catalog.text as server from pg_catalog.pg_control_system()';

/** @returns `unknown` also where another server answers than the one of the restore */
async function outcomeOf(
  source: Queryable,
  { server, transaction }: Committing,
): Promise<'committed' | 'aborted' | 'unknown'> {
  if (server !== '') {
    const [now] = await source.query<{ server: string }>(serverSql);
    if (now?.server !== server) return 'unknown';
  }
  for (let times = 0; times < askTimes; times++) {
    const [row] = await source.query<{ status: string | null }>(
      'select pg_catalog.pg_xact_status($1::pg_catalog.xid8) as status',
      [transaction],
    );
    if (row?.status === 'committed' || row?.status === 'aborted') return row.status;
    if (row?.status !== 'in progress') return 'unknown';
    await pause(askPauseMs);
  }
  return 'unknown';
}

import type { RestoreReport } from '../../contract/restore.ts';
import { HoldfastError } from '../../base/errors.ts';
import type { ManifestTable } from '../../format/manifest.ts';
import { displayName, quoteIdentifier } from '../../postgres/identifiers.ts';
import { suspendDefaultPrivileges } from '../../postgres/inspect/default-privileges.ts';
import { readMade } from '../../postgres/inspect/new-names.ts';
import type { Session } from '../../postgres/wire/session.ts';
import { describeEntry } from '../entries/identity.ts';
import { inLoadOrder } from '../entries/load-order.ts';
import { aroundRows } from '../entries/sql.ts';
import { schemasOf } from '../plan/creation-order.ts';
import { leftOut } from '../plan/describe-plan.ts';
import type { BesidePlan } from '../plan/plan.ts';
import { ProgressMeter } from '../progress/meter.ts';
import { phaseClock } from '../progress/phase-clock.ts';
import { textSettings } from '../text-encoding.ts';
import { createEntries } from './create-entries.ts';
import { lendCreate } from './lent-privileges.ts';
import { freeze, loadTable } from './load-table.ts';
import { onOneConnection } from './on-one-connection.ts';
import { proveCopies } from './prove-copies.ts';
import { beginRebuild } from './rebuild.ts';
import { mayFreeze } from './replace-rows.ts';
import { setNewSequences } from './sequences.ts';
import { suspendChecks } from './suspend-checks.ts';
import { suspendEventTriggers } from './suspend-guards.ts';
import { watchTargetNames } from './target-names.ts';
import type { RestoreWork } from './work.ts';

/**
 * Makes tables of a backup under other names beside the live ones, in one transaction on one connection: all or nothing. No
 * live table is locked, but for the moment in which pg_dump looks at the schemas that were written to.
 */
export async function restoreBeside(plan: BesidePlan, work: RestoreWork): Promise<RestoreReport> {
  const { manifest, request } = plan;
  const meter = new ProgressMeter(work.control, plan.tables.length, plan.rawBytes);
  try {
    meter.phase('schema');
    return await onOneConnection(
      work,
      {
        lockTimeoutMs: request.lockTimeoutMs,
        settings: { check_function_bodies: 'off', ...textSettings(manifest) },
      },
      (session) => makeInTransaction(session, plan, work, meter),
    );
  } finally {
    meter.stop();
  }
}

/** Everything but the commit. */
async function makeInTransaction(
  session: Session,
  plan: BesidePlan,
  { store, control }: RestoreWork,
  meter: ProgressMeter,
): Promise<RestoreReport> {
  const { manifest, request, entries, sequences, newSchema } = plan;
  const { before, after } = aroundRows(entries);
  const keys = after.findIndex(({ kind }) => kind === 'FK CONSTRAINT');
  const untilKeys = keys === -1 ? after : after.slice(0, keys);
  const clock = phaseClock();
  const rebuild = await beginRebuild(session, manifest, request, { inTransaction: true });
  await session.execute('begin isolation level read committed read write');
  const eventTriggers = await suspendEventTriggers(session);
  const defaultPrivileges = await suspendDefaultPrivileges(session, schemasOf(entries));
  if (newSchema !== null) await session.execute(`create schema ${quoteIdentifier(newSchema)}`);
  const owned = request.owners ? entries : [];
  const lent = await lendCreate(session, owned);
  if (newSchema !== null) await grantUsage(session, newSchema, owned);
  const names = await watchTargetNames(session, [...plan.copies.values()]);
  await createEntries(session, before, rebuild);
  const oids = await requireMade(session, plan);
  const checks = await suspendChecks(session, oids, rebuild);
  clock.lap('schema');

  meter.phase('data');
  const loaded: RestoreReport['tables'] = [];
  for (const table of inLoadOrder(manifest, plan.scope.tables)) {
    const copy = plan.copies.get(table);
    if (copy) loaded.push(await loadCopy(copy));
  }
  await setNewSequences(session, sequences);
  await names.requireUnchanged();
  await requireMade(session, plan);
  clock.lap('data');

  meter.phase('indexes');
  await createEntries(session, untilKeys, rebuild);
  clock.lap('indexes');
  meter.phase('constraints');
  await checks.resume();
  await createEntries(session, after.slice(untilKeys.length), rebuild);
  await lent.takeBack();
  await defaultPrivileges.resume();
  await session.execute('set constraints all immediate');
  await eventTriggers.resume();
  clock.lap('constraints');

  meter.phase('finishing');
  await proveCopies(session, plan, rebuild, control.signal);
  clock.lap('proof of the schema');
  control.signal.throwIfAborted();
  return {
    target: request.target,
    tables: loaded,
    rows: loaded.reduce((sum, table) => sum + table.rows, 0),
    rawBytes: plan.rawBytes,
    created: [...(newSchema === null ? [] : [`SCHEMA ${newSchema}`]), ...entries.map(describeEntry)],
    largeObjects: 0,
    sequences: sequences.length,
    leftEmpty: rebuild.leftEmpty,
    notValid: rebuild.notValid,
    leftOut: [...leftOut(plan), ...rebuild.leftOut],
    adapted: [],
    removal: plan.removal,
    warnings: plan.warnings,
    phaseMs: clock.phases,
  };

  async function loadCopy(copy: ManifestTable): Promise<RestoreReport['tables'][number]> {
    meter.currentTable(copy);
    const rows = await loadTable(session, store, copy, copy.ranges, meter, mayFreeze(copy) ? freeze : '');
    meter.tableDone();
    return { table: displayName(copy), rows, expectedRows: copy.rows };
  }
}

/** The owners of copies in a new schema, who could not use their own tables in it, nor could the keys on these. */
async function grantUsage(session: Session, schema: string, owned: BesidePlan['entries']): Promise<void> {
  const owners = new Set(
    owned.flatMap(({ owner, ownerSql }) => (ownerSql === '' || owner === null ? [] : [owner])),
  );
  if (owners.size === 0) return;
  await session.execute(
    `grant usage on schema ${quoteIdentifier(schema)} to ${[...owners].map(quoteIdentifier).join(', ')}`,
  );
}

/**
 * The oids of what was made. A schema that its owner renames meanwhile would lead to relations that are not of this restore.
 * @throws TABLE_VANISHED
 */
async function requireMade(session: Session, { relations }: BesidePlan): Promise<number[]> {
  const made = await readMade(session, relations);
  const others = made.filter(({ oid }) => oid === null).map(({ name }) => name);
  if (others.length === 0) return made.flatMap(({ oid }) => oid ?? []);
  throw new HoldfastError('TABLE_VANISHED', `Not what was made under these names: ${others.join(', ')}.`, {
    hint: 'Everything was rolled back. Was a schema renamed meanwhile? Restore again.',
    details: { tables: others },
  });
}

import { HoldfastError } from '../../base/errors.ts';
import { displayName, quoteIdentifier, quoteName } from '../../postgres/identifiers.ts';
import type { Session } from '../../postgres/wire/session.ts';
import { rebuildFailure } from '../restore/rebuild.ts';
import { suspendEventTriggers } from '../restore/suspend-guards.ts';
import { suspendTriggers } from '../restore/suspend-triggers.ts';
import { columnOf, columnsOf, liveRows, sameImage, sameKey } from './columns.ts';
import { compareRows, type RowCounts } from './compare.ts';
import { hasRemoved, removedRows } from './removal.ts';
import type { GatheredRows, RowReference } from './rows.ts';

/**
 * Writes rows in tables that are locked, and proves each.
 * @param sets in the order of writing, each with something to write
 * @param deferred keys that no order satisfies
 * @throws CONSTRAINT_VIOLATED, PROOF_FAILED
 */
export async function writeAll(
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
  // With rows that go, no order of tables satisfies every key on the way, so all is one statement.
  const steps = sets.some(hasRemoved) ? [sets] : sets.map((set) => [set]);
  for (const step of steps) {
    await writeRows(session, step, counts).catch((error: unknown) => {
      throw rebuildFailure(
        error,
        `The rows of ${step.map(({ table }) => displayName(table)).join(', ')}`,
        'no option',
      );
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

const written = ['removed', 'changed', 'added'] as const;

/**
 * All in one statement: foreign keys are checked when it has ended, so a row that is changed may refer to one that is added, and a
 * row may go before those that refer to it. Rows go first, and changes come before additions, so that a unique value is free
 * when another row gets it: the counts are asked for in this order.
 */
async function writeRows(
  session: Session,
  sets: readonly GatheredRows[],
  counts: ReadonlyMap<GatheredRows, RowCounts>,
): Promise<void> {
  const works = written.flatMap((what) =>
    sets.flatMap((set, place) => {
      const wanted = counts.get(set)![what];
      return wanted === 0
        ? []
        : [{ what, set, wanted, name: `${what}_${place}`, sql: statementOf(what, set) }];
    }),
  );
  const [row] = await session.query<Record<string, string>>(
    `with ${works.map(({ name, sql }) => `${name} as (${sql} returning 1)`).join(', ')}
     select ${works.map(({ name }) => `(select pg_catalog.count(*) from ${name}) as ${name}`).join(', ')}`,
  );
  for (const { what, set, wanted, name } of works) {
    const done = Number(row![name]);
    // Rows that refer to others that go may go with these, by ON DELETE CASCADE.
    if (done === wanted || (what === 'removed' && done < wanted && set.table.key)) continue;
    const table = displayName(set.table);
    throw new HoldfastError(
      'PROOF_FAILED',
      `Of ${table} ${done} rows were ${what} where ${wanted} were planned. Everything was rolled back.`,
      { details: { table, [what]: done } },
    );
  }
}

function statementOf(what: (typeof written)[number], set: GatheredRows): string {
  const { table, rows } = set;
  if (what === 'removed') return `delete from ${removedRows(set as GatheredRows & { removed: string })}`;
  if (what === 'added') {
    const names = table.columns.map(({ name }) => name);
    const missing = table.key
      ? ` where not exists (select from ${liveRows(table)} t where ${sameKey(table, 't', 's')})`
      : '';
    return `insert into ${quoteName(table)} (${names.map(quoteIdentifier).join(', ')}) overriding system value
      select ${columnsOf('s', names)} from ${rows} s${missing}`;
  }
  // The key too: what its operator calls the same may be written in another way.
  const settable = table.columns.filter(({ identity }) => identity !== 'always');
  const values = settable.map(({ name }) => `${quoteIdentifier(name)} = ${columnOf('s', name)}`);
  return `update ${liveRows(table)} t set ${values.join(', ')} from ${rows} s
    where ${sameKey(table, 't', 's')} and not ${sameImage(table, 's', 't')}`;
}

/** Every row that was to be there is there, to the last bit, and none that was to go. Without a key there is nothing to find it by but the count. */
async function proveRows(session: Session, set: GatheredRows, counts: RowCounts): Promise<void> {
  if (!set.table.key) return;
  const name = displayName(set.table);
  const now = await compareRows(session, set, 'skip');
  if (now.added > 0 || now.skipped !== counts.skipped) {
    throw new HoldfastError(
      'PROOF_FAILED',
      `${now.added + now.skipped - counts.skipped} rows of ${name} are not as they were to be after they were written. Everything was rolled back.`,
      { details: { table: name } },
    );
  }
  if (now.removed === 0) return;
  throw new HoldfastError(
    'PROOF_FAILED',
    `${now.removed} rows of ${name} that were to go are still there. Everything was rolled back.`,
    { details: { table: name } },
  );
}

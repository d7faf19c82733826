import { HoldfastError } from '../../base/errors.ts';
import type { SchemaEntry } from '../../format/manifest.ts';
import { quoteName } from '../../postgres/identifiers.ts';
import { sqlState } from '../../postgres/failure.ts';
import { dumpSchemaInTransaction, type DumpOptions } from '../../postgres/pg-dump/pg-dump.ts';
import type { Session } from '../../postgres/wire/session.ts';
import { describeEntry, type EntryIndex, indexEntries, relationName } from '../entries/identity.ts';
import { replacedEntries } from '../entries/replaced.ts';
import type { InPlacePlan } from '../plan/plan.ts';
import { unreadable } from '../plan/planned-schema.ts';
import type { Replacement } from '../plan/replacement.ts';

const namesPerStatement = 500;
const undefinedTable = '42P01';
const dependentObjects = '2BP01';

/**
 * Drops what is made again and what came since. First everything is locked and the schema is read once more, so that nothing goes
 * which the plan has not named; and nothing is dropped with CASCADE, so that the server refuses what the plan has missed.
 * @throws SCHEMA_DRIFT, TABLE_VANISHED when the schema has changed since the plan
 */
export async function dropReplaced(
  session: Session,
  { manifest, scope }: Pick<InPlacePlan, 'manifest' | 'scope'>,
  { today, dropped, statements }: Replacement,
  options: DumpOptions,
): Promise<void> {
  if (dropped.length === 0) return;
  await lockDropped(session, dropped);
  const dumped = await dumpSchemaInTransaction(session.client, options).catch(unreadable);
  const now = { index: indexEntries(dumped.entries), drops: dumped.drops };
  const wanted = replacedEntries(indexEntries(manifest.schema.entries), now, scope).dropped;
  const [before, after] = [formsOf(today.index, dropped), formsOf(now.index, wanted)];
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
    (each) => before.get(each) !== after.get(each),
  );
  if (changed.length > 0) {
    throw new HoldfastError(
      'SCHEMA_DRIFT',
      `The schema changed while the restore was being prepared: ${changed.join(', ')}.`,
      { hint: 'Nothing was changed; restore again.', details: { changed } },
    );
  }
  for (const statement of statements) {
    await session.execute(statement).catch((error: unknown) => {
      if (sqlState(error) !== dependentObjects) throw error;
      const { message, detail } = error as { message: string; detail?: string };
      throw new HoldfastError('SCHEMA_DRIFT', `${message}${detail ? `: ${detail}` : ''}`, {
        cause: error,
        hint: 'Nothing was changed. Something needs what is to be made again that no definition of the database names, such as a temporary view of another session: remove it and restore again, or restore into a new database.',
      });
    });
  }
}

/** Each as it is defined, by what it is. */
function formsOf(index: EntryIndex, entries: readonly SchemaEntry[]): Map<string, string> {
  return new Map(
    entries.map((entry) => [
      describeEntry(entry),
      JSON.stringify([entry.oid, index.definitionOf(entry), entry.ownerSql]),
    ]),
  );
}

async function lockDropped(session: Session, dropped: readonly SchemaEntry[]): Promise<void> {
  const tables = dropped
    .filter(({ kind }) => kind === 'TABLE')
    .map((entry) => quoteName(relationName(entry)))
    .toSorted();
  for (let at = 0; at < tables.length; at += namesPerStatement) {
    const names = tables.slice(at, at + namesPerStatement).map((name) => `only ${name}`);
    await locked(session, `lock table ${names.join(', ')} in access exclusive mode`);
  }
  // LOCK TABLE would lock what a view selects from too, and takes no materialized view. To give it the owner that it has changes
  // nothing, and locks it.
  for (const { kind, ownerSql } of dropped) {
    if (kind === 'VIEW' || kind === 'MATERIALIZED VIEW') await locked(session, ownerSql);
  }
}

async function locked(session: Session, statement: string): Promise<void> {
  await session.execute(statement).catch((error: unknown) => {
    if (sqlState(error) !== undefinedTable) throw error;
    throw new HoldfastError('TABLE_VANISHED', `Dropped or renamed meanwhile: ${(error as Error).message}.`, {
      cause: error,
    });
  });
}

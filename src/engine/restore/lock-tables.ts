import { HoldfastError } from '../../base/errors.ts';
import { withAncestors } from '../../postgres/inspect/dependents.ts';
import { sqlState } from '../../postgres/failure.ts';
import { displayName, quoteName } from '../../postgres/identifiers.ts';
import { readRelations } from '../../postgres/inspect/relations.ts';
import type { Session } from '../../postgres/wire/session.ts';
import type { ManifestTable } from '../../format/manifest.ts';
import { filledName, matchTables, withPartitions } from '../plan/match-tables.ts';
import type { InPlacePlan } from '../plan/plan.ts';
import type { TargetNames } from './target-names.ts';

const namesPerStatement = 500;
const undefinedTable = '42P01';

/**
 * Locks every table of the scope against everyone, then looks again whether it still has the form of the
 * backup: from now on nobody can change it.
 * @returns the tables' oids with those of their ancestors
 */
export async function lockTables(
  session: Session,
  plan: InPlacePlan,
  targetNames: TargetNames,
): Promise<number[]> {
  const { scope, adaptations } = plan;
  const attachments = [...plan.schema.attachments.values()];
  for (const names of inGroups(scope.tables, adaptations)) {
    await session.execute(`lock table ${names} in access exclusive mode`).catch((error: unknown) => {
      if (sqlState(error) !== undefinedTable) throw error;
      throw new HoldfastError(
        'TABLE_VANISHED',
        `Dropped or renamed meanwhile: ${(error as Error).message}.`,
        { cause: error },
      );
    });
  }
  const relations = await readRelations(session);
  const matched = await matchTables(session, relations, scope.tables, attachments, plan);
  const { present, drift } = matched;
  const gone = scope.tables.filter((table) => !present.has(table)).map(displayName);
  if (drift.length > 0 || !sameAdaptations(matched.adaptations, adaptations)) {
    throw new HoldfastError('SCHEMA_DRIFT', `Tables changed while the restore was being prepared.`, {
      hint: 'Nothing was changed; restore again.',
      details: { drift },
    });
  }
  if (gone.length > 0) {
    throw new HoldfastError('TABLE_VANISHED', `No longer there: ${gone.join(', ')}.`, {
      details: { tables: gone },
    });
  }
  await targetNames.requireLocked(present);
  // A partition that is attached only later, and filled by way of its parent, has the parent's triggers then.
  const roots = scope.tables.flatMap(({ loadVia }) => (loadVia ? [quoteName(loadVia)] : []));
  return withAncestors(session, [
    ...[...withPartitions(present, relations)].map((relation) => relation.oid),
    ...relations.filter((relation) => roots.includes(quoteName(relation))).map((relation) => relation.oid),
  ]);
}

type Adaptations = InPlacePlan['adaptations'];

/** Whether the rows still go into the tables as the plan says. */
function sameAdaptations(now: Adaptations, planned: Adaptations): boolean {
  const form = (adaptations: Adaptations): string =>
    JSON.stringify([...adaptations].map(([table, adaptation]) => [quoteName(table), adaptation]));
  return form(now) === form(planned);
}

function* inGroups(tables: readonly ManifestTable[], adaptations: Adaptations): Generator<string> {
  const names = tables.map((table) => filledName(table, adaptations)).toSorted();
  for (let at = 0; at < names.length; at += namesPerStatement) {
    yield names.slice(at, at + namesPerStatement).join(', ');
  }
}

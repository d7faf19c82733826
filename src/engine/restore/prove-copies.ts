import type { SchemaEntry } from '../../format/manifest.ts';
import { readOutsideReferences } from '../../postgres/inspect/new-names.ts';
import { dumpSchemaInTransaction } from '../../postgres/pg-dump/pg-dump.ts';
import { quoteName } from '../../postgres/identifiers.ts';
import type { Session } from '../../postgres/wire/session.ts';
import { describeEntry, type EntryIndex, indexEntries, relationName } from '../entries/identity.ts';
import { scopeEntries } from '../entries/schema-scope.ts';
import { meaningOf } from '../../base/sql-tokens.ts';
import { schemasOf } from '../plan/creation-order.ts';
import { steadyStatement } from '../plan/evaluation.ts';
import type { BesidePlan } from '../plan/plan.ts';
import { liveDumpOptions, unreadable } from '../plan/planned-schema.ts';
import type { Rebuild } from './rebuild.ts';
import { lockTimeoutMs, madeOtherwise, proofFailed } from './schema-proof.ts';

/**
 * Looks at what was made, in the transaction that made it: pg_dump reads exactly the definitions that were planned, no more and
 * no fewer, and by the catalog nothing of them refers to a relation that was not made with them.
 * @throws PROOF_FAILED naming each difference
 */
export async function proveCopies(
  session: Session,
  plan: BesidePlan,
  rebuild: Rebuild,
  signal: AbortSignal,
): Promise<void> {
  const references = await readOutsideReferences(session, plan.relations, plan.types, plan.replacedTypes);
  const problems = references.map(({ object, refersTo }) => `${object} refers to ${refersTo}`);
  const ours = steadyStatement(rebuild.evaluation, 'ours');
  if (ours !== '') await session.execute(ours);
  const { lockTimeoutMs: asked = 0, ...options } = liveDumpOptions(plan.request);
  const schemas = schemasOf(plan.entries);
  if (schemas.length > 0) {
    const dumped = await dumpSchemaInTransaction(session.client, {
      ...options,
      onlySchemas: schemas,
      lockTimeoutMs: Math.max(asked, lockTimeoutMs),
      signal,
    }).catch(unreadable);
    problems.push(...differences(plan, madeEntries(plan, indexEntries(dumped.entries)), rebuild));
  }
  if (problems.length > 0) throw proofFailed(problems);
}

/** What pg_dump sees of what was made. */
function madeEntries({ relations, types }: BesidePlan, index: EntryIndex): SchemaEntry[] {
  const named = new Set([
    ...relations.map((name) => `relation ${quoteName(name)}`),
    ...types.map((name) => `type ${quoteName(name)}`),
  ]);
  const isNamed = (entry: SchemaEntry): boolean => {
    const name = quoteName(relationName(entry));
    if (entry.kind === 'TABLE' || entry.kind === 'SEQUENCE') return named.has(`relation ${name}`);
    return (entry.kind === 'TYPE' || entry.kind === 'DOMAIN') && named.has(`type ${name}`);
  };
  const roots = index.entries.filter(isNamed);
  const tables = roots.filter(({ kind }) => kind === 'TABLE').map(relationName);
  const found = scopeEntries(index, { tables });
  for (const root of roots) found.add(root);
  const own = new Set(roots.filter(({ kind }) => kind !== 'TABLE'));
  for (const entry of index.entries) {
    const ofOne = index.dependencies(entry).some((needed) => own.has(needed));
    if (ofOne && parts.has(entry.kind)) found.add(entry);
  }
  return [...found];
}

/** What belongs to a type or a sequence. */
const parts = new Set(['COMMENT', 'ACL', 'SECURITY LABEL', 'CHECK CONSTRAINT']);

function differences(
  { entries, exact, request }: BesidePlan,
  made: readonly SchemaEntry[],
  rebuild: Rebuild,
): string[] {
  const form = ({ kind, sql, ownerSql }: SchemaEntry): string => {
    if (!exact) return kind;
    return `${kind} ${meaningOf(sql)} ${request.owners ? meaningOf(ownerSql) : ''}`;
  };
  const planned = entries.filter((entry) => entry.sql !== '' && !madeOtherwise(entry, rebuild));
  const unplanned = Map.groupBy(made, form);
  const missing = planned.filter((entry) => unplanned.get(form(entry))?.pop() === undefined);
  const more = [...unplanned.values()].flat();
  const tolerated = rebuild.notValid.length + rebuild.leftOut.length > 0;
  return [
    ...missing.map((entry) => `${describeEntry(entry)} is missing or not defined as in the backup`),
    ...(tolerated ? [] : more.map((entry) => `${describeEntry(entry)} was not planned`)),
  ];
}

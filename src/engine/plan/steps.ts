import type { PlannedStep } from '../../contract/restore-steps.ts';
import type { SchemaEntry } from '../../format/manifest.ts';
import { displayName } from '../../postgres/identifiers.ts';
import { describeEntry } from '../entries/identity.ts';
import { inLoadOrder } from '../entries/load-order.ts';
import { aroundRows, isLate } from '../entries/sql.ts';
import type { BesidePlan, InPlacePlan, NewDatabasePlan, Plan } from './plan.ts';

/** What a restore does, in its order; a step with nothing to do is left out. */
export function planSteps(plan: Plan): PlannedStep[] {
  const steps = stepsOf(plan);
  const rows = plan.request.content !== 'schema';
  return steps.filter(({ does, what }) => what.length > 0 && (rows || (does !== 'load' && does !== 'empty')));
}

function stepsOf(plan: Plan): PlannedStep[] {
  if (plan.mode === 'in-place') return inPlace(plan);
  return plan.mode === 'beside' ? beside(plan) : newDatabase(plan);
}

function inPlace({ order, locks, foreignKeys, scope, manifest, schema }: InPlacePlan): PlannedStep[] {
  const keys = foreignKeys.map(({ table, name }) => `${displayName(table)} ${name}`);
  const lock: PlannedStep = { does: 'lock', what: locks.map(displayName) };
  const { replacement } = schema;
  const create: PlannedStep = { does: 'create', what: described(order.beforeData) };
  return [
    ...(replacement
      ? [lock, { does: 'drop' as const, what: described(replacement.dropped.toReversed()) }, create]
      : [create, lock]),
    { does: 'suspend', what: keys },
    { does: 'empty', what: scope.tables.map(displayName) },
    { does: 'create', what: described(order.beforeRows) },
    ...rows({ scope, manifest }),
    { does: 'create', what: described(order.afterData) },
    { does: 'add again', what: keys },
    { does: 'create', what: described([...order.afterForeignKeys, ...order.last]) },
  ];
}

function newDatabase({ database, entries, scope, manifest }: NewDatabasePlan): PlannedStep[] {
  const early = entries.filter((entry) => !isLate(entry));
  return [
    { does: 'create', what: [`DATABASE ${database}`] },
    { does: 'create', what: described(early.filter(({ section }) => section === 'pre-data')) },
    ...rows({ scope, manifest }),
    { does: 'create', what: described(early.filter(({ section }) => section === 'post-data')) },
    { does: 'create', what: described(entries.filter(isLate)) },
  ];
}

function beside({ newSchema, entries, copies, sequences, manifest, scope }: BesidePlan): PlannedStep[] {
  const { before, after } = aroundRows(entries);
  const loaded = inLoadOrder(manifest, scope.tables).flatMap((table) => copies.get(table) ?? []);
  return [
    { does: 'create', what: [...(newSchema === null ? [] : [`SCHEMA ${newSchema}`]), ...described(before)] },
    { does: 'load', what: loaded.map(displayName) },
    { does: 'set', what: sequences.map(displayName) },
    { does: 'create', what: described(after) },
  ];
}

function rows({ scope, manifest }: Pick<Plan, 'scope' | 'manifest'>): PlannedStep[] {
  const objects = scope.largeObjects ? manifest.largeObjects.objects.length : 0;
  return [
    { does: 'load', what: inLoadOrder(manifest, scope.tables).map(displayName) },
    { does: 'load', what: objects === 0 ? [] : [`${objects} large objects`] },
    { does: 'set', what: scope.sequences.map(displayName) },
  ];
}

const described = (entries: readonly SchemaEntry[]): string[] => entries.map(describeEntry);

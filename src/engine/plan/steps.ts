import type { PlannedStep } from '../../contract/restore-steps.ts';
import type { SchemaEntry } from '../../format/manifest.ts';
import { displayName } from '../../postgres/identifiers.ts';
import { describeEntry } from '../entries/identity.ts';
import { inLoadOrder } from '../entries/load-order.ts';
import { isLate } from '../entries/sql.ts';
import type { InPlacePlan, NewDatabasePlan, Plan } from './plan.ts';

/** What a restore does, in its order; a step with nothing to do is left out. */
export function planSteps(plan: Plan): PlannedStep[] {
  const steps = plan.mode === 'in-place' ? inPlace(plan) : newDatabase(plan);
  return steps.filter(({ what }) => what.length > 0);
}

function inPlace({ order, locks, foreignKeys, scope, manifest }: InPlacePlan): PlannedStep[] {
  const keys = foreignKeys.map(({ table, name }) => `${displayName(table)} ${name}`);
  return [
    { does: 'create', what: described(order.beforeData) },
    { does: 'lock', what: locks.map(displayName) },
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

function rows({ scope, manifest }: Pick<Plan, 'scope' | 'manifest'>): PlannedStep[] {
  const objects = scope.largeObjects ? manifest.largeObjects.objects.length : 0;
  return [
    { does: 'load', what: inLoadOrder(manifest, scope.tables).map(displayName) },
    { does: 'load', what: objects === 0 ? [] : [`${objects} large objects`] },
    { does: 'set', what: scope.sequences.map(displayName) },
  ];
}

const described = (entries: readonly SchemaEntry[]): string[] => entries.map(describeEntry);

import type { AdaptedTable } from '../../contract/adapt.ts';
import type { RestorePlan, RestoreReport } from '../../contract/restore.ts';
import { displayName } from '../../postgres/identifiers.ts';
import { describeEntry } from '../entries/identity.ts';
import type { BesidePlan, InPlacePlan, Plan } from './plan.ts';
import { createdEntries, describeReplacement } from './replacement.ts';
import { refusalError, type Refusal } from './refusals.ts';
import { planSteps } from './steps.ts';
import { planStatements } from './statements.ts';

/** A plan in the words of the API. @param statements whether it has the SQL that would be run */
export function describePlan(plan: Plan, { statements = false } = {}): RestorePlan {
  return {
    target: plan.request.target,
    refusals: plan.refusals.map(refusalAnswer),
    otherDatabase: null,
    ...(statements ? { statements: planStatements(plan) } : {}),
    tables: plan.tables,
    drift: [],
    adapted: [],
    missingRoles: plan.missingRoles,
    missingRoleUses: plan.missingRoleUses,
    missingTablespaces: plan.missingTablespaces,
    extensions: plan.mode === 'new-database' ? plan.extensions : [],
    missingExtensions: plan.extensionProblems.map(({ name }) => name),
    extensionProblems: plan.extensionProblems.map(({ name, problem }) => `${name}: ${problem}`),
    create: [],
    leftOut: leftOut(plan),
    notMade: notMade(plan),
    differs: [],
    extra: [],
    foreignKeys: [],
    locks: [],
    rawBytes: plan.rawBytes,
    steps: planSteps(plan),
    ...(plan.mode === 'in-place' ? ofLiveDatabase(plan) : {}),
    ...(plan.mode === 'beside' ? ofCopies(plan) : {}),
    warnings: plan.warnings,
  };
}

/** Its details are in the plan itself. */
export function refusalAnswer(refusal: Refusal): RestorePlan['refusals'][number] {
  const { details: _, ...rest } = refusalError(refusal).toJSON();
  return rest;
}

function ofLiveDatabase(plan: InPlacePlan): Partial<RestorePlan> {
  const { changes } = plan.schema;
  return {
    otherDatabase: plan.otherDatabase,
    ...(plan.undo === null ? {} : { undo: plan.undo }),
    drift: plan.drift,
    adapted: adaptedTables(plan),
    ...replacedParts(plan),
    create: createdEntries(plan.schema).map(describeEntry),
    differs: changes.differs.map(({ entry, difference }) => `${describeEntry(entry)} ${difference}`),
    extra: changes.extra.map(describeEntry),
    foreignKeys: plan.foreignKeys.map(({ table, name }) => `${displayName(table)} ${name}`),
    locks: plan.locks.map(displayName),
  };
}

function ofCopies({ newSchema, entries, differs, removal, otherDatabase }: BesidePlan): Partial<RestorePlan> {
  return {
    otherDatabase,
    create: [...(newSchema === null ? [] : [`SCHEMA ${newSchema}`]), ...entries.map(describeEntry)],
    differs,
    removal,
  };
}

function replacedParts({
  schema,
  replacedDrift,
  lost,
}: InPlacePlan): Pick<RestorePlan, 'replaced' | 'remade' | 'lost'> {
  return schema.replacement ? { ...describeReplacement(schema.replacement, replacedDrift), lost } : {};
}

/** The same for the report. */
export function replacedObjects(plan: InPlacePlan): Pick<RestoreReport, 'replaced' | 'remade' | 'lost'> {
  const { replaced, remade, lost } = replacedParts(plan);
  if (!replaced || !remade || !lost) return {};
  return { replaced: replaced.map(({ what }) => what), remade, lost: lost.map(({ what }) => what) };
}

/** Tables of another form than in the backup, and what becomes of the rows. */
export function adaptedTables({ adaptations }: InPlacePlan): AdaptedTable[] {
  return [...adaptations].map(([table, { changes }]) => ({ table: displayName(table), changes }));
}

/** What the backup has and the restore does not make, with the reasons. */
export function leftOut(plan: Plan): string[] {
  return [
    ...plan.moved,
    ...notMade(plan).map(({ what, why }) => `${what}: ${why}`),
    ...(plan.mode === 'new-database' ? plan.properties.leftOut : []),
  ];
}

/** The objects among them. */
function notMade(plan: Plan): RestorePlan['notMade'] {
  const { manifest, scope } = plan;
  const needingOurs = scope.whole ? manifest.schema.leftOut : [];
  const changes = plan.mode === 'in-place' ? plan.schema.changes.leftOut : [];
  return [
    ...needingOurs.map((object) => ({ what: describeEntry(object), why: "needs Holdfast's own tables" })),
    ...[...scope.leftOut.entries].map(([entry, why]) => ({ what: describeEntry(entry), why })),
    ...changes
      .filter(({ entry }) => !scope.leftOut.entries.has(entry))
      .map(({ entry, reason }) => ({ what: describeEntry(entry), why: reason })),
    ...(plan.mode === 'beside' ? plan.notMade : []),
  ];
}

import { relationName } from '../entries/identity.ts';
import type { Drift } from '../../contract/drift.ts';
import type { RestoreContent } from '../../contract/restore-depth.ts';
import type { Manifest } from '../../format/manifest.ts';
import { withAncestors } from '../../postgres/inspect/dependents.ts';
import { readDatabaseIdentity } from '../../postgres/database-identity.ts';
import { readForeignKeys } from '../../postgres/inspect/constraints.ts';
import { displayName, quoteName, type QualifiedName } from '../../postgres/identifiers.ts';
import { readRelations } from '../../postgres/inspect/relations.ts';
import type { Session } from '../../postgres/wire/session.ts';
import { neededRoles } from '../entries/needed-roles.ts';
import { roleUses } from '../entries/role-uses.ts';
import { tablesLeftOut } from '../entries/schema-changes.ts';
import { withDefinitions, withFreeSequences, type RestoreScope } from '../entries/scope.ts';
import { tablespacesOf } from '../entries/tablespaces.ts';
import { misfittingEncoding } from '../text-encoding.ts';
import { bookkeepingWarnings, replacedFormWarnings } from './bookkeeping.ts';
import { creationOrder } from './creation-order.ts';
import { extensionProblems } from './extension-problems.ts';
import { lockedRelations } from './locked-relations.ts';
import { lostObjects } from './lost-objects.ts';
import type { LiveSchema } from './live-schema.ts';
import type { PlanInput } from './input.ts';
import { matchTables, withPartitions, type MatchedTables } from './match-tables.ts';
import { otherDatabase } from './other-database.ts';
import { rawBytesOf, type InPlacePlan } from './plan.ts';
import { freeSequences, planSchema, type PlannedSchema } from './planned-schema.ts';
import { refusalsOf } from './refusals.ts';
import {
  droppedRelations,
  replacesTables,
  splitReplaced,
  unreplaced,
  withoutDropped,
} from './replacement.ts';
import { tablePlans } from './table-plans.ts';
import type { Adapted } from './target-differences.ts';
import { planUndo } from './written-since.ts';
import { databaseDiffers, inPlaceWarnings, warningsFor } from './warnings.ts';

/** Plans to replace the rows of live tables. In the transaction of `session`. */
export async function planInPlace(
  session: Session,
  input: PlanInput & { liveSchema: LiveSchema },
  asked: RestoreScope,
  { missingTablespaces: absent, moved }: Adapted,
): Promise<InPlacePlan> {
  const { manifest, request } = input;
  const replaces = request.onDrift === 'replace';
  const covered = replaces ? withDefinitions(asked, manifest, request.undone?.objects ?? []) : asked;
  const relations = await readRelations(session);
  const scope = request.content === 'schema' ? withMissingTables(covered, relations) : covered;
  const adapts = request.onDrift === 'adapt';
  const before = adapts ? await matchTables(session, relations, scope.tables, [], input) : undefined;
  const schema = await planSchema(session, input, covered, before && keptTables(manifest, before));
  const attachments = [...schema.attachments.values()];
  const matched = await matchTables(session, relations, scope.tables, attachments, input);
  const { present, adaptations, drift: differences } = matched;
  const [replacedDrift, others] = splitReplaced(differences, schema);
  const drift = [...others, ...uncreatable(schema, scope, present), ...unreplaced(schema)];
  const filled = [...withPartitions(present, relations)];
  const oids = await withAncestors(
    session,
    filled.map((relation) => relation.oid),
  );
  const created = schema.changes.create;
  const live = await readDatabaseIdentity(session);
  const problems = await extensionProblems(
    session,
    created.filter(({ kind }) => kind === 'EXTENSION').map(({ name }) => name),
    live.database,
  );
  const roles = neededRoles(manifest, created, { owners: request.owners, objects: scope.largeObjects });
  const missingRoles = roles.filter((name) => schema.role.missingRoles.includes(name)).toSorted();
  const missingTablespaces = tablespacesOf(created).filter((name) => absent.includes(name));
  const lost = await lostObjects(session, schema.replacement, replacedDrift, { present, relations });
  const tables = [...(await tablePlans(session, scope.tables, present, relations)), ...lost.tables];
  const other = otherDatabase(manifest.source, live);
  return {
    mode: 'in-place',
    manifest,
    request,
    scope: withFreeSequences(scope, manifest, freeSequences(schema, scope)),
    schema,
    order: creationOrder(schema, scope),
    rawBytes: rawBytesOf(scope.tables),
    tables,
    drift,
    adaptations,
    replacedDrift,
    lost: lost.objects,
    missingRoles,
    missingRoleUses: roleUses(manifest, created, missingRoles, request),
    missingTablespaces,
    moved: created.flatMap(({ id }) => moved.get(id) ?? []),
    extensionProblems: problems,
    otherDatabase: other,
    undo: request.undone ? await planUndo(session, request.undone, present) : null,
    foreignKeys: withoutDropped(await readForeignKeys(session, oids), schema),
    locks: await lockedRelations(session, [...filled, ...droppedRelations(schema)], oids),
    refusals: refusalsOf({
      encoding: await misfittingEncoding(session, manifest),
      lacking: input.lacking,
      otherDatabase: request.allowOtherDatabase ? null : other,
      extensionProblems: problems,
      missingRoles,
      missingTablespaces,
      drift,
      onDrift: request.onDrift,
      lost: request.dropNew ? [] : lost.objects,
    }),
    warnings: [
      ...(other === null ? [] : [other]),
      ...warningsFor(manifest.warnings, scope, request.target),
      ...schema.warnings,
      ...contentWarnings(request.content, schema),
      ...[...adaptations].flatMap(([table, { warnings }]) =>
        warnings.map((warning) => `${displayName(table)}: ${warning}`),
      ),
      ...(replacesTables(schema)
        ? replacedFormWarnings(manifest.tables, scope.tables)
        : bookkeepingWarnings(scope.tables, tables, hasOtherTables(schema, matched))),
      ...(scope.whole ? await databaseDiffers(session, manifest) : []),
      ...(await inPlaceWarnings(session, oids)),
    ],
  };
}

/** Tables that are there are neither emptied nor filled by definitions alone. */
function withMissingTables(scope: RestoreScope, relations: readonly QualifiedName[]): RestoreScope {
  const there = new Set(relations.map(quoteName));
  return { ...scope, tables: scope.tables.filter((table) => !there.has(quoteName(table))) };
}

function contentWarnings(content: RestoreContent | undefined, { changes }: PlannedSchema): string[] {
  if (content !== 'schema') return [];
  return [
    changes.create.length === 0
      ? 'Nothing that it covers is missing, so there is nothing to do.'
      : 'Only what is missing is created, without rows; tables that are there keep their rows.',
  ];
}

/** Entries of tables that are there in another form, and of what they are part of: their definition stays as it is today. */
function keptTables(
  { schema: { entries } }: Manifest,
  { present, drift, adaptations }: MatchedTables,
): ReadonlySet<number> {
  const drifting = new Set(drift.map(({ table }) => table));
  const kept = [...present.keys()].filter(
    (table) => adaptations.has(table) || drifting.has(displayName(table)),
  );
  const names = new Set(kept.flatMap((table) => [table, ...table.ancestors]).map(quoteName));
  const tables = entries.filter(
    (entry) => entry.kind === 'TABLE' && names.has(quoteName(relationName(entry))),
  );
  return new Set(tables.map(({ id }) => id));
}

/** Whether tables have another form than in the backup, or the backup does not have them. */
function hasOtherTables({ changes }: PlannedSchema, { adaptations, drift }: MatchedTables): boolean {
  const isTable = ({ kind }: { kind: string }): boolean => kind === 'TABLE';
  const differing = changes.differs.some(({ entry }) => isTable(entry));
  return differing || changes.extra.some(isTable) || adaptations.size > 0 || drift.length > 0;
}

/** Tables of the scope that are missing and cannot be created. */
function uncreatable(
  { changes }: PlannedSchema,
  scope: RestoreScope,
  present: Pick<ReadonlyMap<unknown, unknown>, 'has'>,
): Drift[] {
  return tablesLeftOut(changes, scope)
    .filter(({ table }) => !present.has(table))
    .map(({ table, reason }) => ({
      table: displayName(table),
      difference: `is missing and cannot be created, because ${reason}`,
    }));
}

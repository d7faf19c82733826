import { HoldfastError } from '../../base/errors.ts';
import type { TablePlan } from '../../contract/restore.ts';
import type { Manifest, ManifestTable, SchemaEntry } from '../../format/manifest.ts';
import { readDatabaseIdentity } from '../../postgres/database-identity.ts';
import { displayName, quoteIdentifier, quoteName, type QualifiedName } from '../../postgres/identifiers.ts';
import { readNames, readTargetSchemas } from '../../postgres/inspect/new-names.ts';
import type { Session } from '../../postgres/wire/session.ts';
import { chooseEntries } from '../beside/choose-entries.ts';
import { chooseNames, nameOf, type ChosenNames } from '../beside/names.ts';
import { renameEntry } from '../beside/rename.ts';
import { describeEntry, type EntryIndex, indexEntries, relationName } from '../entries/identity.ts';
import { neededRoles } from '../entries/needed-roles.ts';
import { roleUses } from '../entries/role-uses.ts';
import type { RestoreScope } from '../entries/scope.ts';
import { selectByPattern } from '../entries/selection.ts';
import { tablespacesOf } from '../entries/tablespaces.ts';
import type { RestoreRequest } from '../requests.ts';
import { misfittingEncoding } from '../text-encoding.ts';
import type { PlanInput } from './input.ts';
import type { LiveSchema } from './live-schema.ts';
import { otherDatabase } from './other-database.ts';
import { rawBytesOf, type BesidePlan } from './plan.ts';
import { isExact, liveDumpOptions, unreadable } from './planned-schema.ts';
import { refusalsOf } from './refusals.ts';
import { readRestoringRole, whyNotCreated } from './restoring-role.ts';
import type { Adapted } from './target-differences.ts';
import { inPlaceWarnings, warningsFor } from './warnings.ts';
import { besideRefusals, besideWarnings, publishedWarnings } from './beside-words.ts';

/** Plans to make tables of a backup beside the live ones. In the transaction of `session`. */
export async function planBeside(
  session: Session,
  { live: database, liveSchema, manifest, request, lacking, signal }: PlanInput & { liveSchema: LiveSchema },
  asked: RestoreScope,
  { missingTablespaces: absent, moved }: Adapted,
): Promise<BesidePlan> {
  const scope = {
    ...asked,
    tables: asked.tables.filter(({ kind }) => kind === 'table'),
    largeObjects: false,
  };
  const dumped = await liveSchema
    .read(session, database, { ...liveDumpOptions(request), ...(signal ? { signal } : {}) })
    .catch(unreadable);
  const role = await readRestoringRole(session, manifest);
  const backup = indexEntries(manifest.schema.entries);
  const chosen = chooseEntries(backup, indexEntries(dumped.entries), {
    owners: request.owners,
    isChosen: chosenTables(manifest, scope),
    forbidden: (entry) =>
      scope.leftOut.entries.get(entry) ??
      whyNotCreated(
        manifest,
        entry,
        { ...role, closedSchemas: [] },
        { owners: request.owners, alone: false },
      ),
  });
  const schemas = targetSchemas(request, chosen.made);
  const targets = await readTargetSchemas(session, schemas);
  const names = chooseNames(
    chosen.made,
    { intoSchema: request.intoSchema ?? null, renamed: renamedTable(request, scope) },
    await takenNames(session, schemas),
  );
  const renamed = chosen.made.map((entry) =>
    renameEntry(entry, names, { ofKey: isOfKey(backup, entry), relation: backup.relationOf(entry) }),
  );
  const newSchema = targets.find(({ exists }) => !exists)?.name ?? null;
  const copies = new Map(scope.tables.flatMap((table) => copyOf(table, names)));
  const sequences = manifest.sequences.flatMap((sequence) => {
    const other = names.find('relation', sequence);
    return other ? [{ ...sequence, ...other }] : [];
  });
  const made = newNames(chosen.made, names);
  const live = await readDatabaseIdentity(session);
  const other = otherDatabase(manifest.source, live);
  const missingRoles = neededRoles(manifest, chosen.made, { owners: request.owners, objects: false })
    .filter((name) => role.missingRoles.includes(name))
    .toSorted();
  const missingTablespaces = tablespacesOf(chosen.made).filter((name) => absent.includes(name));
  return {
    mode: 'beside',
    manifest,
    request,
    scope,
    newSchema,
    entries: renamed.map(({ entry }) => entry),
    copies,
    sequences,
    ...made,
    rawBytes: rawBytesOf(scope.tables),
    tables: [...copies].map(tablePlan),
    notMade: [
      ...chosen.leftOut
        .filter(({ entry }) => !scope.leftOut.entries.has(entry))
        .map(({ entry, reason }) => ({ what: describeEntry(entry), why: reason })),
      ...asked.tables
        .filter(({ kind }) => kind !== 'table')
        .map((table) => ({
          what: `TABLE ${displayName(table)}`,
          why: 'it is of an extension, and only there means what it says',
        })),
    ],
    differs: chosen.differs.map(
      (entry) => `${describeEntry(entry)} is defined differently; that of today is used`,
    ),
    exact: isExact(manifest, dumped, role),
    removal: removalOf(newSchema, chosen.made, names),
    otherDatabase: other,
    missingRoles,
    missingRoleUses: roleUses(manifest, chosen.made, missingRoles, request),
    missingTablespaces,
    moved: chosen.made.flatMap(({ id }) => moved.get(id) ?? []),
    extensionProblems: [],
    refusals: [
      ...besideRefusals(request, names, chosen, targets),
      ...refusalsOf({
        encoding: await misfittingEncoding(session, manifest),
        lacking,
        extensionProblems: [],
        missingRoles,
        missingTablespaces,
      }),
    ],
    warnings: [
      ...(other === null ? [] : [other]),
      ...warningsFor(manifest.warnings, { ...scope, whole: false }, request.target),
      ...besideWarnings(
        asked,
        manifest,
        chosen,
        renamed.flatMap(({ suspects }) => suspects),
      ),
      ...(await publishedWarnings(session, schemas)),
      ...(await inPlaceWarnings(session, [])),
    ],
  };
}

function targetSchemas({ intoSchema }: RestoreRequest, made: readonly SchemaEntry[]): string[] {
  return intoSchema ? [intoSchema] : [...new Set(made.flatMap(({ schema }) => schema ?? []))];
}

/** Tables of the scope, and what all of whose partitions are in it. */
function chosenTables(manifest: Manifest, scope: RestoreScope): (entry: SchemaEntry) => boolean {
  if (scope.whole) return (entry) => !scope.leftOut.entries.has(entry);
  const covered = new Set(scope.tables);
  const others = manifest.tables.filter((table) => !covered.has(table));
  const notWhole = new Set(others.flatMap((table) => [table, ...table.ancestors]).map(quoteName));
  const whole = new Set(scope.tables.flatMap((table) => [table, ...table.ancestors]).map(quoteName));
  return (entry) =>
    whole.has(quoteName(relationName(entry))) && !notWhole.has(quoteName(relationName(entry)));
}

/** @throws INVALID_REQUEST unless it is one table, with what is part of it */
function renamedTable(
  { as, tables }: RestoreRequest,
  scope: RestoreScope,
): { table: QualifiedName; as: string } | null {
  if (as === null || as === undefined) return null;
  const candidates = new Map(
    scope.tables
      .flatMap((table) => [table, ...table.ancestors])
      .map(({ schema, name }) => [quoteName({ schema, name }), { schema, name }]),
  );
  const selected = [...selectByPattern<QualifiedName>(tables, [...candidates.values()])];
  if (selected.length === 1) return { table: selected[0]!, as };
  throw new HoldfastError(
    'INVALID_REQUEST',
    `as: renames one table, and ${tables.join(', ')} names ${selected.map(displayName).join(', ')}.`,
  );
}

async function takenNames(
  session: Session,
  schemas: readonly string[],
): Promise<{ has: (space: string, name: QualifiedName) => boolean }> {
  const key = (space: string, name: QualifiedName): string => `${space} ${quoteName(name)}`;
  const taken = new Set((await readNames(session, schemas)).map(({ space, ...name }) => key(space, name)));
  return { has: (space, name) => taken.has(key(space, name)) };
}

/** Whether an entry is a constraint with an index, or the comment on one. */
function isOfKey(backup: EntryIndex, entry: SchemaEntry): boolean {
  if (entry.kind === 'CONSTRAINT') return true;
  return entry.kind === 'COMMENT' && backup.dependencies(entry).some(({ kind }) => kind === 'CONSTRAINT');
}

function copyOf(table: ManifestTable, names: ChosenNames): [ManifestTable, ManifestTable][] {
  const other = names.find('relation', table);
  if (!other) return [];
  const via = table.loadVia && (names.find('relation', table.loadVia) ?? null);
  return [[table, { ...table, ...other, loadVia: via }]];
}

function tablePlan([table, copy]: [ManifestTable, ManifestTable]): TablePlan {
  return {
    table: displayName(copy),
    copyOf: displayName(table),
    action: 'create',
    rowsInBackup: table.rows,
    rowsNow: null,
    rowsNowIsEstimate: false,
  };
}

/** What is made that other things can refer to. */
function newNames(
  made: readonly SchemaEntry[],
  names: ChosenNames,
): Pick<BesidePlan, 'relations' | 'types' | 'replacedTypes'> {
  const isType = ({ kind }: SchemaEntry): boolean => kind === 'TYPE' || kind === 'DOMAIN';
  const found = (entries: readonly SchemaEntry[], space: 'relation' | 'type'): QualifiedName[] =>
    entries.flatMap((entry) => names.find(space, nameOf(entry)!) ?? []);
  const types = made.filter(isType);
  const relations = made.filter(({ kind }) => kind === 'TABLE' || kind === 'SEQUENCE');
  const newTypes = found(types, 'type');
  const stay = new Set(newTypes.map(quoteName));
  return {
    relations: found(relations, 'relation'),
    types: newTypes,
    replacedTypes: types.map(relationName).filter((type) => !stay.has(quoteName(type))),
  };
}

function removalOf(newSchema: string | null, made: readonly SchemaEntry[], names: ChosenNames): string {
  if (newSchema !== null) return `DROP SCHEMA ${quoteIdentifier(newSchema)} CASCADE;`;
  const drop = (what: string, kinds: readonly string[], space: 'relation' | 'type'): string => {
    const dropped = made
      .filter(({ kind }) => kinds.includes(kind))
      .flatMap((entry) => names.find(space, nameOf(entry)!) ?? []);
    return dropped.length === 0 ? '' : `DROP ${what} ${dropped.map(quoteName).join(', ')};`;
  };
  return [
    drop('TABLE', ['TABLE'], 'relation'),
    // Those of columns are gone with the tables.
    drop('SEQUENCE IF EXISTS', ['SEQUENCE'], 'relation'),
    drop('TYPE', ['TYPE', 'DOMAIN'], 'type'),
  ]
    .filter((statement) => statement !== '')
    .join(' ');
}

import { HoldfastError } from '../../base/errors.ts';
import type { Manifest, SchemaEntry } from '../../format/manifest.ts';
import type { DumpedSchema, DumpOptions } from '../../postgres/pg-dump/pg-dump.ts';
import type { Session } from '../../postgres/wire/session.ts';
import { attachEnds } from '../entries/attach-order.ts';
import type { Attachment } from './drift.ts';
import { entriesOfToday } from '../entries/entries-of-today.ts';
import { indexEntries, relationName, type EntryIndex } from '../entries/identity.ts';
import type { RestoreRequest } from '../requests.ts';
import type { LiveSchema } from './live-schema.ts';
import type { PlanInput } from './input.ts';
import { planReplacement, type Replacement } from './replacement.ts';
import type { FreeSequences, RestoreScope } from '../entries/scope.ts';
import { readRestoringRole, whyNotCreated, type RestoringRole } from './restoring-role.ts';
import { schemaChanges, type SchemaChanges } from '../entries/schema-changes.ts';
import { scopeEntries } from '../entries/schema-scope.ts';
import { repairEntries } from '../entries/table-repairs.ts';

/** The schema of a backup compared with the live one, and what a restore in place changes. */
export interface PlannedSchema {
  backup: EntryIndex;
  /** At the time of the plan, less what is dropped. */
  live: EntryIndex;
  /** What is dropped to be made again; null unless definitions are replaced. */
  replacement: Replacement | null;
  changes: SchemaChanges;
  /** Tables that are attached as partitions, by the entry that attaches them. */
  attachments: ReadonlyMap<SchemaEntry, Attachment>;
  /** Whether the same pg_dump read the same server: what was created must read exactly as in the backup. */
  exact: boolean;
  /** The restoring role. */
  role: RestoringRole;
  warnings: string[];
}

/**
 * Compares the live schema, as `session` sees it.
 * @param keptTables ids of entries of tables whose definition stays as it is today
 * @throws RESTORE_FAILED and what dumpSchema throws
 */
export async function planSchema(
  session: Session,
  { live: database, liveSchema, manifest, request, signal }: PlanInput & { liveSchema: LiveSchema },
  scope: RestoreScope,
  keptTables: ReadonlySet<number> = new Set(),
): Promise<PlannedSchema> {
  const dumped = await liveSchema
    .read(session, database, { ...liveDumpOptions(request), ...(signal ? { signal } : {}) })
    .catch(unreadable);
  const today = { index: indexEntries(dumped.entries), drops: dumped.drops };
  const then = indexEntries(manifest.schema.entries);
  const replacement =
    request.onDrift === 'replace' ? await planReplacement(session, manifest, today, then, scope) : null;
  const backup = replacement?.target.index ?? then;
  const live = replacement ? without(today.index, replacement.dropped) : today.index;
  const target = { ...manifest, schema: { ...manifest.schema, entries: [...backup.entries] } };
  const role = await readRestoringRole(session, target);
  const { from, to } = versions(manifest, dumped, role);
  const comparable = major(from.server) === major(to.server) && dumperMajor(from) === dumperMajor(to);
  const onlyRows = request.content === 'data';
  const ofToday = entriesOfToday(backup, keptTables, manifest.sequences);
  const changes = schemaChanges(backup, live, scope, {
    owners: request.owners,
    comparable,
    keeps: ({ id }) => onlyRows || keptTables.has(id),
    ofToday,
    ...(replacement ? { returning: replacement.target.returning } : {}),
    forbidden: (entry, alone) =>
      (onlyRows ? 'only rows are restored (content "data")' : undefined) ??
      scope.leftOut.entries.get(entry) ??
      whyNotCreated(target, entry, role, { owners: request.owners, alone }),
  });
  // Dump ids are positive.
  changes.create.push(...repairEntries(changes.repairs, -1));
  if (!role.publicSchema) changes.create = withPublicSchema(changes.create);
  return {
    backup,
    live,
    replacement,
    changes,
    attachments: attachmentsOf(backup, changes.create),
    role,
    exact: isExact(manifest, dumped, role),
    warnings: [
      ...dumped.messages.map((message) => `While reading the live schema, pg_dump said: ${message}`),
      ...changes.create
        .filter(({ kind }) => kind === 'SUBSCRIPTION')
        .map(
          ({ name }) =>
            `Subscription ${name} comes back disabled, as pg_dump writes it: look at its slot, then ALTER SUBSCRIPTION … ENABLE.`,
        ),
      ...(comparable
        ? []
        : [
            `The backup is of PostgreSQL ${major(from.server)} by ${from.dumper}, the database is ${major(to.server)} and read by ${to.dumper}: what is in both is not compared by its definition.`,
          ]),
    ],
  };
}

function without(index: EntryIndex, dropped: readonly SchemaEntry[]): EntryIndex {
  const gone = new Set(dropped);
  return indexEntries(index.entries.filter((entry) => !gone.has(entry)));
}

/** The error of a dump as that of a restore. @throws always */
export function unreadable(error: unknown): never {
  if (!(error instanceof HoldfastError) || error.code !== 'BACKUP_FAILED') throw error;
  throw new HoldfastError('RESTORE_FAILED', `The live schema could not be read: ${error.message}`, {
    cause: error,
    hint: 'Nothing was changed; correct the cause named in the message and restore again.',
  });
}

/** How the live schema is read, for a plan and for its proof. */
export function liveDumpOptions(request: RestoreRequest): DumpOptions {
  return {
    excludeTables: request.own.tables,
    excludeSchemas: request.own.schemas,
    lockTimeoutMs: request.lockTimeoutMs,
  };
}

interface Versions {
  dumper: string;
  server: number;
}

function versions(
  { schema, source }: Manifest,
  { dumper }: Pick<DumpedSchema, 'dumper'>,
  { server }: RestoringRole,
): { from: Versions; to: Versions } {
  return {
    from: { dumper: schema.dumper, server: source.serverVersionNum },
    to: { dumper, server },
  };
}

/** Whether the same pg_dump reads the same server as when the backup was taken. */
export function isExact(
  manifest: Manifest,
  dumped: Pick<DumpedSchema, 'dumper'>,
  role: RestoringRole,
): boolean {
  const { from, to } = versions(manifest, dumped, role);
  return from.server === to.server && dumperVersion(from.dumper) === dumperVersion(to.dumper);
}

const major = (serverVersionNum: number): number => Math.floor(serverVersionNum / 10_000);
/** `pg_dump 18.3 (wasm)` → `18.3`: native or not, the same version writes the same. */
const dumperVersion = (dumper: string): string => dumper.split(' ')[1] ?? dumper;
const dumperMajor = ({ dumper }: { dumper: string }): number => Number.parseInt(dumperVersion(dumper), 10);

/** Which partitions the created entries attach, and to what. */
function attachmentsOf(index: EntryIndex, create: readonly SchemaEntry[]): Map<SchemaEntry, Attachment> {
  const found = new Map<SchemaEntry, Attachment>();
  for (const entry of create) {
    const ends = entry.kind === 'TABLE ATTACH' ? attachEnds(index, entry) : undefined;
    if (ends) found.set(entry, { child: relationName(ends.child), parent: relationName(ends.parent) });
  }
  return found;
}

/** Sequences that are created, and those that the chosen tables or their defaults refer to. */
export function freeSequences({ backup, changes }: PlannedSchema, scope: RestoreScope): FreeSequences {
  const isSequence = ({ kind }: SchemaEntry): boolean => kind === 'SEQUENCE';
  const own = [...scopeEntries(backup, scope)].filter(({ kind }) => kind === 'TABLE' || kind === 'DEFAULT');
  return {
    created: changes.create.filter(isSequence).map(relationName),
    used: own.flatMap((entry) => backup.dependencies(entry).filter(isSequence).map(relationName)),
  };
}

/**
 * pg_dump assumes a schema "public" with the owner and the privileges that PostgreSQL 15 and later give it. If it was
 * dropped and something in it is restored, it is created like that.
 */
function withPublicSchema(create: readonly SchemaEntry[]): SchemaEntry[] {
  const own = create.find((entry) => entry.kind === 'SCHEMA' && entry.name === 'public');
  if (!own && !create.some((entry) => entry.schema === 'public')) return [...create];
  const sql = [
    'CREATE SCHEMA public;',
    "COMMENT ON SCHEMA public IS 'standard public schema';",
    'GRANT USAGE ON SCHEMA public TO PUBLIC;',
  ].join('\n');
  const entry: SchemaEntry = own
    ? { ...own, sql }
    : {
        id: 0,
        section: 'pre-data',
        kind: 'SCHEMA',
        schema: null,
        name: 'public',
        owner: null,
        catalogOid: 0,
        oid: 0,
        dependsOn: [],
        sql,
        ownerSql: 'ALTER SCHEMA public OWNER TO pg_database_owner;',
      };
  return [entry, ...create.filter((each) => each !== own)];
}

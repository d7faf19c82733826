import type { Manifest, SchemaEntry } from '../../format/manifest.ts';
import { displayName } from '../../postgres/identifiers.ts';
import { readMissingRoles } from '../../postgres/inspect/roles.ts';
import type { Session } from '../../postgres/wire/session.ts';
import { neededRoles } from '../entries/needed-roles.ts';
import { omittedForeignKeys } from '../entries/omitted-foreign-keys.ts';
import { roleUses } from '../entries/role-uses.ts';
import type { RestoreScope } from '../entries/scope.ts';
import { tablespacesOf } from '../entries/tablespaces.ts';
import { planDatabase } from './database-settings.ts';
import { extensionProblems } from './extension-problems.ts';
import type { PlanInput } from './input.ts';
import { plannedExtensions, versionProblems, versionWarnings } from './extension-versions.ts';
import { olderServer } from './older-server.ts';
import { rawBytesOf, type NewDatabasePlan } from './plan.ts';
import { refusalsOf } from './refusals.ts';
import type { Adapted } from './target-differences.ts';
import { whyNotReplaced } from './taken-name.ts';
import { warningsFor } from './warnings.ts';

/** Plans to make a database on the server of `session`, in its transaction. */
export async function planNewDatabase(
  session: Session,
  { live, installation, manifest, request, lacking }: PlanInput,
  scope: RestoreScope,
  { database, server: another }: { database: string; server?: string | undefined },
  { missingTablespaces: absent, moved }: Adapted,
): Promise<NewDatabasePlan> {
  const server = await readServer(session, database);
  const elsewhere = another !== undefined;
  // On the server of the catalog nothing is replaced: its databases are the application's.
  const occupied =
    elsewhere && server.taken ? await whyNotReplaced({ ...live, database }, installation) : undefined;
  const replacesEmpty = elsewhere && server.taken && !occupied;
  const omitted = omittedForeignKeys(manifest, scope);
  const entries = createdEntries(manifest, scope, omitted);
  const extensions = manifest.extensions
    .map(({ name }) => name)
    .filter((name) => !request.withoutExtensions.includes(name));
  // It is built under another name, so never in the one database that an extension may insist on.
  const found = await extensionProblems(session, extensions, null);
  const planned = await plannedExtensions(
    session,
    manifest,
    extensions,
    request.extensionVersions ?? 'newest',
  );
  const problems = [...found, ...versionProblems(planned, found)];
  const missingTablespaces = tablespacesOf(entries).filter((name) => absent.includes(name));
  const missingRoles = await readMissingRoles(
    session,
    request.owners
      ? manifest.roles
      : neededRoles(manifest, manifest.schema.entries, { owners: false, objects: false }),
  );
  return {
    mode: 'new-database',
    manifest,
    request,
    scope,
    database,
    elsewhere,
    replacesEmpty,
    entries,
    omittedForeignKeys: omitted,
    properties: await planDatabase(session, manifest, request, database),
    rawBytes: rawBytesOf(scope.tables),
    tables: scope.tables.map((table) => ({
      table: displayName(table),
      action: 'create',
      rowsInBackup: table.rows,
      rowsNow: null,
      rowsNowIsEstimate: false,
    })),
    missingRoles,
    missingRoleUses: roleUses(manifest, entries, missingRoles, request),
    missingTablespaces,
    moved: entries.flatMap(({ id }) => moved.get(id) ?? []),
    extensions: planned,
    extensionProblems: problems,
    refusals: refusalsOf({
      takenName: server.taken && !elsewhere ? database : undefined,
      occupied,
      lacking,
      mayCreateDatabase: server.mayCreate,
      extensionProblems: problems,
      missingRoles,
      mayMapRoles: true,
      missingTablespaces,
    }),
    warnings: [
      ...warningsFor(manifest.warnings, scope, request.target),
      ...omitted.map(
        ({ schema, name }) =>
          `Foreign key ${schema}.${name} is left out: the table it refers to is not among the restored ones.`,
      ),
      ...versionWarnings(planned),
      ...olderServer(manifest, server.major, entries),
      ...(replacesEmpty
        ? [
            `The database "${database}" is there and empty: the restored one takes its place, and what was set or granted on the empty one goes with it.`,
          ]
        : []),
    ],
  };
}

function createdEntries(
  manifest: Manifest,
  scope: RestoreScope,
  omitted: readonly SchemaEntry[],
): SchemaEntry[] {
  const leftOut = new Set([...scope.leftOut.entries.keys(), ...omitted]);
  return manifest.schema.entries.filter((entry) => !leftOut.has(entry));
}

interface Server {
  major: number;
  /** Whether a database has this name. */
  taken: boolean;
  mayCreate: boolean;
}

async function readServer(session: Session, database: string): Promise<Server> {
  const [server] = await session.query<Server>(
    `select pg_catalog.current_setting('server_version_num')::pg_catalog.int4 / 10000 as major,
       exists (select from pg_catalog.pg_database d where d.datname = $1) as taken,
       (select r.rolcreatedb or r.rolsuper from pg_catalog.pg_roles r where r.rolname = current_user) as "mayCreate"`,
    [database],
  );
  return server!;
}

import type { Manifest, SchemaEntry } from '../../format/manifest.ts';
import { displayName } from '../../postgres/identifiers.ts';
import { readMissingRoles } from '../../postgres/inspect/roles.ts';
import type { Session } from '../../postgres/wire/session.ts';
import { neededRoles } from '../entries/needed-roles.ts';
import { omittedForeignKeys } from '../entries/omitted-foreign-keys.ts';
import type { RestoreScope } from '../entries/scope.ts';
import { planDatabase } from './database-settings.ts';
import { extensionProblems } from './extension-problems.ts';
import type { PlanInput } from './input.ts';
import { rawBytesOf, type NewDatabasePlan } from './plan.ts';
import { refusalsOf } from './refusals.ts';
import { warningsFor } from './warnings.ts';

/** Plans to make a database on the server of `session`, in its transaction. */
export async function planNewDatabase(
  session: Session,
  { manifest, request, lacking }: PlanInput,
  scope: RestoreScope,
  database: string,
): Promise<NewDatabasePlan> {
  const server = await readServer(session, database);
  const omitted = omittedForeignKeys(manifest, scope);
  const extensions = manifest.extensions
    .map(({ name }) => name)
    .filter((name) => !request.withoutExtensions.includes(name));
  // It is built under another name, so never in the one database that an extension may insist on.
  const problems = await extensionProblems(session, extensions, null);
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
    entries: createdEntries(manifest, scope, omitted),
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
    extensionProblems: problems,
    refusals: refusalsOf({
      takenName: server.taken ? database : undefined,
      lacking,
      mayCreateDatabase: server.mayCreate,
      extensionProblems: problems,
      missingRoles,
    }),
    warnings: [
      ...warningsFor(manifest.warnings, scope, request.target),
      ...omitted.map(
        ({ schema, name }) =>
          `Foreign key ${schema}.${name} is left out: the table it refers to is not among the restored ones.`,
      ),
      ...olderServer(manifest, server.major),
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

function olderServer({ source }: Manifest, to: number): string[] {
  const from = Math.floor(source.serverVersionNum / 10_000);
  if (to >= from) return [];
  return [`The backup is of PostgreSQL ${from} and the server is ${to}: what only ${from} knows will fail.`];
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

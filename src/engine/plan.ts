import { HoldfastError } from '../base/errors.ts';
import type { Manifest, ManifestTable } from '../format/manifest.ts';
import type { ConnectionTarget } from '../postgres/connection.ts';
import { readDependentMatviews, readPublishedTables, withAncestors } from '../postgres/dependents.ts';
import { databaseFailure } from '../postgres/failure.ts';
import { readForeignKeys } from '../postgres/constraints.ts';
import { displayName, quoteName } from '../postgres/identifiers.ts';
import { readColumns, readRelations, type LiveRelation } from '../postgres/introspection.ts';
import { dumpSchema } from '../postgres/pg-dump.ts';
import { Session } from '../postgres/session.ts';
import { readEventTriggers } from '../postgres/triggers.ts';
import { ancestorsOf } from './ancestors.ts';
import { warningsFor } from './backup-warnings.ts';
import { tableDrift } from './drift.ts';
import { describeEntry, missingObjects, type MissingObjects } from './missing-objects.ts';
import { leftOutForeignKeys } from './left-out-keys.ts';
import { neededRoles } from './needed-roles.ts';
import type { Drift, RestorePlan, RestoreRequest } from './requests.ts';
import { restoreScope, type RestoreScope } from './restore-scope.ts';
import { tablePlans } from './table-plans.ts';

/**
 * What a restore would do. Changes nothing and takes no lock that anyone waits for.
 * @throws TABLES_NOT_FOUND, DATABASE_EXISTS, DATABASE_UNREACHABLE, INSUFFICIENT_PRIVILEGE, LOCK_TIMEOUT
 */
export async function planRestore(
  target: ConnectionTarget,
  manifest: Manifest,
  request: RestoreRequest,
): Promise<RestorePlan> {
  const scope = restoreScope(manifest, request);
  try {
    const session = await Session.open(target, {
      applicationName: 'holdfast plan',
      lockTimeoutMs: request.lockTimeoutMs,
    });
    try {
      await session.execute('begin isolation level repeatable read read only');
      return request.target.mode === 'in-place'
        ? await planInPlace(session, target, manifest, request, scope)
        : await planNewDatabase(session, manifest, request, scope, request.target.database);
    } finally {
      await session.close();
    }
  } catch (error) {
    throw databaseFailure(error);
  }
}

async function planInPlace(
  session: Session,
  target: ConnectionTarget,
  manifest: Manifest,
  request: RestoreRequest,
  scope: RestoreScope,
): Promise<RestorePlan> {
  const relations = await readRelations(session);
  const { present, drift } = await compareTables(session, relations, scope.tables);
  const missing = await findMissing(target, manifest, request, scope);
  const oids = await withAncestors(
    session,
    [...present.values()].map((relation) => relation.oid),
  );
  const foreignKeys = await readForeignKeys(session, oids);
  const created = missing.create;
  return {
    target: request.target,
    tables: await tablePlans(session, scope.tables, present),
    drift,
    missingRoles: await missingRoles(
      session,
      neededRoles(manifest, created, { owners: request.owners, objects: scope.largeObjects }),
    ),
    missingExtensions: await missingExtensions(
      session,
      created.filter((entry) => entry.kind === 'EXTENSION').map((entry) => entry.name),
    ),
    create: created.map(describeEntry),
    leftOut: leftOutWords(scope),
    foreignKeys: foreignKeys.map((key) => `${displayName(key.table)} ${key.name}`),
    warnings: [
      ...warningsFor(manifest.warnings, scope, request.target),
      ...missing.warnings,
      ...(await inPlaceWarnings(session, manifest, request, scope, relations, oids)),
    ],
  };
}

/** The live relation of each table of the scope, and how they differ. */
export async function compareTables(
  session: Session,
  relations: readonly LiveRelation[],
  tables: readonly ManifestTable[],
): Promise<{ present: Map<ManifestTable, LiveRelation>; drift: Drift[] }> {
  const byName = new Map(relations.map((relation) => [quoteName(relation), relation]));
  const present = new Map<ManifestTable, LiveRelation>();
  for (const table of tables) {
    const relation = byName.get(quoteName(table));
    if (relation) present.set(table, relation);
  }
  const columns = await readColumns(
    session,
    [...present.values()].map((relation) => relation.oid),
  );
  const byOid = new Map(relations.map((relation) => [relation.oid, relation]));
  const drift = [...present].flatMap(([table, relation]) =>
    tableDrift(table, relation, columns.get(relation.oid) ?? [], ancestorsOf(relation, byOid)),
  );
  return { present, drift };
}

/** Compares the schema of the backup with the live one, as pg_dump sees both. */
export async function findMissing(
  target: ConnectionTarget,
  manifest: Manifest,
  request: RestoreRequest,
  scope: RestoreScope,
  signal?: AbortSignal,
): Promise<MissingObjects> {
  const live = await dumpSchema(target, {
    excludeTables: request.own.tables,
    excludeSchemas: request.own.schemas,
    lockTimeoutMs: request.lockTimeoutMs,
    ...(signal ? { signal } : {}),
  }).catch((error: unknown) => {
    if (!(error instanceof HoldfastError) || error.code !== 'BACKUP_FAILED') throw error;
    throw new HoldfastError('RESTORE_FAILED', `The live schema could not be read: ${error.message}`, {
      cause: error,
      hint: 'Nothing was changed; correct the cause named in the message and restore again.',
    });
  });
  const missing = missingObjects(manifest, live.entries, scope);
  const said = live.messages.map((message) => `While reading the live schema, pg_dump said: ${message}`);
  return {
    create: missing.create.filter((entry) => !scope.leftOut.entries.has(entry)),
    warnings: [...missing.warnings, ...said],
  };
}

async function planNewDatabase(
  session: Session,
  manifest: Manifest,
  request: RestoreRequest,
  scope: RestoreScope,
  database: string,
): Promise<RestorePlan> {
  const [existing] = await session.query(`select from pg_catalog.pg_database where datname = $1`, [database]);
  if (existing) {
    throw new HoldfastError('DATABASE_EXISTS', `A database named "${database}" exists already.`, {
      details: { database },
    });
  }
  const leftOut = leftOutForeignKeys(manifest, scope);
  const [server] = await session.query<{ num: number }>(
    `select pg_catalog.current_setting('server_version_num')::int as num`,
  );
  const warnings = [
    ...warningsFor(manifest.warnings, scope, request.target),
    ...leftOut.map(
      (entry) =>
        `Foreign key ${entry.schema}.${entry.name} is left out: the table it refers to is not among the restored ones.`,
    ),
  ];
  const from = Math.floor(manifest.source.serverVersionNum / 10_000);
  const to = Math.floor((server?.num ?? 0) / 10_000);
  if (to < from) {
    warnings.push(
      `The backup is of PostgreSQL ${from} and the server is ${to}: what only ${from} knows will fail.`,
    );
  }
  return {
    target: request.target,
    tables: scope.tables.map((table) => ({
      table: displayName(table),
      action: 'create',
      rowsInBackup: table.rows,
      rowsNow: null,
      rowsNowIsEstimate: false,
    })),
    drift: [],
    missingRoles: await missingRoles(
      session,
      request.owners
        ? manifest.roles
        : neededRoles(manifest, manifest.schema.entries, { owners: false, objects: false }),
    ),
    missingExtensions: await missingExtensions(
      session,
      manifest.extensions
        .map((extension) => extension.name)
        .filter((name) => !request.withoutExtensions.includes(name)),
    ),
    create: [],
    leftOut: leftOutWords(scope),
    foreignKeys: [],
    warnings,
  };
}

async function inPlaceWarnings(
  session: Session,
  manifest: Manifest,
  request: RestoreRequest,
  scope: RestoreScope,
  relations: readonly LiveRelation[],
  oids: readonly number[],
): Promise<string[]> {
  const warnings: string[] = [];
  if (scope.whole) {
    const own = new Set(request.own.tables.map(displayName));
    const known = new Set(manifest.tables.map(displayName));
    const newer = relations
      .filter((relation) => relation.kind === 'r' && !relation.extension)
      .filter((relation) => !request.own.schemas.includes(relation.schema))
      .map(displayName)
      .filter((name) => !own.has(name) && !known.has(name));
    if (newer.length > 0) warnings.push(`Not in the backup, and left as they are: ${newer.join(', ')}.`);
  }
  const published = await readPublishedTables(session, oids);
  if (published.length > 0) {
    warnings.push(
      `Published to subscribers, who will see the rows replaced as well: ${published.map(displayName).join(', ')}.`,
    );
  }
  const firing = (await readEventTriggers(session)).filter((trigger) => !trigger.changeable);
  if (firing.length > 0) {
    warnings.push(
      `Event triggers that will fire, because this role may not disable them: ${firing.map((t) => t.name).join(', ')}.`,
    );
  }
  const matviews = await readDependentMatviews(session, oids);
  if (matviews.length > 0) {
    warnings.push(`Materialised views that will be refreshed: ${matviews.map(displayName).join(', ')}.`);
  }
  return warnings;
}

function leftOutWords(scope: RestoreScope): string[] {
  return [...scope.leftOut.entries].map(([entry, reason]) => `${describeEntry(entry)}: ${reason}`);
}

async function missingRoles(session: Session, roles: readonly string[]): Promise<string[]> {
  const rows = await session.query<{ name: string }>(
    `select r.name from pg_catalog.unnest($1::text[]) r(name)
     where not exists (select from pg_catalog.pg_roles p where p.rolname = r.name) order by 1`,
    [roles],
  );
  return rows.map((row) => row.name);
}

async function missingExtensions(session: Session, extensions: readonly string[]): Promise<string[]> {
  const rows = await session.query<{ name: string }>(
    `select e.name from pg_catalog.unnest($1::text[]) e(name)
     where not exists (select from pg_catalog.pg_available_extensions a where a.name = e.name) order by 1`,
    [extensions],
  );
  return rows.map((row) => row.name);
}

/** @throws ROLES_MISSING, EXTENSIONS_MISSING, SCHEMA_DRIFT when the plan says the restore cannot go ahead */
export function refusePlan(plan: RestorePlan): void {
  if (plan.missingExtensions.length > 0) {
    throw new HoldfastError(
      'EXTENSIONS_MISSING',
      `The server does not offer: ${plan.missingExtensions.join(', ')}.`,
      { details: { extensions: plan.missingExtensions } },
    );
  }
  if (plan.missingRoles.length > 0) {
    throw new HoldfastError('ROLES_MISSING', `These roles do not exist: ${plan.missingRoles.join(', ')}.`, {
      details: { roles: plan.missingRoles },
    });
  }
  if (plan.drift.length > 0) {
    const first = plan.drift.slice(0, 5).map((drift) => `${drift.table}: ${drift.difference}`);
    const more = plan.drift.length > 5 ? `; and ${plan.drift.length - 5} more` : '';
    throw new HoldfastError('SCHEMA_DRIFT', `Nothing was changed. ${first.join('; ')}${more}.`, {
      details: { drift: plan.drift },
    });
  }
}

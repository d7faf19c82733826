import { HoldfastError } from '../../base/errors.ts';
import type { Manifest, ManifestTable } from '../../format/manifest.ts';
import type { ConnectionTarget } from '../../postgres/connection.ts';
import { withAncestors } from '../../postgres/inspect/dependents.ts';
import { databaseFailure } from '../../postgres/failure.ts';
import { readDatabaseIdentity } from '../../postgres/database-identity.ts';
import { readForeignKeys } from '../../postgres/inspect/constraints.ts';
import { displayName, quoteName } from '../../postgres/identifiers.ts';
import { readRelations } from '../../postgres/inspect/relations.ts';
import { Session } from '../../postgres/wire/session.ts';
import { warningsFor } from './warnings.ts';
import { compareTables } from './drift.ts';
import { describeEntry } from '../entries/identity.ts';
import { usableEvaluation } from './evaluation.ts';
import { extensionProblems, type ExtensionProblem } from './extension-problems.ts';
import { lockedRelations } from './locked-relations.ts';
import { leftOutForeignKeys } from '../entries/omitted-foreign-keys.ts';
import { neededRoles } from '../entries/needed-roles.ts';
import { otherDatabase } from './other-database.ts';
import { planStatements } from './statements.ts';
import { databaseDiffers, inPlaceWarnings } from './warnings.ts';
import { freeSequences, planSchema, type PlannedSchema } from './planned-schema.ts';
import type { RestoreRequest } from '../requests.ts';
import type { RestorePlan } from '../../contract/restore.ts';
import { planDatabase } from './database-settings.ts';
import { restoreScope, withFreeSequences, type RestoreScope } from '../entries/scope.ts';
import { tablesLeftOut } from '../entries/schema-changes.ts';
import { tablePlans } from './table-plans.ts';
import { requireFittingEncoding } from '../text-encoding.ts';

/** A plan with what carrying it out needs. */
export interface PreparedRestore {
  plan: RestorePlan;
  scope: RestoreScope;
  /** In place only. */
  schema: PlannedSchema | null;
}

/**
 * What a restore would do. Changes nothing and takes no lock that anyone waits for.
 * @throws TABLES_NOT_FOUND, DATABASE_EXISTS, DATABASE_UNREACHABLE, INSUFFICIENT_PRIVILEGE, LOCK_TIMEOUT
 */
export async function planRestore(
  target: ConnectionTarget,
  manifest: Manifest,
  request: RestoreRequest,
): Promise<RestorePlan> {
  return (await prepareRestore(target, manifest, request)).plan;
}

/** The same, for carrying it out. @throws what planRestore throws */
export async function prepareRestore(
  target: ConnectionTarget,
  manifest: Manifest,
  request: RestoreRequest,
  signal?: AbortSignal,
): Promise<PreparedRestore> {
  const scope = restoreScope(manifest, request);
  return inPlanSession(target, request, async (session) => {
    const prepared =
      request.target.mode === 'in-place'
        ? await planInPlace(session, target, manifest, request, scope, signal)
        : {
            plan: await planNewDatabase(session, manifest, request, scope, request.target.database),
            scope,
            schema: null,
          };
    await session.execute('commit');
    prepared.plan.warnings.push(...(await usableEvaluation(session, manifest)).unusable);
    if (request.statements) prepared.plan.statements = planStatements(prepared, manifest, request);
    return prepared;
  });
}

/** The tables of a restore in place that are there, whose rows it would throw away. @throws what planRestore throws */
export async function tablesThere(
  target: ConnectionTarget,
  manifest: Manifest,
  request: RestoreRequest,
): Promise<ManifestTable[]> {
  if (request.target.mode !== 'in-place') return [];
  const { tables } = restoreScope(manifest, request);
  return inPlanSession(target, request, async (session) => {
    const there = new Set((await readRelations(session)).map(quoteName));
    return tables.filter((table) => there.has(quoteName(table)));
  });
}

async function inPlanSession<T>(
  target: ConnectionTarget,
  request: RestoreRequest,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  try {
    const session = await Session.open(target, {
      applicationName: 'holdfast plan',
      lockTimeoutMs: request.lockTimeoutMs,
    });
    try {
      await session.execute('begin isolation level repeatable read read only');
      return await work(session);
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
  signal: AbortSignal | undefined,
): Promise<PreparedRestore> {
  await requireFittingEncoding(session, manifest);
  const relations = await readRelations(session);
  const schema = await planSchema(session, target, manifest, request, scope, signal);
  const { changes } = schema;
  const { present, drift } = await compareTables(session, relations, scope.tables, [
    ...schema.attachments.values(),
  ]);
  const oids = await withAncestors(
    session,
    [...present.values()].map((relation) => relation.oid),
  );
  const foreignKeys = await readForeignKeys(session, oids);
  const live = await readDatabaseIdentity(session);
  const needed = changes.create.filter(({ kind }) => kind === 'EXTENSION').map(({ name }) => name);
  const problems = await extensionProblems(session, needed, live.database);
  const other = otherDatabase(manifest.source, live);
  const plan: RestorePlan = {
    target: request.target,
    otherDatabase: other,
    tables: await tablePlans(session, scope.tables, present),
    drift: [
      ...drift,
      ...tablesLeftOut(changes, scope)
        .filter(({ table }) => !present.has(table))
        .map(({ table, reason }) => ({
          table: displayName(table),
          difference: `is missing and cannot be created, because ${reason}`,
        })),
    ],
    missingRoles: await missingRoles(
      session,
      neededRoles(manifest, changes.create, { owners: request.owners, objects: scope.largeObjects }),
    ),
    ...extensionWords(problems),
    create: changes.create.map(describeEntry),
    leftOut: [
      ...leftOutWords(manifest, scope),
      ...changes.leftOut
        .filter(({ entry }) => !scope.leftOut.entries.has(entry))
        .map(({ entry, reason }) => `${describeEntry(entry)}: ${reason}`),
    ],
    differs: changes.differs.map(({ entry, difference }) => `${describeEntry(entry)} ${difference}`),
    extra: changes.extra.map(describeEntry),
    foreignKeys: foreignKeys.map((key) => `${displayName(key.table)} ${key.name}`),
    locks: await lockedRelations(session, present.keys(), oids),
    rawBytes: rawBytesOf(scope),
    warnings: [
      ...(other === null ? [] : [other]),
      ...warningsFor(manifest.warnings, scope, request.target),
      ...schema.warnings,
      ...(scope.whole ? await databaseDiffers(session, manifest) : []),
      ...(await inPlaceWarnings(session, oids)),
    ],
  };
  const { created, used } = freeSequences(schema, scope);
  return { plan, scope: withFreeSequences(scope, manifest, created, used), schema };
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
  const needed = manifest.extensions
    .map(({ name }) => name)
    .filter((name) => !request.withoutExtensions.includes(name));
  // It is built under another name, so never in the one database that an extension may insist on.
  const problems = await extensionProblems(session, needed, null);
  return {
    target: request.target,
    otherDatabase: null,
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
    ...extensionWords(problems),
    create: [],
    leftOut: [
      ...leftOutWords(manifest, scope),
      ...(await planDatabase(session, manifest, request, database)).leftOut,
    ],
    differs: [],
    extra: [],
    foreignKeys: [],
    locks: [],
    rawBytes: rawBytesOf(scope),
    warnings,
  };
}

function extensionWords(
  problems: readonly ExtensionProblem[],
): Pick<RestorePlan, 'missingExtensions' | 'extensionProblems'> {
  return {
    missingExtensions: problems.map(({ name }) => name),
    extensionProblems: problems.map(({ name, problem }) => `${name}: ${problem}`),
  };
}

function leftOutWords(manifest: Manifest, scope: RestoreScope): string[] {
  const needingOurs = scope.whole ? manifest.schema.leftOut : [];
  return [
    ...needingOurs.map((object) => `${describeEntry(object)}: needs Holdfast's own tables`),
    ...[...scope.leftOut.entries].map(([entry, reason]) => `${describeEntry(entry)}: ${reason}`),
  ];
}

async function missingRoles(session: Session, roles: readonly string[]): Promise<string[]> {
  const rows = await session.query<{ name: string }>(
    `select r.name from pg_catalog.unnest($1::pg_catalog.text[]) r(name)
     where not exists (select from pg_catalog.pg_roles p where p.rolname = r.name) order by 1`,
    [roles],
  );
  return rows.map((row) => row.name);
}

/** @throws ROLES_MISSING, EXTENSIONS_MISSING, SCHEMA_DRIFT when the plan says the restore cannot go ahead */
export function refusePlan(plan: RestorePlan): void {
  if (plan.missingExtensions.length > 0) {
    throw new HoldfastError(
      'EXTENSIONS_MISSING',
      `Extensions that cannot be created: ${plan.extensionProblems.join('; ')}.`,
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

function rawBytesOf({ tables }: RestoreScope): number {
  return tables.reduce((sum, table) => sum + table.rawBytes, 0);
}

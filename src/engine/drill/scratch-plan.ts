import type { Manifest, SchemaEntry } from '../../format/manifest.ts';
import type { ConnectionTarget } from '../../postgres/connection.ts';
import { quoteIdentifier } from '../../postgres/identifiers.ts';
import { annotationKinds } from '../../postgres/pg-dump/kinds.ts';
import { Session } from '../../postgres/wire/session.ts';
import { describeEntry } from '../entries/identity.ts';
import { needsSuperuser } from '../entries/needs-superuser.ts';
import { makePlan } from '../plan/make-plan.ts';
import type { NewDatabasePlan } from '../plan/plan.ts';
import { refusalsOf, refuse } from '../plan/refusals.ts';
import { rebuildFailure } from '../restore/rebuild.ts';
import type { ScratchServer } from '../scratch/scratch-server.ts';

/** What a drill restores, and what it leaves out on a server of our own. */
export interface ScratchPlan {
  plan: NewDatabasePlan;
  /** Extensions that the server's superuser makes, because the role that restores may not; nothing of the backup runs before. */
  extensions: { name: string; schema: string }[];
  /** For people, each with its reason. */
  leftOut: string[];
  /** How the server differs from the source's, so that something may fail here that would not there; sentences. */
  unlike: string[];
}

export interface ScratchRequest {
  jobs: number;
  lockTimeoutMs: number;
}

/**
 * Plans to restore all of a backup into a database of this name.
 * @throws what makePlan throws; the first refusal, such as ROLES_MISSING, EXTENSIONS_MISSING
 */
export async function planScratch(
  scratch: ScratchServer,
  name: string,
  manifest: Manifest,
  { jobs, lockTimeoutMs }: ScratchRequest,
  signal: AbortSignal,
): Promise<ScratchPlan> {
  const plan = await makePlan({
    live: scratch.server,
    manifest,
    request: {
      restoreType: 'full',
      tables: [],
      target: { mode: 'new-database', database: name },
      onDrift: 'fail',
      owners: true,
      onRefreshFailure: 'fail',
      onInvalid: 'fail',
      withoutExtensions: [],
      allowOtherDatabase: true,
      jobs,
      lockTimeoutMs,
      own: { tables: [], schemas: [] },
    },
    signal,
  });
  if (plan.mode !== 'new-database') throw new Error('a drill is never in place');
  // Before the versions, which say nothing of an extension that is not offered.
  const own = scratch.superuser ? onOwnServer(plan, manifest) : onOtherServer(plan);
  // makePlan names the settings that the server does not take.
  const settings = plan.warnings.filter((warning) => warning.startsWith('The source had '));
  return { ...own, unlike: [...settings, ...(await otherVersions(scratch.server, manifest))] };
}

function onOtherServer(plan: NewDatabasePlan): Omit<ScratchPlan, 'unlike'> {
  refuse(plan);
  return { ...withoutSome(plan, isSubscription), extensions: [] };
}

/** CREATE EXTENSION makes the version that the server has, which may lack what the backup needs. */
async function otherVersions(server: ConnectionTarget, { extensions }: Manifest): Promise<string[]> {
  if (extensions.length === 0) return [];
  const session = await Session.open(server, { applicationName: 'holdfast drill' });
  try {
    const offered = await session.query<{ name: string; version: string }>(
      `select e.name, e.default_version as version from pg_catalog.pg_available_extensions e
        where e.name = any($1::pg_catalog.text[])`,
      [extensions.map(({ name }) => name)],
    );
    return extensions.flatMap(({ name, version }) => {
      const here = offered.find((each) => each.name === name)?.version ?? version;
      return here === version
        ? []
        : [`The extension ${name} is of version ${here} here, and was ${version} in the source.`];
    });
  } finally {
    await session.close();
  }
}

/** On a server of our own its superuser makes extensions; what else only a superuser may make is left out, where no rows hang on it. */
function onOwnServer(plan: NewDatabasePlan, manifest: Manifest): Omit<ScratchPlan, 'unlike'> {
  const onlySuperuser = new Set(
    plan.extensionProblems.filter(({ problem }) => problem.includes('superuser')).map(({ name }) => name),
  );
  const left = plan.extensionProblems.filter(({ name }) => !onlySuperuser.has(name));
  refuse({ refusals: refusalsOf({ extensionProblems: left, missingRoles: [] }) });
  refuse({ refusals: plan.refusals.filter(({ code }) => code !== 'EXTENSIONS_MISSING') });
  const extensions = manifest.extensions.filter(({ name }) => onlySuperuser.has(name));
  const schemas = new Set(extensions.map(({ schema }) => schema));
  const chosen = withoutSome(plan, (entry) => isSubscription(entry) || needsSuperuser(entry));
  const entries = chosen.plan.entries.flatMap((entry): SchemaEntry[] => {
    if (isOfExtension(entry, onlySuperuser)) return [];
    // Made with the extension; it gets its owner all the same.
    return entry.kind === 'SCHEMA' && schemas.has(entry.name) ? [{ ...entry, sql: '' }] : [entry];
  });
  return { plan: { ...plan, entries }, extensions, leftOut: chosen.leftOut };
}

function isOfExtension(entry: SchemaEntry, names: ReadonlySet<string>): boolean {
  if (entry.kind === 'EXTENSION') return names.has(entry.name);
  return (
    entry.kind === 'COMMENT' &&
    [...names].some((name) => entry.name === `EXTENSION ${name}` || entry.name === `EXTENSION "${name}"`)
  );
}

/** Kinds on which no rows, indexes or constraints hang. */
const standalone = new Set([
  'EVENT TRIGGER',
  'SUBSCRIPTION',
  'PUBLICATION',
  'PUBLICATION TABLE',
  'PUBLICATION TABLES IN SCHEMA',
  'COMMENT',
  'ACL',
  'SECURITY LABEL',
]);

/** It would go on to another server, and keep the scratch database from being dropped. */
function isSubscription({ kind }: SchemaEntry): boolean {
  return kind === 'SUBSCRIPTION';
}

/** Leaves out what is unwanted and nothing else needs, with what hangs on it. */
function withoutSome(
  plan: NewDatabasePlan,
  unwanted: (entry: SchemaEntry) => boolean,
): Pick<ScratchPlan, 'plan' | 'leftOut'> {
  const left = new Map<number, SchemaEntry>();
  for (const entry of plan.entries) {
    if (!standalone.has(entry.kind)) continue;
    if (unwanted(entry) || entry.dependsOn.some((id) => left.has(id))) left.set(entry.id, entry);
  }
  const named = [...left.values()].filter(({ kind }) => !annotationKinds.has(kind));
  return {
    plan: { ...plan, entries: plan.entries.filter(({ id }) => !left.has(id)) },
    leftOut: named.map((entry) =>
      isSubscription(entry)
        ? `${describeEntry(entry)}: a scratch database does not subscribe to anything`
        : `${describeEntry(entry)}: only a superuser may make it, and a drill does not restore as one`,
    ),
  };
}

/** Makes what only a superuser may make, in an empty database of a server of our own. */
export async function prepareDatabase(
  superuser: ConnectionTarget,
  owner: ConnectionTarget,
  extensions: ScratchPlan['extensions'],
): Promise<void> {
  const session = await Session.open(superuser, { applicationName: 'holdfast drill' });
  try {
    // Schemas and publications are given to owners who must be able to make some; none of them can log in.
    await session.execute(`grant create on database ${quoteIdentifier(superuser.database!)} to public`);
    for (const { name, schema } of extensions) {
      if (schema !== 'pg_catalog' && schema !== 'public') {
        await session.execute(
          `create schema if not exists ${quoteIdentifier(schema)} authorization ${quoteIdentifier(owner.user!)}`,
        );
      }
      await session
        .execute(
          `create extension if not exists ${quoteIdentifier(name)} with schema ${quoteIdentifier(schema)} cascade`,
        )
        .catch((error: unknown) => {
          throw rebuildFailure(error, `EXTENSION ${name}`, 'extension');
        });
    }
  } finally {
    await session.close();
  }
}

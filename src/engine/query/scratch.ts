/*
 * query/ owns answering a statement from a backup: the scratch database with its definitions, which relations the statement names,
 * fetching only their rows, and the statement itself. It never touches the source's database, and never decides where the scratch
 * database is or how long it stays.
 */
import { requireTables } from '../with-tables.ts';
import { HoldfastError } from '../../base/errors.ts';
import type { Manifest } from '../../format/manifest.ts';
import { databaseFailure } from '../../postgres/failure.ts';
import { quoteIdentifier, quoteName, type QualifiedName } from '../../postgres/identifiers.ts';
import { Session } from '../../postgres/wire/session.ts';
import type { Store } from '../../store/store.ts';
import { openSession } from '../restore/new-database.ts';
import { beginRebuild, type Rebuild } from '../restore/rebuild.ts';
import { setNewSequences } from '../restore/sequences.ts';
import { suspendChecks } from '../restore/suspend-checks.ts';
import { createScratch, scratchName, type ScratchDatabase } from '../scratch/scratch-database.ts';
import { makeScratchRoles, type ScratchRoles } from '../scratch/scratch-roles.ts';
import { openScratchServer, type ScratchServer, type ScratchTarget } from '../scratch/scratch-server.ts';
import { ask, type Asked, type ScratchAnswer } from './ask.ts';
import { makeDefinitions, type LeftOutDefinition } from './definitions.ts';
import { makeExtensions, type MadeExtensions } from './extensions.ts';
import { planTellsAll } from './plan-tells-all.ts';
import { RowsHere } from './rows-here.ts';
import type { Question } from './statement.ts';

export interface ScratchLimits {
  /** Raw bytes of the tables that are loaded at once. */
  bytesMax: number;
  jobs: number;
}

/** A database with the definitions of one backup and the rows that were asked for. One question at a time. */
export interface Scratch {
  /**
   * @param store where the rows are read
   * @throws QUERY_FAILED, QUERY_TIMEOUT, QUERY_TOO_LARGE, SCRATCH_FAILED; CHUNK_MISSING, CHUNK_CORRUPT; the abort reason
   */
  ask(question: Question, store: Store, signal: AbortSignal): Promise<ScratchAnswer>;
  /** Whether it can go on: the machine may have run out of room. */
  readonly usable: boolean;
  /** Drops it. Never throws. */
  close(): Promise<void>;
}

/**
 * Makes one, still without rows.
 * @throws SCRATCH_FAILED; what reaching the server throws
 */
export async function openScratch(
  target: ScratchTarget,
  manifest: Manifest,
  limits: ScratchLimits,
  signal: AbortSignal,
): Promise<Scratch> {
  requireTables(manifest);
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const each of closers.toReversed()) await each().catch(() => {});
    closers.length = 0;
  };
  try {
    const rawBytes = Math.min(manifest.totals.rawBytes, limits.bytesMax);
    const room: Manifest = { ...manifest, totals: { ...manifest.totals, rawBytes } };
    const server = await openScratchServer(target, room);
    closers.push(() => server.close());
    signal.throwIfAborted();
    const { roles, extensions, otherLocale } = await makeSandbox(server, manifest, closers);
    const either = server.failing ? AbortSignal.any([signal, server.failing]) : signal;
    const defined = await define(manifest, roles, extensions, either);
    const warden = { ...roles, searchPath: searchPathOf(manifest) };
    const byPlan = planTellsAll(manifest, extensions.made, warden.searchPath);
    const { failing } = server;
    return scratchOf({ ...defined, manifest, warden, byPlan, otherLocale, limits, failing, close });
  } catch (error) {
    await close();
    throw scratchFailure(error, signal);
  }
}

/** That of the database, where it has one of its own. */
function searchPathOf({ database }: Manifest): string {
  const own = database?.settings.find(({ role, name }) => role === null && name === 'search_path');
  return own?.value ?? '"$user", public';
}

interface Sandbox {
  roles: ScratchRoles;
  extensions: MadeExtensions;
  otherLocale: string | null;
}

async function makeSandbox(
  server: ScratchServer,
  manifest: Manifest,
  closers: (() => Promise<void>)[],
): Promise<Sandbox> {
  const admin = server.superuser ?? server.server;
  const name = scratchName('query');
  const ours = server.kind === 'embedded';
  const database: ScratchDatabase = await createScratch(admin, name, manifest.source, ours);
  let roles: ScratchRoles | undefined;
  closers.push(async () => {
    // A server of our own goes with all that is on it.
    if (ours) return;
    await database.drop('The question was answered.');
    await roles?.drop();
  });
  roles = await makeScratchRoles(admin, name);
  const session = await Session.open({ ...admin, database: name }, { applicationName: 'holdfast query' });
  try {
    const extensions = await makeExtensions(session, manifest, roles.filler.user!);
    return { roles, extensions, otherLocale: database.otherLocale };
  } finally {
    await session.close();
  }
}

interface Defined {
  rows: RowsHere;
  leftOut: LeftOutDefinition[];
}

async function define(
  manifest: Manifest,
  { filler, reader, plainReader }: ScratchRoles,
  extensions: MadeExtensions,
  signal: AbortSignal,
): Promise<Defined> {
  const session = await openSession(filler, manifest, signal, 'holdfast query');
  try {
    const request = {
      owners: false,
      onRefreshFailure: 'fail',
      onInvalid: 'fail',
      withoutExtensions: [],
    } satisfies Rebuild['request'];
    const rebuild = await beginRebuild(session, manifest, request, { inTransaction: false });
    // What may be called says `letCall`.
    await session.execute('alter default privileges revoke execute on routines from public');
    const { leftOut, withoutParts } = await makeDefinitions(session, manifest, extensions);
    // What calls functions of the backup may look at other tables, whose rows are not there.
    await suspendChecks(session, null, rebuild);
    const made = await ownRelations(session);
    const sequences = new Set(made.filter(({ kind }) => kind === 'S').map(quoteName));
    await setNewSequences(
      session,
      manifest.sequences.filter((each) => sequences.has(quoteName(each))),
    );
    const [all, plain] = [reader, plainReader].map(({ user }) => quoteIdentifier(user!));
    await letRead(session, made, `${all}, ${plain}`);
    await letCall(session, all!);
    return { rows: new RowsHere(manifest, filler, rebuild, withoutParts), leftOut };
  } finally {
    await session.close();
  }
}

function ownRelations(session: Session): Promise<(QualifiedName & { kind: string })[]> {
  return session.query(
    `select n.nspname as schema, c.relname as name, c.relkind as kind
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p', 'v', 'm', 'S') and n.nspname !~ '^pg_'
        and pg_catalog.pg_get_userbyid(c.relowner) = current_user`,
  );
}

const namesPerGrant = 500;

async function letRead(
  session: Session,
  relations: readonly QualifiedName[],
  readers: string,
): Promise<void> {
  for (let from = 0; from < relations.length; from += namesPerGrant) {
    const names = relations.slice(from, from + namesPerGrant).map(quoteName);
    await session.execute(`grant select on ${names.join(', ')} to ${readers}`);
  }
  const schemas = await session.query<{ name: string }>(
    `select n.nspname as name from pg_catalog.pg_namespace n
      where pg_catalog.pg_get_userbyid(n.nspowner) = current_user and n.nspname !~ '^pg_'`,
  );
  if (schemas.length === 0) return;
  const names = schemas.map(({ name }) => quoteIdentifier(name));
  await session.execute(`grant usage on schema ${names.join(', ')} to ${readers}`);
}

async function letCall(session: Session, reader: string): Promise<void> {
  const own = await session.query<{ name: string }>(
    `select p.oid::pg_catalog.regprocedure::pg_catalog.text as name from pg_catalog.pg_proc p
      where pg_catalog.pg_get_userbyid(p.proowner) = current_user`,
  );
  for (let from = 0; from < own.length; from += namesPerGrant) {
    const names = own.slice(from, from + namesPerGrant).map(({ name }) => name);
    await session.execute(`grant execute on routine ${names.join(', ')} to ${reader}`);
  }
}

interface Parts extends Omit<Asked, 'filling'> {
  limits: ScratchLimits;
  failing: AbortSignal | undefined;
  close: () => Promise<void>;
}

function scratchOf({ limits, failing, close, ...parts }: Parts): Scratch {
  let isBroken = false;
  return {
    get usable() {
      return !isBroken && parts.rows.sound && failing?.aborted !== true;
    },
    close,
    async ask(question, store, signal) {
      const either = failing ? AbortSignal.any([signal, failing]) : signal;
      try {
        return await ask(question, { ...parts, filling: { store, ...limits, signal: either } });
      } catch (error) {
        const reason = scratchFailure(error, either);
        // Anything but the statement: the database may have been dropped, or the server is gone.
        const isOfStatement = reason instanceof HoldfastError && reason.code.startsWith('QUERY_');
        if (!isOfStatement && !signal.aborted) isBroken = true;
        throw reason;
      }
    },
  };
}

/** What is about the server or a drill, in the words of a question. */
function scratchFailure(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  const failure = databaseFailure(error);
  const { code, message, hint, details } = failure;
  if (!code.startsWith('DRILL_')) return failure;
  return new HoldfastError('SCRATCH_FAILED', message.replaceAll('a drill needs', 'it needs'), {
    cause: error,
    hint,
    ...(details ? { details } : {}),
  });
}

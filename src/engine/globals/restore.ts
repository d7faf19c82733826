import { HoldfastError } from '../../base/errors.ts';
import type { GlobalsOptions, GlobalsPlan, GlobalsReport } from '../../contract/globals.ts';
import { withoutPasswords, type ServerGlobals } from '../../format/globals.ts';
import type { ConnectionTarget } from '../../postgres/connection.ts';
import { databaseFailure } from '../../postgres/failure.ts';
import {
  lockRolesStatement,
  readServerFacts,
  unloggedStatement,
} from '../../postgres/globals/live-server.ts';
import { readGlobals } from '../../postgres/globals/read.ts';
import { createTablespace } from '../../postgres/globals/statements.ts';
import { quoteIdentifier } from '../../postgres/identifiers.ts';
import { Session } from '../../postgres/wire/session.ts';
import { planGlobals, type LiveServer, type PlannedGlobals, type Step } from './plan.ts';

export interface GlobalsWork {
  /** A database of the server. */
  live: ConnectionTarget;
  lockTimeoutMs: number;
  signal?: AbortSignal | undefined;
}

/** What a restore would do. Nothing is changed. */
export async function globalsPlan(
  backup: ServerGlobals,
  options: GlobalsOptions,
  { live, signal }: GlobalsWork,
): Promise<GlobalsPlan> {
  const session = await Session.open(live, { applicationName: 'holdfast plan' }, signal);
  try {
    return planGlobals(backup, await readLive(session), options).told;
  } finally {
    await session.close();
  }
}

/**
 * Makes what the server lacks of a backup's globals. Tablespaces first, each alone; then all else in one transaction, in which it is read
 * again before it is committed. What fails takes all of it back, the tablespaces too.
 * @throws RESTORE_FAILED naming what could not be made; INSUFFICIENT_PRIVILEGE; LOCK_TIMEOUT
 */
export async function restoreGlobals(
  backup: ServerGlobals,
  options: GlobalsOptions,
  { live, lockTimeoutMs, signal }: GlobalsWork,
): Promise<GlobalsReport> {
  const session = await Session.open(live, { applicationName: 'holdfast restore' }, signal);
  const made: string[] = [];
  try {
    await makeTablespaces(session, planGlobals(backup, await readLive(session), options).steps, made);
    await session.execute(`begin; set local lock_timeout = ${lockTimeoutMs}`);
    const [{ isSuperuser }] = [await readServerFacts(session)];
    if (isSuperuser) {
      await session.execute(lockRolesStatement);
      await session.execute(unloggedStatement);
    }
    const planned = planGlobals(backup, await readLive(session), options, new Set(made));
    for (const step of planned.steps) await make(session, step);
    await requireMade(session, backup, options, planned);
    await session.execute('commit');
    return { ...planned.told, undo: undoOf(planned.steps) };
  } catch (error) {
    throw await takenBack(session, made, databaseFailure(error));
  } finally {
    await session.close();
  }
}

async function readLive(session: Session): Promise<LiveServer> {
  const facts = await readServerFacts(session);
  return { ...facts, globals: (await readGlobals(session, 'none', { withSecrets: true })).globals };
}

async function makeTablespaces(session: Session, steps: readonly Step[], made: string[]): Promise<void> {
  for (const { fact } of steps) {
    if (!fact.tablespace) continue;
    await naming(fact.what, session.executeOne(createTablespace(fact.tablespace, null)));
    made.push(fact.tablespace.name);
  }
}

async function make(session: Session, { fact, isNew }: Step): Promise<void> {
  if (fact.tablespace) return;
  const statements = isNew && fact.create ? fact.create : fact.statements;
  for (const statement of statements) await naming(fact.what, session.executeOne(statement));
}

async function naming(what: string, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    const failure = databaseFailure(error);
    const code = failure.code === 'INTERNAL' ? 'RESTORE_FAILED' : failure.code;
    throw new HoldfastError(code, `The ${what} could not be made: ${failure.message}`, {
      hint: failure.hint,
      details: { ...failure.details, what },
      cause: failure,
    });
  }
}

/** What the server has now is what was to be made. @throws RESTORE_FAILED */
async function requireMade(
  session: Session,
  backup: ServerGlobals,
  options: GlobalsOptions,
  { steps }: PlannedGlobals,
): Promise<void> {
  // Passwords, which not every role may read, are compared by nothing.
  const { told } = planGlobals(withoutPasswords(backup), await readLive(session), options);
  const open = new Set([...told.create, ...told.different, ...told.leftOut].map(({ what }) => what));
  const missing = steps.filter(({ fact }) => open.has(fact.what)).map(({ fact }) => fact.what);
  if (missing.length === 0) return;
  throw new HoldfastError(
    'RESTORE_FAILED',
    `After it was made, this is not as in the backup: ${missing.slice(0, 5).join(', ')}.`,
    { details: { missing } },
  );
}

function undoOf(steps: readonly Step[]): string[] {
  return steps
    .toReversed()
    .flatMap(({ fact, was }) => (was ? (was.shown === null ? [] : was.statements) : fact.remove))
    .map((statement) => `${statement};`);
}

/** The error, after nothing is left of what was made. */
async function takenBack(
  session: Session,
  made: readonly string[],
  failure: HoldfastError,
): Promise<HoldfastError> {
  const left: string[] = [];
  try {
    await session.execute('rollback');
    for (const name of made.toReversed()) {
      await session.executeOne(`drop tablespace ${quoteIdentifier(name)}`).catch(() => void left.push(name));
    }
  } catch {
    // The connection is gone: the server rolls back, and its tablespaces stay.
    left.push(...made);
  }
  const state =
    left.length === 0
      ? 'Everything was rolled back.'
      : `Roles were rolled back; empty tablespaces are left: ${left.join(', ')}.`;
  return new HoldfastError(failure.code, `${failure.message} ${state}`, {
    hint: failure.hint,
    details: { ...failure.details, ...(left.length > 0 ? { tablespacesLeft: left } : {}) },
    cause: failure,
  });
}

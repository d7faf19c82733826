import { isBeside } from '../../contract/restore-depth.ts';
import type { Manifest } from '../../format/manifest.ts';
import type { ConnectionTarget } from '../../postgres/connection.ts';
import { databaseFailure } from '../../postgres/failure.ts';
import { quoteName, type QualifiedName } from '../../postgres/identifiers.ts';
import { readRelations } from '../../postgres/inspect/relations.ts';
import { Session } from '../../postgres/wire/session.ts';
import { restoreScope } from '../entries/scope.ts';
import { ofContent } from '../entries/without-rows.ts';
import type { RestoreRequest } from '../requests.ts';
import { usableEvaluation } from './evaluation.ts';
import type { PlanInput } from './input.ts';
import { liveSchema } from './live-schema.ts';
import { planBeside } from './plan-beside.ts';
import { planInPlace } from './plan-in-place.ts';
import { planNewDatabase } from './plan-new-database.ts';
import type { Plan } from './plan.ts';
import { droppedTables } from './replacement.ts';
import { adaptToServer } from './target-differences.ts';

/**
 * Decides what a restore does, or why it is refused. Changes nothing and takes no lock that blocks other sessions.
 * @throws TABLES_NOT_FOUND, INVALID_REQUEST, DATABASE_UNREACHABLE, INSUFFICIENT_PRIVILEGE, LOCK_TIMEOUT, RESTORE_FAILED
 *   when the live schema cannot be read; CANCELLED or the abort reason
 */
export async function makePlan(asked: PlanInput): Promise<Plan> {
  const { live, request } = asked;
  const input = { ...asked, manifest: ofContent(asked.manifest, request.content) };
  // Before the server is asked anything.
  const scopeThen = restoreScope(input.manifest, request);
  return inPlanSession(live, request, async (session) => {
    const adapted = await adaptToServer(session, input.manifest, request);
    const { manifest } = adapted;
    const scope = manifest === input.manifest ? scopeThen : restoreScope(manifest, request);
    const given = { ...input, manifest };
    const ofLive = { ...given, liveSchema: input.liveSchema ?? liveSchema() };
    const plan = await (request.target.mode !== 'in-place'
      ? planNewDatabase(session, given, scope, request.target, adapted)
      : isBeside(request)
        ? planBeside(session, ofLive, scope, adapted)
        : planInPlace(session, ofLive, scope, adapted));
    await session.execute('commit');
    plan.warnings.push(...(await usableEvaluation(session, manifest)).unusable);
    return plan;
  });
}

/** The tables of a restore in place that exist, whose rows it replaces or drops. @throws what makePlan throws */
export async function overwrittenTables(
  live: ConnectionTarget,
  manifest: Manifest,
  request: RestoreRequest,
): Promise<QualifiedName[]> {
  if (request.target.mode !== 'in-place' || request.content === 'schema' || isBeside(request)) return [];
  const { tables } = restoreScope(manifest, request);
  const dropped =
    request.onDrift === 'replace' ? droppedTables(await makePlan({ live, manifest, request })) : [];
  return inPlanSession(live, request, async (session) => {
    const there = new Set((await readRelations(session)).map(quoteName));
    const all = new Map([...tables, ...dropped].map((table) => [quoteName(table), table] as const));
    return [...all.values()].filter((table) => there.has(quoteName(table)));
  });
}

async function inPlanSession<T>(
  live: ConnectionTarget,
  { lockTimeoutMs }: RestoreRequest,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  try {
    const session = await Session.open(live, { applicationName: 'holdfast plan', lockTimeoutMs });
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

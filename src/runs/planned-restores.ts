import { HoldfastError } from '../base/errors.ts';
import { redact } from '../base/redaction.ts';
import { planKeptMinutes } from '../catalog/restore-plans.ts';
import { planDifferences } from '../contract/plan-differences.ts';
import type { RestorePlan } from '../contract/restore.ts';
import { databaseFailure } from '../postgres/failure.ts';
import type { RunContext } from './context.ts';

/** A plan that was asked for, and is to be carried out as it is. */
export interface AskedPlan {
  id: string;
  plan: RestorePlan;
}

/**
 * Keeps a plan with its order, so that it can be ordered by its id.
 * @returns null where it cannot be kept: a plan is wanted also of a database on whose disk there is no room
 */
export async function keepPlan(
  { catalog, logger }: RunContext,
  ordered: object,
  planned: RestorePlan,
): Promise<string | null> {
  const { statements: _, ...plan } = planned;
  try {
    return await catalog.restorePlans.keep({ ordered, plan });
  } catch (error) {
    const { code, message } = databaseFailure(error);
    logger.log('warn', `a plan could not be kept: ${redact(message)}`, { code });
    return null;
  }
}

/** The order of a kept plan. @throws PLAN_OUTDATED for one that is not known, or no longer */
export async function plannedOrder<Order>(
  { catalog }: RunContext,
  id: string,
): Promise<Order & { planned: AskedPlan }> {
  const kept = await catalog.restorePlans.get(id);
  if (!kept) {
    throw new HoldfastError(
      'PLAN_OUTDATED',
      `The plan ${id} is not known in this database, or is older than ${planKeptMinutes} minutes. Nothing was restored.`,
    );
  }
  return { ...(kept.ordered as Order), planned: { id, plan: kept.plan as RestorePlan } };
}

/** @throws PLAN_OUTDATED naming what is no longer as it was planned */
export function requireAsPlanned(before: RestorePlan, now: RestorePlan): void {
  const differences = planDifferences(before, now);
  if (differences.length === 0) return;
  const [first] = differences;
  const more = differences.length > 1 ? `, and ${differences.length - 1} more` : '';
  throw new HoldfastError(
    'PLAN_OUTDATED',
    `What the restore would do is no longer what was planned: ${first}${more}. Nothing was restored.`,
    { details: { differences } },
  );
}

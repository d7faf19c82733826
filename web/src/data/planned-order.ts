import type { RestoreBody, RestoreOrder, RestoreOutlook } from './client.ts';

/** What was shown is what is done: the plan by its id, or what it was asked for where it could not be kept. */
export function plannedOrder(plan: RestoreOutlook | undefined, body: RestoreBody): RestoreOrder {
  return plan === undefined || plan.planId === null ? body : { planId: plan.planId, identity: body.identity };
}

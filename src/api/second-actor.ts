import { HoldfastError } from '../base/errors.ts';
import type { FourEyesRule, GuardedCall } from '../catalog/approvals.ts';
import { guardedKinds, type GuardedKind } from '../contract/approval.ts';
import type { Scope } from '../contract/scopes.ts';
import { partiesOf } from './auth/parties.ts';
import type { ApiContext } from './context.ts';
import type { Operation, Work } from './operation.ts';

/** What a call does that may need a second actor. */
export interface Guarded {
  kind: GuardedKind;
  /** All that an actor must know to approve it, and whatever makes it another call. Without keys and passwords. */
  what: Record<string, unknown>;
}

/** The most calls of one actor that wait at the same time. */
const waitingLimit = 50;

/** What needs a second actor: what this process says, and what was set for all that use these tables. */
export async function fourEyesRule({
  catalog,
  config,
}: Pick<ApiContext, 'catalog' | 'config'>): Promise<FourEyesRule> {
  const { operations = [], hours } = config.fourEyes;
  const kept = await catalog.approvals.rule();
  return {
    operations: guardedKinds.filter((kind) => operations.includes(kind) || kept?.operations.includes(kind)),
    hours: config.fourEyes.operations === undefined ? (kept?.hours ?? hours) : hours,
  };
}

/** Makes what this process says hold for all that use these tables, the command line too. */
export async function keepFourEyesRule({
  catalog,
  config,
}: Pick<ApiContext, 'catalog' | 'config'>): Promise<void> {
  const { operations, hours } = config.fourEyes;
  if (operations === undefined) return;
  const rule = { operations: guardedKinds.filter((kind) => operations.includes(kind)), hours };
  if (!(await catalog.approvals.setRule(rule))) return;
  const said = rule.operations.join(', ') || 'nothing';
  config.logger.log('warn', `from now on a second actor is needed for: ${said}`, { ...rule });
}

/**
 * Does the work of a call, if it needs no second actor or one has approved it. An approval is used up by that, unless the work fails.
 * @throws APPROVAL_REQUIRED, after it was asked for; TOO_MANY_APPROVALS; what the work throws
 */
export async function withSecondActor<T>(
  context: Work,
  { name, scope, guard }: Operation,
  values: readonly unknown[],
  work: () => Promise<T>,
): Promise<T> {
  if (!guard) return work();
  const { catalog, caller } = context;
  const rule = await fourEyesRule(context);
  const guarded = rule.operations.length > 0 ? await guard(context, ...values) : undefined;
  if (!guarded || !rule.operations.includes(guarded.kind)) return work();
  const call: GuardedCall = {
    ...guarded,
    operation: name,
    scope: scope as Scope,
    requestedBy: caller.actor,
    parties: partiesOf(caller),
  };
  const approved = await catalog.approvals.use(call);
  if (approved === undefined) throw await asked(context, call, rule.hours);
  try {
    return await work();
  } catch (error) {
    await catalog.approvals.giveBack(approved);
    throw error;
  }
}

async function asked({ catalog }: Work, call: GuardedCall, hours: number): Promise<HoldfastError> {
  const approval = await catalog.approvals.request(call, hours, waitingLimit);
  if (!approval) {
    return new HoldfastError(
      'TOO_MANY_APPROVALS',
      `${waitingLimit} calls of ${call.requestedBy} wait for a second actor already.`,
      { details: { limit: waitingLimit } },
    );
  }
  const { id, kind, expiresAt } = approval;
  return new HoldfastError(
    'APPROVAL_REQUIRED',
    `Nothing was done: this needs a second actor (four eyes: ${kind}). It waits as number ${id} to be approved, until ${expiresAt.toISOString()}.`,
    { details: { approval: id, kind, operation: call.operation, expiresAt: expiresAt.toISOString() } },
  );
}

import { HoldfastError } from '../../base/errors.ts';
import type { ApprovalRecord } from '../../catalog/approvals.ts';
import { approvalsQuery, approvalBody, type Approval } from '../../contract/approval.ts';
import { id } from '../../contract/fields.ts';
import * as routes from '../../contract/routes/approvals.ts';
import { isAllowed } from '../auth/caller.ts';
import { isNamed, partiesOf } from '../auth/parties.ts';
import { endpoint, ok } from '../endpoint.ts';
import { notAllowed } from '../error-answer.ts';
import { operation } from '../operation.ts';
import { fourEyesRule } from '../second-actor.ts';

const shown = 200;

export const listApprovals = operation({
  name: 'listApprovals',
  takes: [approvalsQuery.prefault({})],
  async run(work, { state = null }) {
    const { operations, hours } = await fourEyesRule(work);
    const rows = await work.catalog.approvals.list(state, shown);
    return { rule: { operations: [...operations], hours }, approvals: rows.map(present) };
  },
  endpoints: [endpoint(routes.readApprovals, async ({ api, query }) => ok(await api.listApprovals(query)))],
});

export const decideApproval = operation({
  name: 'decideApproval',
  takes: [id, approvalBody],
  async run({ catalog, caller }, asked, { decision }) {
    const approval = await catalog.approvals.get(asked);
    if (!approval) {
      throw new HoldfastError('APPROVAL_NOT_FOUND', `There is no approval ${asked}.`, {
        details: { id: asked },
      });
    }
    if (!isAllowed(caller, approval.scope)) throw notAllowed(caller, approval.scope);
    if (decision === 'approve') requireSecond(caller, approval);
    const decided = await catalog.approvals.decide(
      asked,
      decision === 'approve' ? 'approved' : 'refused',
      caller.actor,
    );
    if (!decided) {
      const { state } = (await catalog.approvals.get(asked)) ?? approval;
      throw new HoldfastError('APPROVAL_DECIDED', `Approval ${asked} is ${state} already.`, {
        details: { id: asked, state },
      });
    }
    return present(decided);
  },
  endpoints: [
    endpoint(routes.decideApproval, async ({ api, params, body }) =>
      ok({ success: true, approval: await api.decideApproval(params.id, body) }),
    ),
  ],
});

/** @throws SECOND_ACTOR_NEEDED */
function requireSecond(
  caller: Parameters<typeof partiesOf>[0],
  { id: number, parties }: ApprovalRecord,
): void {
  const refused = (why: string): HoldfastError =>
    new HoldfastError('SECOND_ACTOR_NEEDED', `Approval ${number} was not given: ${why}`, {
      details: { id: number },
    });
  if (!isNamed(caller)) {
    throw refused(`it is not known who ${caller.actor} is, and it may be the one who asked.`);
  }
  const common = partiesOf(caller).find((party) => parties.includes(party));
  if (common !== undefined) {
    throw refused(
      common === parties[0] && common === partiesOf(caller)[0]
        ? `${caller.actor} asked for it.`
        : `${caller.actor} counts as the one who asked, for both are or were made by ${common}.`,
    );
  }
}

function present(record: ApprovalRecord): Approval {
  const { parties: _, requestedAt, expiresAt, decidedAt, ...approval } = record;
  return {
    ...approval,
    requestedAt: requestedAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    decidedAt: decidedAt?.toISOString() ?? null,
  };
}

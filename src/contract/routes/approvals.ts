import { z } from 'zod';
import { approvalAnswer, approvalsAnswer, approvalsQuery, approvalBody } from '../approval.ts';
import { idText } from '../fields.ts';
import { route } from '../route.ts';

export const readApprovals = route({
  method: 'GET',
  path: '/approvals',
  scope: 'restore',
  summary: 'Calls that need a second actor, and what became of them',
  query: approvalsQuery,
  answers: { 200: { description: 'The newest first, at most 200', schema: approvalsAnswer } },
});

export const decideApproval = route({
  method: 'POST',
  path: '/approvals/{id}',
  scope: 'restore',
  summary: 'Approve a call of another actor, or refuse it',
  description:
    'Needs the scope that the call itself needs. An approved call is not made: its own actor makes it again. That actor may refuse it too, and not approve it.',
  params: z.object({ id: idText }),
  body: approvalBody,
  bodyRequired: true,
  answers: { 200: { description: 'As it is now', schema: approvalAnswer } },
});

import { z } from 'zod';
import { id, timestamp } from './fields.ts';
import { schemaNames } from './names.ts';
import { scope } from './token.ts';

/** What can be made to need a second actor. */
export const guardedKinds = ['restore', 'delete', 'retention', 'stores'] as const;
export type GuardedKind = (typeof guardedKinds)[number];

export const approvalStates = ['pending', 'approved', 'done', 'refused', 'expired'] as const;
export type ApprovalState = (typeof approvalStates)[number];

/** A call that needs a second actor. */
export const approval = z
  .object({
    id,
    state: z.enum(approvalStates).meta({
      description:
        'pending: it waits for a second actor. approved: its own actor can make the same call again, once, and it is done. done: that has happened. refused. expired: it was not approved, or not made again, in time',
    }),
    kind: z.enum(guardedKinds).meta({ description: 'Why it needs a second actor' }),
    operation: z.string().meta({ description: 'The name of its method: `deleteBackup`' }),
    what: z.record(z.string(), z.unknown()).meta({
      description: 'What it will do. A key or a password is no part of it',
    }),
    scope: scope.meta({ description: 'What one needs to approve it' }),
    requestedBy: z.string(),
    requestedAt: timestamp,
    expiresAt: timestamp,
    decidedBy: z.string().nullable(),
    decidedAt: timestamp.nullable(),
  })
  .register(schemaNames, { id: 'Approval' });
export type Approval = z.infer<typeof approval>;

export const approvalsQuery = z.strictObject({ state: z.enum(approvalStates).optional() });
export type ApprovalsQuery = z.input<typeof approvalsQuery>;

/** `POST /approvals/{id}` */
export const approvalBody = z
  .strictObject({ decision: z.enum(['approve', 'refuse']) })
  .register(schemaNames, { id: 'ApprovalBody' });
export type ApprovalBody = z.input<typeof approvalBody>;

/** What needs a second actor here. */
export const fourEyesRule = z.object({
  operations: z.array(z.enum(guardedKinds)),
  hours: z.number().meta({ description: 'Within how many hours it must be approved and made again' }),
});

export const approvalsAnswer = z
  .object({ rule: fourEyesRule, approvals: z.array(approval) })
  .register(schemaNames, { id: 'ApprovalsAnswer' });
export type ApprovalsAnswer = z.infer<typeof approvalsAnswer>;

export const approvalAnswer = z.object({ success: z.literal(true), approval });

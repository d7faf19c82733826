import type { Approval, ApprovalsAnswer, GuardedKind } from './approval.ts';

/** The words about calls that need a second actor, for the page and the command line. Pure. */

/** What needs a second actor; noun phrases. */
const guardedWords: Readonly<Record<GuardedKind, string>> = {
  restore: 'restores over what there is',
  delete: 'deleting backups',
  retention: 'keeping less',
  stores: 'forgetting stores',
};

/** `deleting backups, keeping less`; empty where nothing needs a second actor. */
export function neededFor({ operations }: ApprovalsAnswer['rule']): string {
  return operations.map((kind) => guardedWords[kind]).join(', ');
}

/** What a call will do: `deleteBackup {"backup":12,"despiteFinding":false}`. What is empty is left out. */
export function guardedCallInWords({ operation, what }: Pick<Approval, 'operation' | 'what'>): string {
  const said = Object.entries(what).filter(
    ([, value]) => value !== null && (typeof value !== 'object' || Object.keys(value).length > 0),
  );
  return `${operation} ${JSON.stringify(Object.fromEntries(said))}`;
}

/** `approved by ben@example.com` */
export function stateInWords({ state, decidedBy }: Pick<Approval, 'state' | 'decidedBy'>): string {
  if (state === 'pending') return 'waits for a second actor';
  if (state === 'approved') return `approved by ${decidedBy}: its actor can do it now`;
  if (state === 'done') return `done, approved by ${decidedBy}`;
  if (state === 'refused') return `refused by ${decidedBy}`;
  return decidedBy === null ? 'expired: it was not approved in time' : 'expired: it was not done in time';
}

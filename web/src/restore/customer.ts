/** Whose rows come back, and how; in the address and as it is sent. Pure. */
import type { ChosenTenant, RestoreBody } from '../data/client.ts';

export interface Customer {
  /** What the column of the setting `tenants` has in their rows; empty until it is typed. */
  id: string;
  onConflict: ChosenTenant['onConflict'];
  /** Also missing rows that theirs refer to. */
  withParents: boolean;
}

export const noCustomer: Customer = { id: '', onConflict: 'fail', withParents: false };

const decisions: readonly ChosenTenant['onConflict'][] = ['skip', 'overwrite'];

/** Null when the address asks for none. */
export function readCustomer(query: URLSearchParams): Customer | null {
  const id = query.get('customer');
  if (id === null) return null;
  return {
    id,
    onConflict: decisions.find((each) => each === query.get('conflict')) ?? 'fail',
    withParents: query.get('parents') === 'true',
  };
}

export function writeCustomer(query: URLSearchParams, { id, onConflict, withParents }: Customer): void {
  query.set('customer', id);
  if (onConflict !== 'fail') query.set('conflict', onConflict);
  if (withParents) query.set('parents', 'true');
}

export function customerRequest({ id, ...how }: Customer): Partial<RestoreBody> {
  return { restoreType: 'rows', tenant: { id: id.trim(), ...how } };
}

/** Whether it is known whose rows are meant. */
export function isTyped(customer: Customer | null): boolean {
  return customer !== null && customer.id.trim() !== '';
}

/** The stores that a schedule copies to, with their rules. Pure. */
import type { Schedule, StoreSummary } from '../data/client.ts';

export type ScheduleCopies = Schedule['copyTo'];
export type ScheduleCopy = NonNullable<ScheduleCopies>[number];

/** The stores that are configured for copies. */
export function configuredCopies(stores: readonly StoreSummary[]): string[] {
  return stores.filter(({ role }) => role === 'copy').map(({ name }) => name);
}

/** Nothing is copied to where it is written. */
export function withoutStore(copies: ScheduleCopies, store: string): ScheduleCopies {
  return copies?.filter((copy) => copy.store !== store) ?? null;
}

/** Whether a store has rules of its own; else it keeps what the schedule keeps. */
export function hasRules(copy: ScheduleCopy): boolean {
  return Object.keys(copy).some((field) => field !== 'store');
}

/** `copies` with another entry for a store. Those that are only configured are named from then on. */
export function withEntry(
  copies: ScheduleCopies,
  configured: readonly string[],
  entry: ScheduleCopy,
): ScheduleCopy[] {
  const all = copies ?? configured.map((store): ScheduleCopy => ({ store }));
  return all.map((copy) => (copy.store === entry.store ? entry : copy));
}

import type { Subject } from './subjects.ts';

/** Of partitions, and of tables with a date in their names: whether those that go are the oldest. */

const natural = new Intl.Collator('en', { numeric: true });

const otherBounds: ReadonlySet<string> = new Set(['default', 'list', 'hash']);

/** The range partitions of a partitioned table, the oldest first. */
export function rangeSiblings(root: string, subjects: ReadonlyMap<string, Subject>): Subject[] {
  return [...subjects.values()]
    .filter((each) => each.root === root && each.bound !== null && !otherBounds.has(each.bound))
    .toSorted((one, other) => compareBounds(one.bound!, other.bound!));
}

/** Whether everything that goes is older than everything that stays, of which there is more than one. */
export function isRotation(going: readonly (string | null)[], left: readonly (string | null)[]): boolean {
  if (left.length < 2) return false;
  const bounds = [...going, ...left];
  if (bounds.some((bound) => bound === null || otherBounds.has(bound))) return false;
  const oldestLeft = left.reduce((oldest, each) => (compareBounds(each!, oldest!) < 0 ? each : oldest))!;
  return going.every((each) => compareBounds(each!, oldestLeft) < 0);
}

function compareBounds(one: string, other: string): number {
  const isLowest = (bound: string): boolean => bound.includes('MINVALUE');
  if (isLowest(one) || isLowest(other)) return Number(isLowest(other)) - Number(isLowest(one));
  return natural.compare(one, other);
}

/** Equal for names that differ in their numbers alone; undefined for a name without any. */
export function familyOf(key: string): string | undefined {
  const family = key.replaceAll(/\d+/g, '#');
  return family === key ? undefined : family;
}

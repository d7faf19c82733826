import type { Parts, Subject } from './subjects.ts';

/** Of partitions, and of tables with a date in their names: whether those that go are the oldest. */

const natural = new Intl.Collator('en', { numeric: true });

const otherBounds: ReadonlySet<string> = new Set(['default', 'list', 'hash']);

/** The range partitions of a partitioned table, the oldest first. */
export function rangesOf(parts: Parts, root: string): Subject[] {
  return (parts.get(root) ?? [])
    .filter(({ bound }) => bound !== null && !otherBounds.has(bound))
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

const dateInName = /(?:19|20)\d\d[-_]?[wq]?\d/;

/** Equal for names in one schema that differ in a date; undefined for a name without one. Tables that are merely numbered are no family. */
export function familyOf(key: string): string | undefined {
  const [schema, name] = JSON.parse(key) as [string, string];
  return dateInName.test(name) ? JSON.stringify([schema, name.replaceAll(/\d+/g, '#')]) : undefined;
}

import type { LiveRelation } from './relations.ts';

/** Every relation this one is a partition of or inherits from, directly or not. */
export function ancestorsOf(
  relation: LiveRelation,
  byOid: ReadonlyMap<number, LiveRelation>,
): LiveRelation[] {
  const found = new Set<LiveRelation>();
  const queue = [...relation.parents];
  for (let oid = queue.pop(); oid !== undefined; oid = queue.pop()) {
    const parent = byOid.get(oid);
    if (!parent || found.has(parent)) continue;
    found.add(parent);
    queue.push(...parent.parents);
  }
  return [...found];
}

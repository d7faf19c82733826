import type { RestoreOrder } from '../contract/restore-order.ts';
import { keepsLess } from '../retention/keeps-less.ts';
import { rulesOf, type Rules, type RuleSettings } from '../runs/schedule-retention.ts';
import type { Guarded } from './second-actor.ts';

/** A restore over what there is. One into a new database, or beside the live tables, overwrites nothing. */
export function guardedRestore(
  order: Partial<Pick<RestoreOrder, 'target' | 'intoSchema' | 'as' | 'identity'>> & object,
): Guarded | undefined {
  const {
    identity: _,
    planned: __,
    ...what
  } = order as typeof order & { planned?: unknown; identity?: unknown };
  const beside = (what.intoSchema ?? what.as ?? null) !== null;
  return beside || what.target?.mode === 'new-database' ? undefined : { kind: 'restore', what };
}

/**
 * A change of a schedule after which less is kept, here or in a store that is copied to.
 * @param before what applies to the backups of the schedule now; undefined where nothing is ever deleted
 */
export function guardedRetention(
  name: string,
  after: RuleSettings | undefined,
  before: RuleSettings | undefined,
): Guarded | undefined {
  const [then, now] = [after, before].map((schedule) => (schedule ? rulesOf(schedule) : keepsAll));
  const copiedTo = new Set([...then!.copies.keys(), ...now!.copies.keys()]);
  const less =
    keepsLess(then!.own, now!.own) ||
    [...copiedTo].some((store) =>
      keepsLess(then!.copies.get(store) ?? then!.own, now!.copies.get(store) ?? now!.own),
    );
  if (!less) return undefined;
  return { kind: 'retention', what: { schedule: name, ...then!.own, copyTo: after?.copyTo ?? null } };
}

const keepsAll: Rules = { own: {}, copies: new Map() };

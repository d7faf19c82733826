import { quoteIdentifier, quoteName, type QualifiedName } from '../identifiers.ts';
import type { Session } from '../wire/session.ts';

/** pg_trigger.tgenabled: O fires normally, R as replica, A always, D never. */
export type TriggerState = 'O' | 'R' | 'A' | 'D';

export interface UserTrigger {
  table: QualifiedName;
  name: string;
  state: TriggerState;
  /** Whether it is a copy that a partitioned table's trigger made on a partition. */
  cloned: boolean;
  /** Partition ancestors first. */
  depth: number;
}

/** The user-made triggers on these relations, and their copies on partitions, in any state. */
export async function readTriggers(session: Session, oids: readonly number[]): Promise<UserTrigger[]> {
  const rows = await session.query<{
    schema: string;
    table: string;
    name: string;
    state: TriggerState;
    cloned: boolean;
    depth: number;
  }>(
    `select n.nspname as schema, c.relname as table, t.tgname as name, t.tgenabled as state,
      t.tgparentid <> 0 as cloned,
      case when c.relispartition then (select pg_catalog.count(*) from pg_catalog.pg_partition_ancestors(c.oid))::int
        else 1 end as depth
    from pg_catalog.pg_trigger t
      join pg_catalog.pg_class c on c.oid = t.tgrelid
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where t.tgrelid = any($1::pg_catalog.oid[]) and (t.tgparentid <> 0 or not t.tgisinternal)
      and not exists (select from pg_catalog.pg_constraint k where k.oid = t.tgconstraint and k.contype <> 't')
    order by depth, n.nspname, c.relname, t.tgname`,
    [oids],
  );
  return rows.map(({ schema, table, ...rest }) => ({ table: { schema, name: table }, ...rest }));
}

/**
 * Disables what would fire. A partitioned table's trigger is disabled at the top, which takes its copies
 * along; the copies themselves may only be touched by a superuser before PostgreSQL 15.
 */
export function disableTriggers(triggers: readonly UserTrigger[]): string[] {
  return triggers
    .filter((trigger) => !trigger.cloned)
    .filter(
      (trigger) =>
        trigger.state !== 'D' || triggers.some((other) => other.cloned && other.name === trigger.name),
    )
    .map((trigger) => change(trigger, 'D', false));
}

/** Puts every trigger back as it was found: from the top down, then the copies that differed. */
export function restoreTriggers(triggers: readonly UserTrigger[], now: readonly UserTrigger[]): string[] {
  const key = (trigger: UserTrigger): string => `${quoteName(trigger.table)} ${trigger.name}`;
  const current = new Map(now.map((trigger) => [key(trigger), trigger.state]));
  return triggers
    .filter((trigger) => {
      const state = current.get(key(trigger));
      return state !== undefined && state !== trigger.state;
    })
    .map((trigger) => change(trigger, trigger.state, trigger.cloned));
}

const verbs: Record<TriggerState, string> = {
  O: 'enable trigger',
  R: 'enable replica trigger',
  A: 'enable always trigger',
  D: 'disable trigger',
};

function change(trigger: UserTrigger, state: TriggerState, only: boolean): string {
  return `alter table ${only ? 'only ' : ''}${quoteName(trigger.table)} ${verbs[state]} ${quoteIdentifier(trigger.name)}`;
}

export interface EventTrigger {
  name: string;
  state: TriggerState;
  /** Whether this role may change it. */
  changeable: boolean;
}

/** Event triggers that would fire on the DDL of a restore. */
export async function readEventTriggers(session: Session): Promise<EventTrigger[]> {
  return session.query<EventTrigger & Record<string, unknown>>(
    `select evtname as name, evtenabled as state, pg_catalog.pg_has_role(evtowner, 'usage') as changeable
     from pg_catalog.pg_event_trigger where evtenabled <> 'D' order by evtname`,
  );
}

const eventVerbs: Record<TriggerState, string> = {
  O: 'enable',
  R: 'enable replica',
  A: 'enable always',
  D: 'disable',
};

export function changeEventTrigger(trigger: EventTrigger, state: TriggerState): string {
  return `alter event trigger ${quoteIdentifier(trigger.name)} ${eventVerbs[state]}`;
}

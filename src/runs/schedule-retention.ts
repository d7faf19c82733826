import { defaultScheduleName } from '../catalog/schedules.ts';
import type { ScheduleSettings } from '../contract/schedule.ts';
import { keepsLess } from '../retention/keeps-less.ts';
import { decidePlaces, type PlacedBackup, type PlacedDecisions } from '../retention/places.ts';
import type { RetentionPolicy } from '../retention/policy.ts';
import type { RunContext } from './context.ts';

type PolicySettings = Pick<
  ScheduleSettings,
  | 'retentionDays'
  | 'maxBackups'
  | 'keepHourly'
  | 'keepDaily'
  | 'keepWeekly'
  | 'keepMonthly'
  | 'keepYearly'
  | 'keepMinimum'
  | 'failedDays'
  | 'timezone'
>;

export type RuleSettings = PolicySettings & Pick<ScheduleSettings, 'copyTo'>;

/** What of a schedule is its retention policy. */
export function policyOf(schedule: PolicySettings): RetentionPolicy {
  return {
    retentionDays: schedule.retentionDays,
    maxBackups: schedule.maxBackups,
    keepHourly: schedule.keepHourly,
    keepDaily: schedule.keepDaily,
    keepWeekly: schedule.keepWeekly,
    keepMonthly: schedule.keepMonthly,
    keepYearly: schedule.keepYearly,
    keepMinimum: schedule.keepMinimum,
    failedDays: schedule.failedDays,
    timezone: schedule.timezone,
  };
}

/** Rules in place of those that a schedule has. */
export interface PolicyChange {
  name: string;
  settings: RuleSettings;
}

/** What one schedule says of the store that it writes to, and of those that it copies to. */
interface Rules {
  own: RetentionPolicy;
  copies: ReadonlyMap<string, RetentionPolicy>;
}

/** Every store that nothing is copied to. */
const written = '';

/**
 * What the policies of all schedules keep and delete now; nothing is changed. A policy that nobody has set deletes nothing. Each
 * decides about the backups of its own schedule, the default one about all others, those of schedules that are gone included. So
 * each keeps a last good backup of its own, and the last good one of all is among them. In a store that is copied to, each
 * schedule's rules for that store decide, and it has a last good backup of its own there.
 * @param withoutBrake as it would be if no finding kept anything
 */
export async function decideBySchedule(
  context: RunContext,
  { change, withoutBrake = false }: { change?: PolicyChange | undefined; withoutBrake?: boolean } = {},
): Promise<PlacedDecisions & { backups: PlacedBackup[] }> {
  const { catalog, stores } = context;
  const schedules = await catalog.schedules.all();
  const rules = new Map<string, Rules>([[defaultScheduleName, { own: {}, copies: new Map() }]]);
  for (const schedule of schedules) rules.set(schedule.name, rulesOf(schedule));
  if (change) rules.set(change.name, rulesOf(change.settings));
  const copiedTo = new Set([
    ...stores.copiedTo,
    ...[...schedules, ...(change ? [change.settings] : [])].flatMap(
      ({ copyTo }) => copyTo?.map(({ store }) => store) ?? [],
    ),
  ]);
  const backups = await catalog.backups.forRetention(stores.names);
  const [clock] = await catalog.pool.query<{ now: Date }>('select pg_catalog.now() as now');
  const decided = decidePlaces(
    withoutBrake ? backups.map((backup) => ({ ...backup, heldBy: [] })) : backups,
    defaultScheduleName,
    {
      groupOf: (store) => (copiedTo.has(store) ? store : written),
      policiesOf: (group) =>
        new Map([...rules].map(([name, { own, copies }]) => [name, copies.get(group) ?? own])),
    },
    clock!.now,
  );
  return { ...decided, backups };
}

/** An entry that says nothing of retention has that of its schedule. */
function rulesOf(schedule: RuleSettings): Rules {
  const copies = new Map<string, RetentionPolicy>();
  for (const { store, ...retention } of schedule.copyTo ?? []) {
    if (Object.keys(retention).length === 0) continue;
    copies.set(store, { failedDays: schedule.failedDays, timezone: schedule.timezone, ...retention });
  }
  return { own: policyOf(schedule), copies };
}

/**
 * Whether there can be backups of a schedule that go after a change and would have stayed before, here or in a store that is copied to. True where
 * that is not certain.
 * @param before what applies to them now; undefined where nothing is ever deleted. `after` the same
 */
export function wouldKeepLess(after: RuleSettings | undefined, before: RuleSettings | undefined): boolean {
  const [then, now] = [after ? rulesOf(after) : keepsAll, before ? rulesOf(before) : keepsAll];
  return (
    keepsLess(then.own, now.own) ||
    [...then.copies.keys(), ...now.copies.keys()].some((store) =>
      keepsLess(then.copies.get(store) ?? then.own, now.copies.get(store) ?? now.own),
    )
  );
}

const keepsAll: Rules = { own: {}, copies: new Map() };

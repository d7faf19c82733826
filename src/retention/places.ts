import {
  newestFirst,
  type RetentionBackup,
  type RetentionDecision,
  type RetentionDecisions,
  type RetentionPolicy,
} from './policy.ts';
import { decideRetention } from './retention.ts';

/** A backup with the stores that it is in. */
export interface PlacedBackup extends RetentionBackup {
  /** Where it is at home. */
  store: string;
  /** Bytes that it added to its stores; null where that is not known. */
  addedBytes?: number | null;
  /** Where else it is. */
  copies: readonly { store: string; damaged: boolean }[];
  /** Where it is to be copied to and is not yet, or is damaged. */
  due: readonly string[];
}

/** What becomes of a backup in one of its stores. */
export type PlaceDecision = RetentionDecision & { store: string };

export interface PlacedDecisions extends RetentionDecisions {
  /** Of each backup that is in more than one store, what becomes of it in each of them. */
  places: PlaceDecision[];
}

/** Whose rules decide in which store. */
export interface StorePolicies {
  /** Stores with the same key are decided about together. */
  groupOf(store: string): string;
  /** By the name of the schedule; the default one is among them. */
  policiesOf(group: string): ReadonlyMap<string, RetentionPolicy>;
}

/**
 * What stays where. Each store is decided about by its own rules, and a backup is deleted when none of its stores keeps it. Where
 * only some keep it, it stays there. What is to be copied and is not yet stays until it has been. Pure.
 */
export function decidePlaces(
  backups: readonly PlacedBackup[],
  defaultSchedule: string,
  { groupOf, policiesOf }: StorePolicies,
  now: Date,
): PlacedDecisions {
  const inStores = backups.flatMap((backup) => [
    { backup, store: backup.store, place: backup as RetentionBackup },
    ...backup.copies.map(({ store, damaged }) => ({ backup, store, place: { ...backup, damaged } })),
  ]);
  const places = new Map<number, PlaceDecision[]>();
  for (const [group, members] of Map.groupBy(inStores, ({ store }) => groupOf(store))) {
    // A group of several stores has a backup once, a whole one if there is any, and the same becomes of it in each of them.
    const byBackup = Map.groupBy(members, ({ backup }) => backup.id);
    const once = [...byBackup.values()].map(
      (all) => (all.find(({ place }) => !place.damaged) ?? all[0]!).place,
    );
    for (const decision of decideByPolicies(once, defaultSchedule, policiesOf(group), now)) {
      const inGroup = byBackup.get(decision.id)!.map(({ store }) => ({ ...decision, store }));
      places.set(decision.id, [...(places.get(decision.id) ?? []), ...inGroup]);
    }
  }
  const totals = { kept: 0, deleted: 0, deletedBytes: 0 };
  const decisions = backups.toSorted(newestFirst).map((backup): RetentionDecision => {
    const decision = together(backup, places.get(backup.id)!);
    if (decision.action === 'keep') totals.kept += 1;
    else {
      totals.deleted += 1;
      totals.deletedBytes += backup.storedBytes ?? 0;
    }
    return decision;
  });
  const several = backups.filter(({ copies }) => copies.length > 0).map(({ id }) => places.get(id)!);
  return { decisions, totals, places: several.flat() };
}

function together(
  { id, store, copies, due }: PlacedBackup,
  places: readonly PlaceDecision[],
): RetentionDecision {
  const home = places.find((place) => place.store === store)!;
  if (home.action === 'keep') return { id, action: 'keep', reasons: home.reasons };
  // What is damaged there replaces nothing; it is due to be put right.
  const whole = new Set(copies.filter(({ damaged }) => !damaged).map((copy) => copy.store));
  const kept = places
    .filter((place) => place.action === 'keep' && whole.has(place.store))
    .map((place) => place.store);
  if (kept.length > 0) return { id, action: 'keep', reasons: [{ code: 'in-copy', stores: kept }] };
  if (due.length > 0) return { id, action: 'keep', reasons: [{ code: 'copy-due', stores: [...due] }] };
  return { id, action: 'delete', reasons: home.reasons };
}

/** Each policy decides about the backups of its own schedule, the default one about all others. */
function decideByPolicies(
  backups: readonly RetentionBackup[],
  defaultSchedule: string,
  policies: ReadonlyMap<string, RetentionPolicy>,
  now: Date,
): RetentionDecision[] {
  const groups = Map.groupBy(backups, ({ scheduleName }) =>
    scheduleName !== null && policies.has(scheduleName) ? scheduleName : defaultSchedule,
  );
  return [...groups].flatMap(
    ([name, group]) => decideRetention(group, policies.get(name) ?? {}, now).decisions,
  );
}

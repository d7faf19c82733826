/** What a policy would do, day by day. Pure. */
import type { BackupSummary, RetentionPreview } from '../data/client.ts';
import { dayReader } from './calendar-days.ts';

export interface Decided {
  backup: BackupSummary;
  action: 'keep' | 'delete';
  reasons: string[];
  /** Of a backup that is in more than one store, what becomes of it in each. */
  places: { store: string; action: 'keep' | 'delete'; reasons: string[] }[];
}

/** Backups with their decision, newest first; only those that are in both lists. */
export function decided(backups: readonly BackupSummary[], preview: RetentionPreview): Decided[] {
  const decisions = new Map(preview.decisions.map((decision) => [decision.id, decision]));
  const places = Map.groupBy(preview.places, ({ id }) => id);
  return backups.flatMap((backup) => {
    const decision = decisions.get(backup.id);
    if (!decision) return [];
    return [
      {
        backup,
        action: decision.action,
        reasons: textsOf(decision),
        places: (places.get(backup.id) ?? []).map((place) => ({
          store: place.store,
          action: place.action,
          reasons: textsOf(place),
        })),
      },
    ];
  });
}

function textsOf({ reasons }: { reasons: { text: string }[] }): string[] {
  return reasons.map(({ text }) => text);
}

/** For each store with backups that are elsewhere too, how many of them stay there and go from there. */
export function placeTotals({
  places,
}: RetentionPreview): { store: string; kept: number; deleted: number }[] {
  return [...Map.groupBy(places, ({ store }) => store)]
    .map(([store, all]) => {
      const kept = all.filter(({ action }) => action === 'keep').length;
      return { store, kept, deleted: all.length - kept };
    })
    .toSorted((one, other) => one.store.localeCompare(other.store));
}

/** The same by the day on which each began, in the zone of the policy. */
export function byDay(all: readonly Decided[], timeZone: string): Map<string, Decided[]> {
  const dayOf = dayReader(timeZone);
  return Map.groupBy(all, ({ backup }) => dayOf(backup.createdAt));
}

/** `2 kept, 1 deleted` */
export function dayWords(items: readonly Decided[]): string {
  const kept = items.filter((item) => item.action === 'keep').length;
  const deleted = items.length - kept;
  const parts = [kept > 0 ? `${kept} kept` : '', deleted > 0 ? `${deleted} deleted` : ''];
  return parts.filter((part) => part !== '').join(', ');
}

/** What a policy would do, day by day. Pure. */
import type { BackupSummary, RetentionPreview } from '../data/client.ts';
import { dayReader } from './calendar-days.ts';

export interface Decided {
  backup: BackupSummary;
  action: 'keep' | 'delete';
  reasons: string[];
}

/** Backups with their decision, newest first; only those that are in both lists. */
export function decided(backups: readonly BackupSummary[], preview: RetentionPreview): Decided[] {
  const decisions = new Map(preview.decisions.map((decision) => [decision.id, decision]));
  return backups.flatMap((backup) => {
    const decision = decisions.get(backup.id);
    if (!decision) return [];
    return [{ backup, action: decision.action, reasons: decision.reasons.map((reason) => reason.text) }];
  });
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

import type { BackupSummary } from '../../../src/contract/shapes.ts';
import { counted } from '../format/numbers.ts';

const triggers: Record<BackupSummary['trigger'], string> = {
  manual: 'by hand',
  point: 'as a point',
  schedule: 'by schedule',
  safety: 'before a restore',
};

const types: Record<BackupSummary['type'], string> = {
  full: 'Full',
  partial: 'Partial',
  globals: 'Roles and tablespaces',
};

/** `Full, by schedule` */
export function kindOf({ type, trigger }: Pick<BackupSummary, 'type' | 'trigger'>): string {
  return `${types[type]}, ${triggers[trigger]}`;
}

/** The share of its data that was in the store before; null if unknown. */
export function reusedShare({
  storedBytes,
  newBytes,
}: Pick<BackupSummary, 'storedBytes' | 'newBytes'>): number | null {
  if (storedBytes === null || newBytes === null || storedBytes === 0) return null;
  return Math.max(0, 1 - newBytes / storedBytes);
}

/** What it covers, as requested. */
export function scopeOf({ type, tables }: Pick<BackupSummary, 'type' | 'tables'>): string {
  if (type === 'full') return 'Every table';
  if (type === 'globals') return 'Roles and tablespaces of the server';
  const named = tables.slice(0, 3).join(', ');
  return tables.length > 3
    ? `${named} and ${counted(tables.length - 3, 'more table', 'more tables')}`
    : named;
}

/** Where it is restored. Roles and tablespaces are brought back on the page of their backup. */
export function restoreAddress({ id, type }: Pick<BackupSummary, 'id' | 'type'>): string {
  return type === 'globals' ? `/backups/${id}?show=restore` : `/restore?backup=${id}`;
}

import type { DamagedBackup } from '../catalog/backup-summary.ts';

/** So many backups and tables are named. */
const named = 5;

/** `backups 4, 3 cannot restore public.orders` */
export function describeDamaged(damaged: readonly DamagedBackup[]): string {
  const ids = damaged.slice(0, named).map(({ id }) => id);
  const more = damaged.length > named ? ` and ${damaged.length - named} more` : '';
  const tables = [...new Set(damaged.flatMap((backup) => backup.tables))];
  const moreTables = tables.length > named ? ` and ${tables.length - named} more tables` : '';
  const what = tables.length === 0 ? 'be restored whole' : `restore ${tables.slice(0, named).join(', ')}`;
  return `${damaged.length === 1 ? 'backup' : 'backups'} ${ids.join(', ')}${more} cannot ${what}${moreTables}`;
}

/** Damaged ones that are newer than every good one that has as much: what protects now is older than it seems. */
export function unprotecting(
  damaged: readonly DamagedBackup[],
  newestGood: { id: number } | null,
): DamagedBackup[] {
  return damaged.filter(
    ({ id, type, trigger }) =>
      trigger !== 'safety' && (!newestGood || (id > newestGood.id && type === 'full')),
  );
}

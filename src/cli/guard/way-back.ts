import type { RestoreOutlook } from '../../api/contract.ts';

/** The one command that goes back to a point. Where tables have another form, that is a new database beside this one. */
export function wayBack(pointId: number, { refusals }: RestoreOutlook): string {
  const inPlace = `holdfast restore ${pointId}`;
  if (!refusals.some(({ code }) => code === 'SCHEMA_DRIFT')) return inPlace;
  return `${inPlace} --to-database before_${pointId}`;
}

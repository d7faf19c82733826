import type { BackupApi, RestoreOutlook } from '../../api/contract.ts';

/**
 * The one command that goes back to a point. Where definitions have changed it replaces them too; where that cannot be, it makes a
 * new database beside this one.
 * @param plan of a restore of the point as it is
 */
export async function wayBack(api: BackupApi, pointId: number, plan: RestoreOutlook): Promise<string> {
  const inPlace = `holdfast restore ${pointId}`;
  const refused = plan.refusals.some(({ code }) => code === 'SCHEMA_DRIFT');
  if (!refused && plan.differs.length === 0 && plan.extra.length === 0) return inPlace;
  const replacing = await api.planRestore({ backupId: pointId, restoreType: 'full', onDrift: 'replace' });
  if (!refused && replacing.replaced?.length === 0 && replacing.lost?.length === 0) return inPlace;
  const [refusal, ...others] = replacing.refusals;
  if (!refusal) return `${inPlace} --on-drift replace`;
  if (refusal.code === 'NEW_WOULD_BE_LOST' && others.length === 0) {
    return `${inPlace} --on-drift replace --drop-new`;
  }
  return refused ? `${inPlace} --to-database before_${pointId}` : inPlace;
}

import { HoldfastError } from '../base/errors.ts';
import { counted } from '../base/units.ts';
import type { Brake } from '../contract/finding.ts';
import type { RunContext } from './context.ts';
import { lookAtNew } from './radar.ts';
import { decideBySchedule } from './schedule-retention.ts';

const namedFindings = 100;

/** What open findings keep from being deleted; null while there is none. */
export async function brakeOf(context: RunContext): Promise<Brake | null> {
  const { catalog } = context;
  const open = await catalog.findings.open();
  const [oldest] = open;
  if (!oldest) return null;
  const { decisions, backups } = await decideBySchedule(context, { withoutBrake: true });
  const due = new Set(decisions.filter(({ action }) => action === 'delete').map(({ id }) => id));
  const kept = backups.filter(({ id, heldBy }) => due.has(id) && heldBy !== undefined && heldBy.length > 0);
  return {
    since: oldest.foundAt.toISOString(),
    findingIds: open
      .toReversed()
      .slice(0, namedFindings)
      .map(({ id }) => id),
    findings: open.length,
    upTo: new Date(Math.max(...open.map(({ backupAt }) => backupAt.getTime()))).toISOString(),
    backups: kept.length,
    bytes: kept.reduce((sum, { addedBytes }) => sum + (addedBytes ?? 0), 0),
  };
}

/**
 * Refuses to delete a backup that may be needed to undo what the radar has found.
 * @throws BACKUP_HELD
 */
export async function requireNotHeld(context: RunContext, id: number): Promise<void> {
  await lookAtNew(context);
  const findings = await context.catalog.backups.heldBy(id);
  if (findings.length > 0) throw held(id, findings);
}

export function held(id: number, findings: readonly number[]): HoldfastError {
  const which = findings.length === 1 ? `finding ${findings[0]}` : `findings ${findings.join(', ')}`;
  return new HoldfastError(
    'BACKUP_HELD',
    `Backup ${id} is kept: ${which} of damage in the data ${findings.length === 1 ? 'is' : 'are'} not settled, and it may be what the damage is undone from.`,
    { details: { id, findings } },
  );
}

/** For the log of a deletion that was ordered in spite of findings. */
export function inSpiteOf(findings: readonly number[]): string {
  return findings.length === 0
    ? 'deleted on request'
    : `deleted on request, in spite of ${counted(findings.length, 'open finding')}: ${findings.join(', ')}`;
}

import type { JointKind } from '../catalog/joint-runs.ts';
import type { LeadPlace } from '../engine/sharing/sharing.ts';
import type { RunContext } from './context.ts';
import type { RunInHand } from './kind.ts';

/**
 * Where other machines can join a run of this process; undefined where it is for this one alone.
 * @param asked how many machines may work on it, as its order says; null where it does not
 */
export function leadPlace(
  { catalog, settings, logger }: RunContext,
  kind: JointKind,
  { record: { id }, hold: { fence } }: Pick<RunInHand<{ id: number }>, 'record' | 'hold'>,
  asked: number | null,
): LeadPlace | undefined {
  const maxWorkers = asked ?? settings.maxWorkers;
  if (maxWorkers === 1) return undefined;
  return catalog.jointRuns.lead(kind, { id, fence }, maxWorkers, (level, message) =>
    logger.log(level, `${kind}: ${message}`, { kind, id }),
  );
}

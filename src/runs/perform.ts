import type { QueuedRun } from '../catalog/queue.ts';
import type { ActiveRun } from './active-run.ts';
import type { RunContext } from './context.ts';
import { withIdentity } from './given-identity.ts';
import { kinds } from './kinds/kinds.ts';
import { launch } from './launch.ts';
import type { LaneHold } from './locks.ts';

/**
 * Sets a run going whose row says `running`.
 * @param identity that was given for it
 * @returns undefined when the row has gone meanwhile
 */
export async function perform(
  context: RunContext,
  hold: LaneHold,
  { kind: name, id }: QueuedRun,
  identity: string | undefined,
): Promise<ActiveRun | undefined> {
  const kind = kinds[name];
  const record = await kind.rows(context.catalog).get(id);
  const withKey = identity !== undefined;
  return (
    record &&
    launch(context, { kind: name, id, locks: hold.locks }, (signal, onProgress) =>
      withIdentity(context, identity, (opened) =>
        kind.perform(opened, { record, hold, signal, onProgress, withKey }),
      ),
    )
  );
}

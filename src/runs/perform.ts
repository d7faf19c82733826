import type { QueuedRun } from '../catalog/queue.ts';
import type { ActiveRun } from './active-run.ts';
import type { RunContext } from './context.ts';
import { withIdentity } from './given-identity.ts';
import { kinds } from './kinds/kinds.ts';
import { launch } from './launch.ts';
import type { LaneHold } from './locks.ts';
import type { RunSecrets } from './run-keys.ts';

/**
 * Sets a run going whose row says `running`.
 * @param secrets that were given for it
 * @returns undefined when the row has gone meanwhile
 */
export async function perform(
  context: RunContext,
  hold: LaneHold,
  { kind: name, id }: QueuedRun,
  secrets: RunSecrets | undefined,
): Promise<ActiveRun | undefined> {
  const kind = kinds[name];
  const record = await kind.rows(context.catalog).get(id);
  const withKey = secrets !== undefined;
  return (
    record &&
    launch(context, { kind: name, id, locks: hold.locks }, (signal, onProgress) =>
      withIdentity(context, secrets?.identity, (opened) =>
        kind.perform(opened, { record, hold, signal, onProgress, withKey, target: secrets?.target }),
      ),
    )
  );
}

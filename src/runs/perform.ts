import type { QueuedRun } from '../catalog/queue.ts';
import type { ActiveRun } from './active-run.ts';
import type { RunContext } from './context.ts';
import { withIdentity } from './given-identity.ts';
import { kinds } from './kinds/kinds.ts';
import { launch } from './launch.ts';
import type { LaneHold } from './locks.ts';
import { inRunSpan } from './traced-run.ts';
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
  const ended = async () => {
    const row = await kind.rows(context.catalog).get(id);
    return row && { state: row.status, code: row.error?.code };
  };
  return (
    record &&
    launch(context, { kind: name, id, locks: hold.locks }, (signal, reported) =>
      withIdentity(context, secrets?.identity, (opened) =>
        inRunSpan(opened, { kind: name, id, onProgress: reported, ended }, (traced, onProgress) =>
          kind.perform(traced, { record, hold, signal, onProgress, withKey, target: secrets?.target }),
        ),
      ),
    )
  );
}

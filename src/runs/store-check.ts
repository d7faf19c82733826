import type { HoldfastError } from '../base/errors.ts';
import { redactedBody } from '../base/redacted-body.ts';
import type { StoreCheck } from '../contract/store-contents.ts';
import type { RunControl } from '../engine/run.ts';
import type { RunContext } from './context.ts';
import { examineBackups } from './damage.ts';
import { noteRefused, refusalOf } from './refused-documents.ts';
import { listAgain } from './store-listing.ts';

/** How many uuids are named of each. */
const namedBackups = 1_000;

/**
 * Compares a store with what the catalog believes of it: makes its index again from a listing, and finds what is missing, foreign or
 * left over. Reads no chunk of rows, and deletes nothing.
 * @throws STORE_NOT_FOUND, STORE_TAKEN; BACKUP_ROLLED_BACK when the whole store was put back to an older state; STORE_*
 */
export async function checkStore(
  context: RunContext,
  name: string,
  control: RunControl,
): Promise<StoreCheck> {
  const { catalog, stores } = context;
  // Only the catalog that writes to a store may make its own index of it again and go on by that.
  let rolledBack: HoldfastError | undefined;
  const store = await stores.openToWrite(name, {
    despite({ error }) {
      rolledBack = error;
      return true;
    },
  });
  const index = (await listAgain(store, control)) ?? null;
  const known = await catalog.backups.statuses();
  const check: StoreCheck = {
    index,
    backups: 0,
    missing: [],
    foreign: [],
    unfinished: [],
    refused: [],
    damaged: [],
    rolledBack: rolledBack ? redactedBody(rolledBack) : null,
  };
  for await (const uuid of store.listManifests()) {
    control.signal.throwIfAborted();
    const status = known.get(uuid)?.status;
    known.delete(uuid);
    const refusal = await refusalOf(store, uuid);
    if (refusal) note(check.refused, { uuid, error: redactedBody(refusal) });
    else if (status === undefined) note(check.foreign, uuid);
    else if (status === 'completed') check.backups++;
    else if (status !== 'running') note(check.unfinished, uuid);
  }
  for (const [uuid, { status, store: place, copies }] of known) {
    if (status === 'completed' && (place === name || copies.includes(name))) note(check.missing, uuid);
  }
  await noteRefused(
    context,
    name,
    check.refused.map(({ uuid, error }) => ({ uuid, message: error.message })),
  );
  check.damaged = await examineBackups(context);
  return check;
}

function note<T>(list: T[], item: T): void {
  if (list.length < namedBackups) list.push(item);
}

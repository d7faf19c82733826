import { ProgressMeter } from '../engine/progress/meter.ts';
import type { RunControl } from '../engine/run.ts';
import type { RebuiltIndex, Store } from '../store/store.ts';

/**
 * Makes the index of a store again out of a listing, and says how far it is: of the bytes that the index knew of, how many were listed.
 * @returns undefined for a store without an index
 */
export async function listAgain(store: Store, control: RunControl): Promise<RebuiltIndex | undefined> {
  const meter = new ProgressMeter(control, 0, await store.storedBytes());
  try {
    meter.phase('listing');
    const found = await store.rebuildIndex?.(control.signal, (bytes) => meter.addRawBytes(bytes));
    meter.phase('finishing');
    return found;
  } finally {
    meter.stop();
  }
}

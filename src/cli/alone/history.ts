import { factsOfType } from '../../contract/backup-type.ts';
import {
  historyIn,
  type LookedInto,
  type RowHistory,
  type WantedHistory,
} from '../../engine/diff/row-versions.ts';
import { readManifest } from '../../engine/read/manifest.ts';
import { listBackups } from '../../engine/stores/read-alone.ts';
import type { Store } from '../../store/store.ts';
import type { Invocation } from '../invocation.ts';
import { withStore } from './alone.ts';
import type { AloneOptions } from './options.ts';
import { underControl } from './under-control.ts';

/** How a row was in each backup of a store alone. */
export async function historyAlone(
  invocation: Invocation,
  address: string,
  wanted: WantedHistory,
  options: AloneOptions,
): Promise<RowHistory<{ backup: string }>> {
  return withStore(invocation, options, address, async ({ store, readIndex }) => {
    const left = 'The store was only read.';
    const work = { title: `History of a row of ${wanted.table}`, afterCancel: left, onLeaving: () => left };
    return underControl(invocation, work, async ({ signal }) => {
      await readIndex(signal);
      return historyIn(newestFirst(store), wanted, signal);
    });
  });
}

/** Those that are refused, or that no key opens, are among them: they are skipped with the reason. */
async function* newestFirst(store: Store): AsyncGenerator<LookedInto<{ backup: string }>> {
  const { signal } = new AbortController();
  for (const { uuid, contents } of await listBackups(store)) {
    if (contents && !factsOfType[contents.type].holdsTables) continue;
    yield {
      name: { backup: uuid },
      look: async (find) =>
        find(store, await readManifest(store, await store.getManifest(uuid), uuid), signal),
    };
  }
}

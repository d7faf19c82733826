import { version } from '../base/package.ts';
import type { BackupRecord } from '../catalog/backup-record.ts';
import type { LatestBackup } from '../catalog/stores.ts';
import { formatOf, isRefusal, openHeader } from '../engine/read/manifest.ts';
import type { BackupRequest } from '../engine/requests.ts';
import { format2 } from '../format/backup-document.ts';
import type { About } from '../format/root.ts';
import type { Store } from '../store/store.ts';
import type { RunContext } from './context.ts';

/** What a backup says of how it came about. */
export function aboutOf(record: BackupRecord): About {
  return {
    description: record.description,
    trigger: record.trigger,
    schedule: record.scheduleName,
    dueAt: record.dueAt?.toISOString() ?? null,
    startedAt: (record.startedAt ?? record.createdAt).toISOString(),
    holdfast: version,
  };
}

/**
 * Puts a backup after the last one that this catalog has written to the store, and remembers it as the last one then.
 * @throws STORE_TAKEN when another installation has written to the store meanwhile; nothing is put then
 */
export function inPlace(
  { catalog, stores }: RunContext,
  name: string,
  store: Store,
  uuid: string,
): NonNullable<BackupRequest['inPlace']> {
  return (at) =>
    catalog.stores.exclusively(name, async () => {
      await stores.confirmTurn(name);
      const latest = (await catalog.stores.get(name))?.latest ?? (await latestIn(store));
      const counter = (latest?.counter ?? 0) + 1;
      const placed = at({
        store: store.keys.id ?? name,
        counter,
        previous: latest?.headerHash ?? null,
        audit: await catalog.audit.head(),
      });
      // Before it is put: a number that was given is never given again, whatever becomes of this backup.
      const written = { uuid, counter, headerHash: placed.headerHash };
      await catalog.stores.setLatest(name, written);
      await placed.put();
      await catalog.stores.noteWritten(name, written);
    });
}

/** The last one in a store, of those that can be read; for a catalog that has not written to it yet. */
async function latestIn(store: Store): Promise<LatestBackup | undefined> {
  let latest: LatestBackup | undefined;
  for await (const uuid of store.listManifests()) {
    try {
      const document = await store.getManifest(uuid);
      if (formatOf(document) !== format2) continue;
      const { header, headerHash } = openHeader(store, document, uuid);
      if (header.counter > (latest?.counter ?? 0)) latest = { uuid, counter: header.counter, headerHash };
    } catch (error) {
      // What is damaged or forged says nothing of what was last.
      if (!isRefusal(error)) throw error;
    }
  }
  return latest;
}

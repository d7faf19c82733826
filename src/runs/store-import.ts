import { redactedBody } from '../base/redacted-body.ts';
import { format2 } from '../format/backup-document.ts';
import type { BackupPlaces, ImportedBackup } from '../catalog/imported-backups.ts';
import { isChunkDamage } from '../engine/read/chunk-reader.ts';
import { formatOf, isRefusal, openHeader, openManifest } from '../engine/read/manifest.ts';
import type { StoreImport } from '../contract/store-contents.ts';
import type { RunControl } from '../engine/run.ts';
import type { Store } from '../store/store.ts';
import { backupTriggers, type BackupTrigger } from '../contract/states.ts';
import type { RunContext } from './context.ts';
import { examineBackups } from './damage.ts';
import { listAgain } from './store-listing.ts';

/**
 * Takes the backups of a store that no row of the catalog knows into the catalog, with what their manifests say of how they came
 * about: after the catalog was lost, or for a store that another installation wrote. Reads the roots and no rows.
 * @throws STORE_NOT_FOUND; KEY_REQUIRED for a sealed store that cannot be opened, by the key that was given; STORE_*
 */
export async function importStore(
  context: RunContext,
  name: string,
  control: RunControl,
): Promise<StoreImport> {
  const { catalog, stores } = context;
  const store = await stores.open(name);
  // What it shows now is what it is trusted by from now on.
  await stores.note(name, store);
  await listAgain(store, control);
  const known = await catalog.backups.statuses();
  const result: StoreImport = { imported: [], known: 0, copies: [], refused: [] };
  const found: ImportedBackup[] = [];
  for await (const uuid of store.listManifests()) {
    control.signal.throwIfAborted();
    const there = known.get(uuid);
    try {
      if (there) {
        result.known++;
        if (there.status === 'completed' && !placesIn(there).includes(name)) {
          await requireSame(store, uuid);
          await catalog.copies.note(there.id, name);
          result.copies.push(there.id);
        }
      } else found.push(await describe(store, name, uuid));
    } catch (error) {
      if (!isRefusal(error) && !isChunkDamage(error)) throw error;
      result.refused.push({ uuid, error: redactedBody(error) });
    }
  }
  for (const backup of found.toSorted((a, b) => a.startedAt.getTime() - b.startedAt.getTime())) {
    const id = await catalog.backups.insertImported(backup);
    if (id !== undefined) result.imported.push(id);
  }
  await examineBackups({ ...context, stores: stores.configured });
  return result;
}

function placesIn({ store, copies }: BackupPlaces): string[] {
  return [store, ...copies];
}

/** A document that cannot be believed makes no copy of a backup. @throws MANIFEST_INVALID, SIGNATURE_INVALID */
async function requireSame(store: Store, uuid: string): Promise<void> {
  const document = await store.getManifest(uuid);
  if (formatOf(document) === format2) openHeader(store, document, uuid);
}

async function describe(store: Store, name: string, uuid: string): Promise<ImportedBackup> {
  const opened = await openManifest(store, await store.getManifest(uuid), uuid);
  const facts = opened.root ?? (await opened.read());
  const about = opened.root?.about;
  const finishedAt = new Date(opened.header?.at ?? facts.snapshot.at);
  const { totals } = facts;
  return {
    uuid,
    store: name,
    type: facts.type,
    tables: facts.requestedTables,
    trigger: triggerOf(about?.trigger),
    description: about?.description ?? null,
    scheduleName: about?.schedule ?? null,
    dueAt: about?.dueAt ? new Date(about.dueAt) : null,
    startedAt: new Date(about?.startedAt ?? facts.snapshot.at),
    finishedAt,
    tableCount: totals.tables,
    rowCount: totals.rows,
    rawBytes: totals.rawBytes,
    storedBytes: totals.storedBytes,
    chunkCount: totals.chunks,
    serverVersion: facts.source.serverVersion,
  };
}

/** One that a later version knows is as good as ordered by hand. */
function triggerOf(text: string | undefined): BackupTrigger {
  return backupTriggers.find((each) => each === text) ?? 'manual';
}

import type { StoreContentsRecord } from '../../catalog/store-contents.ts';
import { requireOpening } from '../../format/sealing/keys.ts';
import type { RunContext } from '../context.ts';
import type { Kind } from '../kind.ts';
import { importStore } from '../store-import.ts';
import { withHeartbeat } from '../with-heartbeat.ts';

/** Takes the backups of a store into the catalog that have no row there. */
export const importKind: Kind<StoreContentsRecord, { store: string }> = {
  name: 'import',
  failureCode: 'STORE_FAILED',
  resumable: false,
  here: true,
  rows: ({ imports }) => imports,
  /** @throws STORE_NOT_FOUND; KEY_REQUIRED where a backup of an encrypted store has to be opened for it; STORE_* */
  async order(context, { store }, ticket) {
    await requireKey(context, store);
    return context.catalog.imports.insert(store, ticket);
  },
  begin: ({ catalog }, run) => catalog.imports.begin(run),
  perform(context, run) {
    const { record, hold } = run;
    return withHeartbeat(context, importKind, run, {
      do: (control) => importStore(context, record.store, control),
      complete: (report) => context.catalog.imports.complete({ id: record.id, fence: hold.fence }, report),
    });
  },
};

/** The caller learns it at once, and not from a run that failed. */
async function requireKey({ catalog, stores }: RunContext, name: string): Promise<void> {
  const store = await stores.open(name);
  if (!store.keys.sealed || store.keys.open) return;
  const known = await catalog.backups.statuses();
  for await (const uuid of store.listManifests()) if (!known.has(uuid)) requireOpening(store.keys);
}

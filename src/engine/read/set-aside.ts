import { claimedHeader } from '../../format/backup-document.ts';
import { decodeChunk } from '../../format/chunk.ts';
import { readInventory, type InventoryChunk } from '../../format/inventory.ts';
import { namesOf, setAsideFolder, type Store } from '../../store/store.ts';
import { chunkMissing } from './chunk-reader.ts';

/*
 * A document that cannot be believed is set aside and not deleted: it may be what is left of a good one. What it claims to need is
 * kept, as far as that can be read. Nobody has to believe it for that: it can have more kept, and never less. So what it says of a
 * chunk is not taken for what that chunk should be, and damages nothing.
 */

const idsAtOnce = 10_000;

/** Of each document that was set aside in a store, the names of the chunks that it claims to need, in bounded memory. */
export async function* namesSetAside(store: Store, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  for await (const name of store.listDocuments(setAsideFolder)) {
    signal.throwIfAborted();
    const found = await store.getDocument(name);
    const header = found && claimedHeader(Buffer.from(found.content).toString('utf8'));
    if (header) yield* namesClaimed(store, header.inventory, signal);
  }
}

async function* namesClaimed(
  store: Store,
  inventory: readonly InventoryChunk[],
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  yield namesOf(inventory.map(({ id }) => id));
  // Each piece alone: what cannot be read of one says nothing of the others.
  for (const piece of inventory) {
    signal.throwIfAborted();
    let ids: string[] = [];
    try {
      for await (const { id } of readInventory([piece], (each) => readUnproved(store, each))) {
        if (ids.push(id) < idsAtOnce) continue;
        yield namesOf(ids);
        ids = [];
      }
    } catch {
      // It is missing, or no piece of an inventory: nobody knows what it names.
    }
    if (ids.length > 0) yield namesOf(ids);
  }
}

async function readUnproved(store: Store, piece: InventoryChunk): Promise<Uint8Array> {
  const [stored] = await store.getChunks([piece.id]);
  if (!stored) throw chunkMissing(store, piece);
  return await decodeChunk(piece, stored, undefined);
}

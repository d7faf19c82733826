import { format2 } from '../../format/backup-document.ts';
import { format1 } from '../../format/format-1.ts';
import { chunksIn } from '../../format/manifest-items.ts';
import { namesOf, type Store } from '../../store/store.ts';
import { isChunkDamage } from './chunk-reader.ts';
import { formatOf, namesInInventory, openHeader, openManifest, unknownFormat } from './manifest.ts';

/**
 * The names of all chunks that a backup needs, some more than once; undefined when it has no manifest.
 * @throws MANIFEST_INVALID when its manifest is of a later version, so that its chunks are unknown; CHUNK_MISSING,
 *   CHUNK_CORRUPT for a chunk of its inventory
 */
export async function readNames(store: Store, uuid: string): Promise<Uint8Array | undefined> {
  const document = await store.getManifest(uuid);
  return document === undefined ? undefined : await namesIn(store, document, uuid);
}

/**
 * The same of a document that is at hand. Needs no key that opens, unless a chunk of the inventory is damaged: then the
 * manifest itself is asked.
 */
export async function namesIn(store: Store, document: unknown, uuid: string): Promise<Uint8Array> {
  const format = formatOf(document);
  if (format === format1) return namesOf(chunkIds(document));
  if (format !== format2) throw unknownFormat(document, uuid);
  const { header } = openHeader(store, document, uuid);
  try {
    return await namesInInventory(store, header);
  } catch (error) {
    if (!isChunkDamage(error)) throw error;
    // Without, one damaged chunk would keep every cleanup from deleting anything.
    return await namesInManifest(store, document, uuid).catch(() => {
      throw error;
    });
  }
}

async function namesInManifest(store: Store, document: unknown, uuid: string): Promise<Uint8Array> {
  const opened = await openManifest(store, document, uuid);
  const references = [...(opened.header?.inventory ?? []), ...(opened.root?.parts ?? [])];
  const ids = references.map(({ id }) => id);
  for await (const item of opened.items(['tables', 'large-objects'])) {
    for (const { id } of chunksIn(item)) ids.push(id);
  }
  return namesOf(ids);
}

const chunkId = /^[0-9a-f]{64}$/;

/** Every `id` of that form at any depth. */
function* chunkIds(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, each] of Object.entries(value)) {
    if (key === 'id' && typeof each === 'string' && chunkId.test(each)) yield each;
    else yield* chunkIds(each);
  }
}

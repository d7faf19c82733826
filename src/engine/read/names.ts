import { format2 } from '../../format/backup-document.ts';
import { format1 } from '../../format/format-1.ts';
import { namesOf, type Store } from '../../store/store.ts';
import { formatOf, namesInInventory, openHeader, unknownFormat } from './manifest.ts';

/**
 * The names of all chunks that a backup needs, some more than once; undefined when it has no manifest.
 * @throws MANIFEST_INVALID when its manifest is of a later version, so that its chunks are unknown; CHUNK_MISSING,
 *   CHUNK_CORRUPT for a chunk of its inventory
 */
export async function readNames(store: Store, uuid: string): Promise<Uint8Array | undefined> {
  const document = await store.getManifest(uuid);
  return document === undefined ? undefined : await namesIn(store, document, uuid);
}

/** The same of a document that is at hand. Needs no key that opens. */
export async function namesIn(store: Store, document: unknown, uuid: string): Promise<Uint8Array> {
  const format = formatOf(document);
  if (format === format2) return await namesInInventory(store, openHeader(store, document, uuid).header);
  if (format !== format1) throw unknownFormat(document, uuid);
  return namesOf(chunkIds(document));
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

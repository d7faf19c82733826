import { makeDocument, type BackupDocument, type BackupHeader } from '../../format/backup-document.ts';
import { inventoryWriter } from '../../format/inventory.ts';
import { chunksIn, itemsOf } from '../../format/manifest-items.ts';
import type { ChunkReference, Manifest } from '../../format/manifest.ts';
import { writeParts, type Item } from '../../format/parts.ts';
import { rootFacts, type About, type RootFacts } from '../../format/root.ts';
import type { StoreKeys } from '../../format/sealing/keys.ts';
import { withStableIds } from '../../format/stable-ids.ts';
import { nameBytes } from '../../store/store.ts';

export interface ManifestPlace {
  keys: StoreKeys;
  /** What of the header is about the store: its id, the place of this backup in it, and when that was. */
  store: string;
  counter: number;
  previous: string | null;
  at: Date;
  about: About | null;
  /**
   * Stores a chunk, which is in the store when the document is put.
   * @param plain whether it is stored plain in a sealed store too
   */
  put(raw: Uint8Array<ArrayBuffer>, plain: boolean): Promise<ChunkReference>;
}

export interface WrittenManifest {
  document: BackupDocument;
  header: BackupHeader;
  /** Of every chunk that the backup needs, for `putManifest`. */
  names: Uint8Array;
}

/**
 * Writes a manifest as a document of version 2 and its chunks.
 * @returns also the manifest as it will be read, whose entries have other ids
 * @throws KEY_REQUIRED for a sealed store without its writer key; what `put` throws
 */
export async function writeManifest(
  manifest: Manifest,
  place: ManifestPlace,
): Promise<WrittenManifest & { manifest: Manifest }> {
  const stable = withStableIds(manifest);
  const written = await writeItems(rootFacts(stable), itemsOf(stable), place);
  return { ...written, manifest: { ...stable, format: written.document.format } };
}

/** The same of what is not in memory as a whole. */
export async function writeItems(
  facts: RootFacts,
  items: Iterable<Item> | AsyncIterable<Item>,
  { keys, about, put, store, counter, previous, at }: ManifestPlace,
): Promise<WrittenManifest> {
  const names = nameList();
  const inventory = inventoryWriter((raw) => put(raw, true));
  const need = async (reference: ChunkReference): Promise<void> => {
    names.add(reference.id);
    await inventory.add(reference);
  };
  const listed = async function* (): AsyncGenerator<Item> {
    for await (const item of items) {
      for (const reference of chunksIn(item)) await need(reference);
      yield item;
    }
  };
  const parts = await writeParts(listed(), (raw) => put(raw, false));
  for (const each of parts) await need(each);
  const pieces = await inventory.end();
  for (const { id } of pieces) names.add(id);
  const header = { store, counter, previous, at: at.toISOString(), inventory: pieces };
  return { ...makeDocument(header, { ...facts, about, parts }, keys), names: names.bytes() };
}

const blockNames = 8_192;

/** Names, of 32 bytes each, one after the other. */
function nameList(): { add(id: string): void; bytes(): Uint8Array } {
  const blocks: Buffer[] = [];
  let used = blockNames * nameBytes;
  return {
    add(id) {
      if (used === blockNames * nameBytes) {
        blocks.push(Buffer.alloc(used));
        used = 0;
      }
      used += blocks.at(-1)!.write(id, used, 'hex');
    },
    bytes: () => Buffer.concat([...blocks.slice(0, -1), blocks.at(-1)?.subarray(0, used) ?? Buffer.alloc(0)]),
  };
}

import { assembleManifest } from '../../format/assemble.ts';
import { makeDocument, type BackupHeader } from '../../format/backup-document.ts';
import { inventoryWriter } from '../../format/inventory.ts';
import { chunksIn, itemsOf } from '../../format/manifest-items.ts';
import type { ChunkReference, Manifest } from '../../format/manifest.ts';
import { rereadItem, writeParts, type Item, type Part } from '../../format/parts.ts';
import { rootFacts, type About, type RootFacts } from '../../format/root.ts';
import type { StoreKeys } from '../../format/sealing/keys.ts';
import { withStableIds } from '../../format/stable-ids.ts';
import type { BackupPlace } from '../requests.ts';
import { nameBytes } from '../../store/store.ts';

/**
 * Stores a chunk, which is in the store when the document is put.
 * @param plain whether it is stored plain in a sealed store too
 */
export type PutPiece = (raw: Uint8Array<ArrayBuffer>, plain: boolean) => Promise<ChunkReference>;

/** What of a manifest is in chunks: all that does not depend on the place of the backup. */
export interface WrittenPieces {
  facts: RootFacts;
  parts: Part[];
  inventory: BackupHeader['inventory'];
  /** Of every chunk that the backup needs, for `putManifest`. */
  names: Uint8Array;
}

/**
 * Writes the chunks of a manifest.
 * @returns also the manifest as it will be read, whose entries have other ids
 * @throws MANIFEST_INVALID when it could not be read again; what `put` throws
 */
export async function writePieces(
  manifest: Manifest,
  put: PutPiece,
): Promise<WrittenPieces & { manifest: Manifest }> {
  const stable = withStableIds(manifest);
  const facts = rootFacts(stable);
  // What is stored must be what can be read again: checked in the form it is stored in, before it counts.
  const checked = await assembleManifest({ ...facts, about: null, parts: [] }, reread(itemsOf(stable)));
  return { ...(await writeItems(facts, itemsOf(stable), put)), manifest: checked };
}

async function* reread(items: Iterable<Item>): AsyncGenerator<Item> {
  for (const item of items) yield rereadItem(item);
}

/** The same of what is not in memory as a whole. */
export async function writeItems(
  facts: RootFacts,
  items: Iterable<Item> | AsyncIterable<Item>,
  put: PutPiece,
): Promise<WrittenPieces> {
  const names = nameList();
  const writer = inventoryWriter((raw) => put(raw, true));
  const need = async (reference: ChunkReference): Promise<void> => {
    names.add(reference.id);
    await writer.add(reference);
  };
  const listed = async function* (): AsyncGenerator<Item> {
    for await (const item of items) {
      for (const reference of chunksIn(item)) await need(reference);
      yield item;
    }
  };
  const parts = await writeParts(listed(), (raw) => put(raw, false));
  for (const each of parts) await need(each);
  const inventory = await writer.end();
  for (const { id } of inventory) names.add(id);
  return { facts, parts, inventory, names: names.bytes() };
}

/**
 * The document of a backup whose chunks have been written.
 * @throws KEY_REQUIRED for a sealed store without its writer key
 */
export function documentOf(
  { facts, parts, inventory }: WrittenPieces,
  { store, counter, previous }: BackupPlace,
  { keys, about, at }: { keys: StoreKeys; about: About | null; at: Date },
): ReturnType<typeof makeDocument> {
  const header = { store, counter, previous, at: at.toISOString(), inventory };
  return makeDocument(header, { ...facts, about, parts }, keys);
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

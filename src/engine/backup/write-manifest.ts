import { manifestAssembler } from '../../format/assemble.ts';
import { makeDocument, type BackupHeader } from '../../format/backup-document.ts';
import { inventoryWriter } from '../../format/inventory.ts';
import { chunksIn, itemsOf } from '../../format/manifest-items.ts';
import type { ChunkReference, Manifest } from '../../format/manifest.ts';
import { parseItem, writeParts, type Item, type Part, type PartKind } from '../../format/parts.ts';
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
  // What is stored must be what can be read again: each line is read as it is written, before any of it counts.
  const reader = manifestAssembler({ ...facts, about: null, parts: [] });
  let count = 0;
  const written = await writeItems(facts, itemsOf(stable), put, (kind, line) =>
    reader.add(parseItem(kind, line, ++count)),
  );
  return { ...written, manifest: reader.end() };
}

/**
 * The same of what is not in memory as a whole.
 * @param onLine called with each line
 */
export async function writeItems(
  facts: RootFacts,
  items: Iterable<Item> | AsyncIterable<Item>,
  put: PutPiece,
  onLine?: (kind: PartKind, line: string) => void,
): Promise<WrittenPieces> {
  const names = nameList();
  const writer = inventoryWriter((raw) => put(raw, true));
  const need = (references: readonly ChunkReference[]): Promise<void> | undefined => {
    for (const [i, reference] of references.entries()) {
      names.add(reference.id);
      const full = writer.add(reference);
      if (full) return full.then(() => need(references.slice(i + 1)));
    }
    return undefined;
  };
  const parts = await writeParts(
    items,
    (raw) => put(raw, false),
    (item, line) => {
      onLine?.(item.kind, line);
      return need(chunksIn(item));
    },
  );
  await need(parts);
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
  { store, counter, previous, audit }: BackupPlace,
  { keys, about, at }: { keys: StoreKeys; about: About | null; at: Date },
): ReturnType<typeof makeDocument> {
  const header = { store, counter, previous, at: at.toISOString(), inventory, audit };
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

import { HoldfastError } from '../../base/errors.ts';
import { assembleManifest } from '../../format/assemble.ts';
import {
  format2,
  openDocument,
  type BackupHeader,
  type OpenedDocument,
} from '../../format/backup-document.ts';
import { decodeChunk } from '../../format/chunk.ts';
import { format1, parseFormat1 } from '../../format/format-1.ts';
import { idsOf, readInventory, type InventoryChunk, type InventoryEntry } from '../../format/inventory.ts';
import { itemsOf, TableBuilder } from '../../format/manifest-items.ts';
import type { Manifest, ManifestTable } from '../../format/manifest.ts';
import { readItems, type Item, type Part, type PartKind } from '../../format/parts.ts';
import type { Root } from '../../format/root.ts';
import type { StoreKeys } from '../../format/sealing/keys.ts';
import type { Store } from '../../store/store.ts';
import { chunkMissing, decodeStored, isChunkDamage, noteDamage } from './chunk-reader.ts';

/** The manifest of a backup, as far as it has been read. */
export interface OpenedManifest {
  uuid: string;
  format: string;
  /** Only of version 2, as `headerHash` and `root` are. */
  header?: BackupHeader;
  /** What the next backup in the store has as `previous`. */
  headerHash?: string;
  root?: Root;
  /** All of it, in memory. */
  read(): Promise<Manifest>;
  /** One table after the other, in the memory that one takes. */
  tables(): AsyncGenerator<ManifestTable>;
  /** The lines of these kinds, in bounded memory. */
  items<Kind extends PartKind>(kinds: readonly Kind[]): AsyncGenerator<Item & { kind: Kind }>;
}

/**
 * Opens the manifest of a backup, of either version of the format.
 * @param document what the store gives as its manifest
 * @param uuid the name under which it was found
 * @throws MANIFEST_INVALID, SIGNATURE_INVALID, KEY_REQUIRED. Reading on also CHUNK_MISSING, CHUNK_CORRUPT for a part of it,
 *   which the store knows of then
 */
export async function openManifest(store: Store, document: unknown, uuid?: string): Promise<OpenedManifest> {
  if (formatOf(document) !== format2) return openedFormat1(document, store.keys);
  const opened = openDocument(document, store.keys, uuid);
  const root = await opened.root();
  const items = (parts: readonly Part[]): AsyncGenerator<Item> =>
    readItems(parts, (part) => readPiece(store, part, `its ${part.kind}`));
  const ofKinds = async function* <Kind extends PartKind>(kinds: readonly Kind[]) {
    const wanted = root.parts.filter(({ kind }) => (kinds as readonly PartKind[]).includes(kind));
    for await (const item of items(wanted)) yield item as Item & { kind: Kind };
  };
  return {
    uuid: root.uuid,
    format: format2,
    header: opened.header,
    headerHash: opened.headerHash,
    root,
    read: () => assembleManifest(root, items(root.parts)),
    items: ofKinds,
    async *tables() {
      const builder = new TableBuilder();
      for await (const item of ofKinds(['tables'])) {
        const table = builder.add(item);
        if (table) yield table;
      }
      const last = builder.end();
      if (last) yield last;
    },
  };
}

/** All of a manifest. @throws as `openManifest` */
export async function readManifest(store: Store, document: unknown, uuid?: string): Promise<Manifest> {
  return await (await openManifest(store, document, uuid)).read();
}

/**
 * The header of a document of version 2, its signature proved; it needs no key that opens.
 * @throws SIGNATURE_INVALID, MANIFEST_INVALID for version 1 too, which has none
 */
export function openHeader(store: Store, document: unknown, uuid?: string): OpenedDocument {
  return openDocument(document, store.keys, uuid);
}

/** Every chunk that a backup of version 2 needs, as its inventory lists them; it needs no key that opens. */
export function inventoryOf(
  store: Store,
  { inventory }: Pick<BackupHeader, 'inventory'>,
): AsyncGenerator<InventoryEntry> {
  return readInventory(inventory, (piece) => readInventoryPiece(store, piece));
}

/** The names of an inventory, with its own chunks. @throws CHUNK_MISSING, CHUNK_CORRUPT, MANIFEST_INVALID */
export function namesInInventory(
  store: Store,
  { inventory }: Pick<BackupHeader, 'inventory'>,
): Promise<Uint8Array> {
  return idsOf(inventory, (piece) => readInventoryPiece(store, piece));
}

export function formatOf(document: unknown): unknown {
  return (document as { format?: unknown } | null | undefined)?.format;
}

/** MANIFEST_INVALID for a document of a version that is not known. */
export function unknownFormat(document: unknown, uuid?: string): HoldfastError {
  const of = uuid === undefined ? 'The manifest' : `The manifest of backup ${uuid}`;
  return new HoldfastError(
    'MANIFEST_INVALID',
    `${of} has format ${JSON.stringify(formatOf(document))}; this version reads ${format1} and ${format2}.`,
  );
}

function openedFormat1(document: unknown, keys: StoreKeys): OpenedManifest {
  if (formatOf(document) !== format1) throw unknownFormat(document);
  // Version 1 has neither signature nor encryption: where these are asked for, another than the writer put it there.
  const expected = [...(keys.sealed ? ['encrypted'] : []), ...(keys.verify?.length ? ['signed'] : [])];
  if (expected.length > 0) {
    throw new HoldfastError(
      'SIGNATURE_INVALID',
      `A backup of format ${format1} is never ${expected.join(' or ')}, and those of this store are.`,
    );
  }
  const manifest = parseFormat1(document);
  return {
    uuid: manifest.uuid,
    format: format1,
    read: async () => manifest,
    async *tables() {
      yield* manifest.tables;
    },
    async *items(kinds) {
      for (const item of itemsOf(manifest)) {
        if ((kinds as readonly PartKind[]).includes(item.kind))
          yield item as Item & { kind: (typeof kinds)[number] };
      }
    },
  };
}

async function readPiece(store: Store, part: Part, what: string): Promise<Uint8Array> {
  try {
    return await decodeStored(store, part, await fetched(store, part));
  } catch (error) {
    throw partFailure(error, what);
  }
}

async function readInventoryPiece(store: Store, piece: InventoryChunk): Promise<Uint8Array> {
  try {
    const stored = await fetched(store, piece);
    try {
      return await decodeChunk(piece, stored, undefined);
    } catch (error) {
      await noteDamage(store, piece, error);
      throw error;
    }
  } catch (error) {
    throw partFailure(error, 'its inventory');
  }
}

async function fetched(store: Store, piece: InventoryChunk | Part): Promise<Uint8Array> {
  const [stored] = await store.getChunks([piece.id]);
  if (stored) return stored;
  const failure = chunkMissing(store, piece);
  await noteDamage(store, piece, failure);
  throw failure;
}

/** Whether an error says that a document cannot be believed or read, whatever becomes of its chunks. */
export function isRefusal(error: unknown): error is HoldfastError {
  return (
    error instanceof HoldfastError &&
    (error.code === 'MANIFEST_INVALID' || error.code === 'SIGNATURE_INVALID')
  );
}

/** Says of an error about a chunk that it is part of a manifest, not rows. */
function partFailure(error: unknown, what: string): unknown {
  if (!isChunkDamage(error)) return error;
  return new HoldfastError(
    error.code,
    `${error.message} It is a part of the manifest of the backup: ${what}.`,
    {
      cause: error,
      details: { ...error.details, part: what },
    },
  );
}

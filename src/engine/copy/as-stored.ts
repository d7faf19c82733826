import { unlessAborted } from '../../base/abort.ts';
import { moveDocument, type BackupHeader } from '../../format/backup-document.ts';
import { proveStored } from '../../format/chunk.ts';
import type { InventoryEntry } from '../../format/inventory.ts';
import type { Store, StoredChunk } from '../../store/store.ts';
import { doubt } from '../backup/doubt.ts';
import { chunkMissing, noteDamage } from '../read/chunk-reader.ts';
import { inventoryOf, namesInInventory, openHeader } from '../read/manifest.ts';
import type { CopiedChunks, Copying } from './copy.ts';

/** How many chunks a store is asked for at once. */
const askedAtOnce = 1_000;
/** Bytes in memory at once, unless one chunk has more. */
const batchBytes = 4 * 1024 * 1024;

/**
 * Copies the chunks of a backup of version 2 byte for byte.
 * @throws as `copyBackup`
 */
export async function copyAsStored(copying: Copying): Promise<CopiedChunks> {
  const { from, to, uuid, document, meter, signal } = copying;
  const opened = openHeader(from, document, uuid);
  const { header } = opened;
  // What no reader could make out is not worth a copy, as far as it can be told without a key.
  if (!from.keys.sealed || from.keys.open) await opened.root();
  const isDoubted = doubt();
  let newBytes = 0;
  meter.phase('data');
  for await (const asked of inGroups(neededBy(from, header))) {
    signal.throwIfAborted();
    const known = await unlessAborted(to.useChunks(asked), signal);
    const wanted = asked.filter(({ id, storedBytes }) => {
      const there = known.get(id);
      return !there || isDoubted(there, storedBytes);
    });
    meter.addRawBytes(bytesOf(asked) - bytesOf(wanted));
    for (const batch of inBatches(wanted, Math.min(from.chunksAtOnce, to.chunksAtOnce))) {
      signal.throwIfAborted();
      const put = await unlessAborted(
        copyBatch(from, to, batch, (id) => known.has(id)),
        signal,
      );
      newBytes += put;
      meter.addStoredBytes(put);
      meter.addRawBytes(bytesOf(batch));
    }
  }
  const names = await namesInInventory(from, header);
  return {
    names,
    newBytes,
    document: (place) => moveDocument(document, header, { ...place, at: new Date().toISOString() }, to.keys),
  };
}

function bytesOf(entries: readonly InventoryEntry[]): number {
  return entries.reduce((sum, { storedBytes }) => sum + storedBytes, 0);
}

async function* neededBy(from: Store, header: BackupHeader): AsyncGenerator<InventoryEntry> {
  for (const { id, storedBytes } of header.inventory) yield { id, storedBytes };
  yield* inventoryOf(from, header);
}

async function* inGroups(entries: AsyncIterable<InventoryEntry>): AsyncGenerator<InventoryEntry[]> {
  let group = new Map<string, InventoryEntry>();
  for await (const entry of entries) {
    group.set(entry.id, entry);
    if (group.size < askedAtOnce) continue;
    yield [...group.values()];
    group = new Map();
  }
  if (group.size > 0) yield [...group.values()];
}

function* inBatches(entries: readonly InventoryEntry[], most: number): Generator<InventoryEntry[]> {
  let batch: InventoryEntry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    if (batch.length >= most || (batch.length > 0 && bytes + entry.storedBytes > batchBytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(entry);
    bytes += entry.storedBytes;
  }
  if (batch.length > 0) yield batch;
}

/** @returns how many bytes were put */
async function copyBatch(
  from: Store,
  to: Store,
  batch: readonly InventoryEntry[],
  isKnown: (id: string) => boolean,
): Promise<number> {
  const frames = await from.getChunks(batch.map(({ id }) => id));
  const chunks: StoredChunk[] = [];
  for (const [i, entry] of batch.entries()) {
    const frame = await proved(from, entry, frames[i]);
    // How long its content is, and how many rows begin there, would have to be read from the manifest.
    chunks.push({ id: entry.id, frame, rawBytes: 0, storedHash: entry.storedHash, rows: 0 });
  }
  const doubted = chunks.filter(({ id }) => isKnown(id));
  const differing = doubted.length > 0 ? await to.compareChunks(doubted) : new Set<string>();
  const missing = chunks.filter(({ id }) => !isKnown(id) || differing.has(id));
  if (missing.length > 0) await to.putChunks(missing);
  return missing.reduce((sum, { frame }) => sum + frame.length, 0);
}

async function proved(
  from: Store,
  entry: InventoryEntry,
  frame: Uint8Array | undefined,
): Promise<Uint8Array> {
  try {
    if (!frame) throw chunkMissing(from, entry);
    proveStored(entry, frame);
    return frame;
  } catch (error) {
    await noteDamage(from, entry, error);
    throw error;
  }
}

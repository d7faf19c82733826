import { z } from 'zod';
import { HoldfastError } from '../base/errors.ts';
import { readLines, type ReadChunk } from './line-reader.ts';
import { lineWriter, type PutChunk } from './line-writer.ts';
import { chunkReference, count, type ChunkReference } from './manifest.ts';

/*
 * The inventory: every chunk that a backup needs, as lines of text, `id storedBytes` and in a sealed store
 * `id storedBytes storedHash`. It is never sealed, so that a store can be copied, checked and swept without a key. A chunk
 * may be in it more than once.
 */

/** A chunk of the inventory. */
export const inventoryChunk = chunkReference.extend({
  /** Lines that end in it. */
  items: count,
  storedHash: z.never('the inventory is never sealed').optional(),
});
export type InventoryChunk = z.infer<typeof inventoryChunk>;

/** What an inventory says of a chunk. */
export type InventoryEntry = Pick<ChunkReference, 'id' | 'storedBytes' | 'storedHash'>;

export interface InventoryWriter {
  /** @returns what to wait for before the next, if anything */
  add(reference: InventoryEntry): Promise<void> | undefined;
  end(): Promise<InventoryChunk[]>;
}

/** @param put stores a chunk plain, in a sealed store too */
export function inventoryWriter(put: PutChunk): InventoryWriter {
  const writer = lineWriter(put);
  return {
    add: ({ id, storedBytes, storedHash }) =>
      writer.add(storedHash === undefined ? `${id} ${storedBytes}` : `${id} ${storedBytes} ${storedHash}`),
    end: async () =>
      (await writer.end()).map(({ id, rawBytes, storedBytes, items }) => ({
        id,
        rawBytes,
        storedBytes,
        items,
      })),
  };
}

const entryLine = /^([0-9a-f]{64}) ([1-9]\d{0,15})(?: ([0-9a-f]{64}))?$/;

/**
 * @throws MANIFEST_INVALID for a line that is none of an inventory; what `read` throws
 */
export async function* readInventory(
  inventory: readonly InventoryChunk[],
  read: ReadChunk<InventoryChunk>,
): AsyncGenerator<InventoryEntry> {
  let line = 0;
  for await (const text of readLines(inventory, read, 'The inventory of the backup')) {
    line++;
    const [, id, storedBytes, storedHash] = entryLine.exec(text) ?? [];
    if (id === undefined) {
      throw new HoldfastError('MANIFEST_INVALID', `Line ${line} of the inventory of the backup is invalid.`);
    }
    yield { id, storedBytes: Number(storedBytes), ...(storedHash === undefined ? {} : { storedHash }) };
  }
}

const idBytes = 32;

/** The ids of an inventory and of its own chunks, 32 bytes each, some perhaps more than once. @throws as `readInventory` */
export async function idsOf(
  inventory: readonly InventoryChunk[],
  read: ReadChunk<InventoryChunk>,
): Promise<Uint8Array> {
  const lines = inventory.reduce((sum, { items }) => sum + items, 0);
  const bytes = Buffer.alloc((inventory.length + lines) * idBytes);
  let at = 0;
  const add = (id: string): void => void (at += bytes.write(id, at, 'hex'));
  for (const { id } of inventory) add(id);
  for await (const { id } of readInventory(inventory, read)) add(id);
  return bytes.subarray(0, at);
}

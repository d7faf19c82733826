import { unlessAborted } from '../../base/abort.ts';
import { HoldfastError } from '../../base/errors.ts';
import { release } from '../../base/memory.ts';
import { proveStored } from '../../format/chunk.ts';
import { format1, parseFormat1 } from '../../format/format-1.ts';
import type { InventoryEntry } from '../../format/inventory.ts';
import type { Store } from '../../store/store.ts';
import { ProgressMeter } from '../progress/meter.ts';
import type { RunControl } from '../run.ts';
import { partsOf } from './backup-parts.ts';
import { chunkMissing, inBatches, noteDamage } from './chunk-reader.ts';
import { DamageFound } from './damage-found.ts';
import { lossOf, type Loss } from './lost-rows.ts';
import { formatOf, inventoryOf, openHeader, openManifest } from './manifest.ts';

/*
 * What can be proved of a backup without any key: that what it needs is there, and that the stored bytes are those that were written.
 * Both go by the inventory, which the signature of the backup covers.
 */

/** A backup in a store, by its document. */
export interface StoredBackup {
  uuid: string;
  document: unknown;
}

export interface StoredReport {
  /** Chunks looked at. */
  chunks: number;
  /** Chunks that the backup needs. */
  of: number;
  /** Of those looked at. */
  storedBytes: number;
}

/**
 * Proves that every chunk a backup needs is there with its size, by the index and by what the place itself says. Reads the inventory.
 * @throws CHUNK_MISSING, CHUNK_CORRUPT with the rows that are lost in details; SIGNATURE_INVALID, MANIFEST_INVALID; STORE_*
 */
export async function provePresence(
  store: Store,
  backup: StoredBackup,
  { signal }: RunControl,
): Promise<StoredReport> {
  const needed = [...(await neededBy(store, backup)).values()];
  const absent = await unlessAborted(store.checks.absent(needed, signal), signal);
  const found = new DamageFound('presence');
  for (const { id, missing, problem } of absent) {
    found.note(missing ? 'CHUNK_MISSING' : 'CHUNK_CORRUPT', {
      part: null,
      chunk: id,
      problem: `Chunk ${id} ${problem}.`,
    });
  }
  await markDamaged(
    store,
    absent.map(({ id }) => id),
  );
  if (found.any) {
    throw found.error(needed.length, await knownLoss(store, backup, new Set(absent.map(({ id }) => id))));
  }
  return { chunks: needed.length, of: needed.length, storedBytes: sumOf(needed) };
}

export interface ChecksumOptions {
  /** Which share of the chunks is read, chosen at random: more than 0, at most 1. */
  share: number;
  /** Told of chunks whose bytes are what was written. */
  onSound?: (ids: string[]) => Promise<void>;
}

/**
 * Reads what is stored of a backup, and proves that it is byte for byte what was written.
 * @throws as `provePresence`; the abort reason
 */
export async function proveChecksums(
  store: Store,
  backup: StoredBackup,
  { share, onSound = async () => {} }: ChecksumOptions,
  control: RunControl,
): Promise<StoredReport> {
  const needed = [...(await neededBy(store, backup)).values()];
  const chosen = share >= 1 ? needed : someOf(needed, share);
  const meter = new ProgressMeter(control, 0, sumOf(chosen));
  const found = new DamageFound('checksum');
  const damaged = new Set<string>();
  try {
    meter.phase('proof');
    for (const batch of inBatches(chosen)) {
      control.signal.throwIfAborted();
      const frames = await unlessAborted(store.getChunks(batch.map(({ id }) => id)), control.signal);
      const sound: string[] = [];
      for (const [i, entry] of batch.entries()) {
        const failure = await proveOne(store, entry, frames[i]);
        if (failure) {
          damaged.add(entry.id);
          found.note(failure.code, { part: null, chunk: entry.id, problem: failure.message });
        } else sound.push(entry.id);
        meter.addRawBytes(entry.storedBytes);
        meter.addStoredBytes(entry.storedBytes);
      }
      await onSound(sound);
    }
  } finally {
    meter.stop();
  }
  if (found.any) throw found.error(chosen.length, await knownLoss(store, backup, damaged));
  return { chunks: chosen.length, of: needed.length, storedBytes: sumOf(chosen) };
}

/**
 * Proves that what is stored of one chunk is byte for byte what was written. Has the store know of damage.
 * @param frame what a get gave; it is of no more use to the caller
 * @returns CHUNK_MISSING or CHUNK_CORRUPT where it is not
 */
export async function proveOne(
  store: Store,
  entry: InventoryEntry,
  frame: Uint8Array | undefined,
): Promise<HoldfastError | undefined> {
  try {
    if (!frame) throw chunkMissing(store, entry);
    proveStored(entry, frame);
    return undefined;
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    await noteDamage(store, entry, error);
    return error;
  } finally {
    if (frame) release(frame);
  }
}

/** Every chunk that a backup needs, by id; of one of version 2 those of its inventory, and the inventory's own. */
async function neededBy(
  store: Store,
  { document, uuid }: StoredBackup,
): Promise<Map<string, InventoryEntry>> {
  if (formatOf(document) === format1) {
    const chunks = partsOf(parseFormat1(document)).flatMap((part) => part.chunks);
    return new Map(chunks.map(({ id, storedBytes }) => [id, { id, storedBytes }]));
  }
  const { header } = openHeader(store, document, uuid);
  const needed = new Map<string, InventoryEntry>();
  for (const { id, storedBytes } of header.inventory) needed.set(id, { id, storedBytes });
  for await (const entry of inventoryOf(store, header)) needed.set(entry.id, entry);
  return needed;
}

/** What is lost with these chunks; null where it takes a key to say it. */
async function knownLoss(
  store: Store,
  { document, uuid }: StoredBackup,
  ids: ReadonlySet<string>,
): Promise<Loss | null> {
  try {
    return lossOf(await (await openManifest(store, document, uuid)).read(), ids);
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    // Where a part of the manifest is among them, all of the backup is lost.
    return error.code === 'KEY_REQUIRED' ? null : { names: [], lost: [] };
  }
}

function someOf(entries: readonly InventoryEntry[], share: number): InventoryEntry[] {
  const some = entries.filter(() => Math.random() < share);
  return some.length > 0 ? some : entries.slice(0, 1);
}

function sumOf(entries: readonly InventoryEntry[]): number {
  return entries.reduce((sum, { storedBytes }) => sum + storedBytes, 0);
}

/** What is found must be told, also where it cannot be noted. */
async function markDamaged(store: Store, ids: readonly string[]): Promise<void> {
  for (let at = 0; at < ids.length; at += 1_000) {
    await store.markDamaged(ids.slice(at, at + 1_000)).catch(() => {});
  }
}

import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { unlessAborted } from '../../base/abort.ts';
import { abortReason, HoldfastError } from '../../base/errors.ts';
import { format2 } from '../../format/backup-document.ts';
import type { InventoryChunk, InventoryEntry } from '../../format/inventory.ts';
import type { Store } from '../../store/store.ts';
import { ProgressMeter } from '../progress/meter.ts';
import type { RunControl } from '../run.ts';
import { inBatches, isChunkDamage } from './chunk-reader.ts';
import { formatOf, inventoryOf, isRefusal, openHeader } from './manifest.ts';
import { proveOne } from './stored-proof.ts';

export interface ScrubReport {
  /** Chunks whose stored bytes are those that were written, and how many bytes they have. */
  chunks: number;
  storedBytes: number;
  missing: number;
  damaged: number;
  /** Chunks of a sealed store of which nobody knows what was written; no backup needs them. */
  unknown: number;
}

/** How many chunks the store is asked about at once. */
const askedAtOnce = 1_000;
/** After each reading it rests for as long as that took, up to this: others get at least half of what the store can give. */
const longestRestMs = 5_000;

/**
 * Reads every chunk of a store that was last read before `until`, proves that its stored bytes are those that were written, and has the
 * store know of both. Needs no key: a plain store names chunks by the hash of what is stored, and of a sealed one the inventories of its
 * backups tell it. One that is broken off and called again goes on with what it has not read.
 * @throws STORE_*; the abort reason
 */
export async function scrubStore(
  store: Store,
  until: Date,
  estimatedBytes: number,
  control: RunControl,
): Promise<ScrubReport> {
  const meter = new ProgressMeter(control, 0, estimatedBytes);
  const scrub = new Scrub(store, until, meter, control.signal);
  try {
    meter.phase('proof');
    if (store.keys.sealed) await readNeeded(scrub);
    // What no inventory names is proved as far as the store itself knows what was written.
    for await (const group of inGroups(store.checks.list(until))) await scrub.read(group, { known: false });
    return scrub.report;
  } finally {
    meter.stop();
  }
}

/** Of each backup in the store what is in its inventory. */
async function readNeeded(scrub: Scrub): Promise<void> {
  const { store } = scrub;
  /** Backups that follow one another share most pieces of their inventories. */
  const seen = new Set<string>();
  const unlessRefused = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      // What cannot be believed or read is told of elsewhere, and says nothing of the rest.
      if (!isRefusal(error) && !isChunkDamage(error)) throw error;
    }
  };
  const readPiece = async (piece: InventoryChunk): Promise<void> => {
    await scrub.readDue([{ id: piece.id, storedBytes: piece.storedBytes }]);
    for await (const group of inGroups(inventoryOf(store, { inventory: [piece] })))
      await scrub.readDue(group);
  };
  for await (const uuid of store.listManifests()) {
    scrub.throwIfAborted();
    await unlessRefused(async () => {
      const document = await store.getManifest(uuid);
      if (document === undefined || formatOf(document) !== format2) return;
      for (const piece of openHeader(store, document, uuid).header.inventory) {
        if (seen.has(piece.id)) continue;
        seen.add(piece.id);
        await unlessRefused(() => readPiece(piece));
      }
    });
  }
}

class Scrub {
  readonly store: Store;
  readonly report: ScrubReport = { chunks: 0, storedBytes: 0, missing: 0, damaged: 0, unknown: 0 };
  readonly #until: Date;
  readonly #meter: ProgressMeter;
  readonly #signal: AbortSignal;

  constructor(store: Store, until: Date, meter: ProgressMeter, signal: AbortSignal) {
    this.store = store;
    this.#until = until;
    this.#meter = meter;
    this.#signal = signal;
  }

  throwIfAborted(): void {
    if (this.#signal.aborted) throw abortReason(this.#signal);
  }

  /** Of these, those whose turn it is. */
  async readDue(entries: readonly InventoryEntry[]): Promise<void> {
    const { checks } = this.store;
    const due = await checks.due(
      entries.map(({ id }) => id),
      this.#until,
    );
    await this.read(
      entries.filter(({ id }) => due.has(id)),
      { known: true },
    );
  }

  /** @param known whether these say what was written, also in a sealed store */
  async read(entries: readonly InventoryEntry[], { known }: { known: boolean }): Promise<void> {
    for (const batch of inBatches(entries)) {
      this.throwIfAborted();
      const began = performance.now();
      await this.#readBatch(batch, known);
      const restMs = Math.min(performance.now() - began, longestRestMs);
      await pause(restMs, undefined, { signal: this.#signal, ref: false }).catch(() => {});
    }
    this.throwIfAborted();
  }

  async #readBatch(batch: readonly InventoryEntry[], known: boolean): Promise<void> {
    const { store, report } = this;
    const ids = batch.map(({ id }) => id);
    const frames = await unlessAborted(store.getChunks(ids), this.#signal);
    // One that was deleted meanwhile is not missing.
    const absent = ids.filter((_, i) => frames[i] === undefined);
    const there = absent.length > 0 ? await store.checks.due(absent, this.#until) : new Set<string>();
    const sound: string[] = [];
    for (const [i, entry] of batch.entries()) {
      const frame = frames[i];
      if (!frame && !there.has(entry.id)) continue;
      this.#meter.addRawBytes(entry.storedBytes);
      this.#meter.addStoredBytes(entry.storedBytes);
      if (frame && !known && this.#isUnknown(entry, frame)) {
        report.unknown++;
        continue;
      }
      const failure = await proveOne(store, entry, frame);
      if (failure) this.#count(failure);
      else {
        sound.push(entry.id);
        report.chunks++;
        report.storedBytes += entry.storedBytes;
      }
    }
    if (sound.length > 0) await store.checks.mark(sound);
  }

  /** In a sealed store an id is the hash of what is stored for the chunks of inventories alone. */
  #isUnknown({ id, storedHash }: InventoryEntry, frame: Uint8Array): boolean {
    if (!this.store.keys.sealed || storedHash !== undefined) return false;
    return createHash('sha256').update(frame).digest('hex') !== id;
  }

  #count({ code }: HoldfastError): void {
    if (code === 'CHUNK_MISSING') this.report.missing++;
    else this.report.damaged++;
  }
}

async function* inGroups<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item[]> {
  let group: Item[] = [];
  for await (const item of items) {
    group.push(item);
    if (group.length < askedAtOnce) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

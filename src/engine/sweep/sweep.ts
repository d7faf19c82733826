/*
 * sweep/ owns the deletion of chunks that no manifest names. It never deletes a manifest, nor a chunk that a run may rely on.
 */
import { HoldfastError } from '../../base/errors.ts';
import type { Store } from '../../store/store.ts';
import { isChunkDamage } from '../read/chunk-reader.ts';
import { isRefusal } from '../read/manifest.ts';
import { readNames } from '../read/names.ts';
import { namesSetAside } from '../read/set-aside.ts';
import { ChunkFilter } from './chunk-filter.ts';

/** Chunks deleted in one statement, which takes about a second. */
const deleteBatch = 250;

export interface SweepProgress {
  /** Manifests read. */
  manifests: number;
  /** Chunks looked at, and of these deleted. */
  chunks: number;
  deleted: number;
  bytesFreed: number;
}

export interface Sweep {
  deleted: number;
  bytesFreed: number;
  /** Chunks that no manifest names either, but that were used in the first epoch kept or later. */
  kept: number;
  /**
   * Backups whose needs are unknown, because a chunk of their manifests is missing or damaged. While there are any, nothing is
   * deleted.
   */
  unreadable: { uuid: string; error: HoldfastError }[];
}

export interface SweepOptions {
  /**
   * Chunks used in this epoch or later stay, whether or not a manifest names them. Asked for once the epoch of the sweep
   * has begun: a run that is not known yet then uses chunks in that epoch or a later one, and these are kept anyway.
   */
  keepFrom(): Promise<number | null>;
  /** Asked before each deletion. @throws when nothing may be deleted any more */
  confirm?(): Promise<void>;
  signal: AbortSignal;
  report?(progress: SweepProgress): void;
}

/**
 * Deletes the chunks that no manifest in the store names, also while runs are active: the contract of Store says
 * why that is safe. Takes the same memory for any number of chunks and backups. When it is broken off, or two work at
 * once, chunks are left for the next time and nothing else.
 * @throws MANIFEST_INVALID, SIGNATURE_INVALID before anything is deleted, when a manifest is of a later version or cannot be believed: the
 *   chunks of a good one in its place are unknown. `details.refused` has all of them
 */
export async function sweepChunks(store: Store, options: SweepOptions): Promise<Sweep> {
  const { signal } = options;
  const progress: SweepProgress = { manifests: 0, chunks: 0, deleted: 0, bytesFreed: 0 };
  const own = await store.beginEpoch();
  const epoch = Math.min(own, (await options.keepFrom()) ?? own);
  const needed = new ChunkFilter();
  const unreadable: Sweep['unreadable'] = [];
  const refused: Sweep['unreadable'] = [];
  for await (const uuid of store.listManifests()) {
    signal.throwIfAborted();
    try {
      const names = await readNames(store, uuid);
      // Without: deleted since it was listed.
      if (names) needed.addAll(names);
    } catch (error) {
      if (isRefusal(error)) refused.push({ uuid, error });
      else if (isChunkDamage(error)) unreadable.push({ uuid, error });
      else throw error;
    }
    progress.manifests++;
    options.report?.(progress);
  }
  const [first] = refused;
  if (first) throw documentsRefused(first.error, refused);
  // What was set aside may be what is left of a good one.
  for await (const names of namesSetAside(store, signal)) needed.addAll(names);
  if (unreadable.length > 0) return { deleted: 0, bytesFreed: 0, kept: 0, unreadable };
  let unneeded = 0;
  let batch: string[] = [];
  const drop = async (): Promise<void> => {
    signal.throwIfAborted();
    if (batch.length > 0) await options.confirm?.();
    const { chunks, bytes } = await store.deleteChunks(batch, epoch);
    progress.deleted += chunks;
    progress.bytesFreed += bytes;
    batch = [];
    options.report?.(progress);
  };
  for await (const chunk of store.listChunks()) {
    progress.chunks++;
    if (needed.has(chunk.id)) continue;
    unneeded++;
    if (chunk.lastUse >= epoch) continue;
    batch.push(chunk.id);
    if (batch.length >= deleteBatch) await drop();
  }
  await drop();
  await options.confirm?.();
  await store.reclaim(epoch, signal);
  const { deleted, bytesFreed } = progress;
  return { deleted, bytesFreed, kept: unneeded - deleted, unreadable };
}

/** The first of them, with all. */
function documentsRefused(first: HoldfastError, refused: Sweep['unreadable']): HoldfastError {
  return new HoldfastError(first.code, first.message, {
    cause: first,
    hint: first.hint,
    details: {
      ...first.details,
      refused: refused.map(({ uuid, error }) => ({ uuid, code: error.code, message: error.message })),
    },
  });
}

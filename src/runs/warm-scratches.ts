import { unlessAborted } from '../base/abort.ts';
import { HoldfastError } from '../base/errors.ts';
import type { Scratch } from '../engine/query/scratch.ts';

/** How long one stays for the next question of the same backup. */
const fiveMinutesMs = 5 * 60_000;
/** Of this process, and so of its memory and disk. */
const scratchesMax = 2;
/** That wait for the answers before theirs. */
const waitingMax = 8;

/** The scratch databases of this process, one for each backup that questions are asked of. */
export interface WarmScratches {
  /**
   * Does something with the scratch database of a backup, alone, and keeps it for a while.
   * @param open makes it
   * @param signal ends waiting for the others; `open` and `work` follow it themselves
   * @throws SCRATCH_BUSY; the abort reason, also when the process stops
   */
  use<T>(
    uuid: string,
    open: () => Promise<Scratch>,
    work: (scratch: Scratch) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T>;
  /** Drops all, after what is under way. Never throws. */
  stop(): Promise<void>;
}

interface Warm {
  scratch: Scratch | undefined;
  /** Questions under way and waiting. */
  questions: number;
  /** Settled when the last of them is answered. */
  last: Promise<unknown>;
  expiry: NodeJS.Timeout | undefined;
}

export function createWarmScratches(
  stopping: AbortSignal,
  { keptMs = fiveMinutesMs }: { keptMs?: number } = {},
): WarmScratches {
  const warm = new Map<string, Warm>();
  /** Being dropped; they count, because their servers still run. */
  const leaving = new Set<Promise<void>>();

  const drop = async (uuid: string, one: Warm): Promise<void> => {
    if (warm.get(uuid) === one) warm.delete(uuid);
    clearTimeout(one.expiry);
    const { scratch } = one;
    one.scratch = undefined;
    if (!scratch) return;
    const gone = scratch.close().finally(() => leaving.delete(gone));
    leaving.add(gone);
    await gone;
  };

  /** The place of a backup, at the end of the Map: its order is that of use. @throws SCRATCH_BUSY */
  const placeOf = async (uuid: string): Promise<Warm> => {
    for (;;) {
      const known = warm.get(uuid);
      if (known || warm.size + leaving.size < scratchesMax) {
        const place = known ?? {
          scratch: undefined,
          questions: 0,
          last: Promise.resolve(),
          expiry: undefined,
        };
        if (place.questions > waitingMax) throw busy('Too many questions of this backup wait for an answer.');
        place.questions += 1;
        clearTimeout(place.expiry);
        warm.delete(uuid);
        warm.set(uuid, place);
        return place;
      }
      const idle = [...warm].find(([, { questions }]) => questions === 0);
      if (leaving.size > 0) await Promise.race(leaving);
      else if (idle) await drop(...idle);
      else throw busy(`Questions are asked of ${scratchesMax} other backups.`);
    }
  };

  const expireLater = (uuid: string, one: Warm): void => {
    one.expiry = setTimeout(() => void drop(uuid, one), keptMs);
    one.expiry.unref();
  };

  return {
    async use(uuid, open, work, signal) {
      stopping.throwIfAborted();
      const mine = await placeOf(uuid);
      const before = mine.last;
      const answered = unlessAborted(before, AbortSignal.any([signal, stopping])).then(async () => {
        if (mine.scratch && !mine.scratch.usable) {
          await mine.scratch.close();
          mine.scratch = undefined;
        }
        mine.scratch ??= await open();
        return work(mine.scratch);
      });
      // One that no longer waits does not let the next one in.
      mine.last = Promise.allSettled([before, answered]).then(() => {});
      try {
        return await answered;
      } finally {
        mine.questions -= 1;
        if (mine.questions === 0) {
          if (mine.scratch?.usable && !stopping.aborted) expireLater(uuid, mine);
          else await drop(uuid, mine);
        }
      }
    },
    async stop() {
      for (const { last } of warm.values()) await last;
      await Promise.all([...warm].map(([uuid, one]) => drop(uuid, one)));
      await Promise.all(leaving);
    },
  };
}

function busy(message: string): HoldfastError {
  return new HoldfastError('SCRATCH_BUSY', message);
}

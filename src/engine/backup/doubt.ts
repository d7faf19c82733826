import type { UsedChunk } from '../../store/store.ts';

/** How many bytes of what the store has are compared with what was read, and one in how many chunks after that. */
const comparedBytes = 64 * 1024 * 1024;
const comparedOneIn = 64;
/** Chunks not compared for this time are compared, up to this many bytes in one run. */
const comparedWithinMs = 30 * 24 * 60 * 60 * 1000;
const agedBytes = 512 * 1024 * 1024;

/**
 * Decides, for one run, whether what the store says it has is worth a look. What is stored may have rotted, and every later
 * backup would rely on it; the bytes that should be there are at hand now and at no other time.
 */
export function doubt(): (known: UsedChunk | undefined, storedBytes: number) => boolean {
  let count = 0;
  let bytes = 0;
  return (known, storedBytes) => {
    if (!known) return false;
    const nth = count++;
    const aged = Date.now() - known.checkedAt.getTime() > comparedWithinMs;
    const room = bytes + storedBytes <= (aged ? agedBytes : comparedBytes);
    if (!room && nth % comparedOneIn !== 0) return false;
    bytes += storedBytes;
    return true;
  };
}

/** How many runs a process performs at once, over all its databases. */
export interface Gate {
  /** Takes a place if there is one. @returns a function that gives it back; call it once */
  tryEnter(): (() => void) | undefined;
  /** The same; where there is none, what is urgent goes on without. */
  enter(isUrgent: () => Promise<boolean>): Promise<(() => void) | undefined>;
  /** Resolves when a place was given back, or the signal is aborted. */
  freed(signal: AbortSignal): Promise<void>;
}

/** @param places without end where it is undefined */
export function createGate(places = Infinity): Gate {
  let taken = 0;
  const waiting = new Set<() => void>();
  function tryEnter(): (() => void) | undefined {
    if (taken >= places) return undefined;
    taken++;
    return () => {
      taken--;
      // All look again: the run that one waits for may have been taken by another process.
      for (const wake of waiting) wake();
    };
  }
  return {
    tryEnter,
    async enter(isUrgent) {
      const place = tryEnter();
      if (place) return place;
      if (await isUrgent()) return () => {};
      // One may have been given back meanwhile, when nobody waited for it.
      return tryEnter();
    },
    freed(signal) {
      return new Promise((resolve) => {
        if (signal.aborted) return resolve();
        const done = (): void => {
          waiting.delete(done);
          signal.removeEventListener('abort', done);
          resolve();
        };
        waiting.add(done);
        signal.addEventListener('abort', done, { once: true });
      });
    },
  };
}

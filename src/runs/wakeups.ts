import type { RunContext } from './context.ts';
import { createListening, type Listener } from './listening.ts';

/** A burst of notifications is one reason to look. */
const gatherMs = 100;

/**
 * Tells when something of the catalog has changed in any process; see listening.ts. Nothing relies on it alone: the queue is looked
 * at now and then besides.
 */
export interface Wakeups {
  /**
   * @param listener called after each change, and once the connection is there; must not throw
   * @returns a function that ends it
   */
  listen(listener: () => void): () => void;
  /** Whether what other processes announce is heard now. */
  readonly heard: boolean;
  /** Tells those of this process alone. */
  wake(): void;
  /** Resolves when the connection is closed; from then on nothing is told. One that is shared with other catalogs stays. */
  stop(): Promise<void>;
}

export function createWakeups(context: RunContext): Wakeups {
  const listeners = new Set<() => void>();
  const listening = context.sharedListening ?? createListening(context.databases.catalog, context.logger);
  let gathering: NodeJS.Timeout | undefined;
  let end: (() => void) | undefined;
  // Where nothing may be asked of a database that sleeps, no connection may keep it awake.
  const mayConnect = context.settings.idlePollMs !== null;

  const tell = (): void => {
    gathering ??= setTimeout(() => {
      gathering = undefined;
      for (const listener of listeners) listener();
    }, gatherMs).unref();
  };
  const all: Listener = {
    schema: context.catalog.schema,
    tell,
    isPresent: () => context.listening,
  };

  return {
    get heard() {
      return listening.hears(all);
    },
    wake: tell,
    listen(listener) {
      listeners.add(listener);
      if (!end && mayConnect && !context.stopping.aborted) end = listening.add(all);
      else listening.showPresence(all);
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        end?.();
        end = undefined;
      };
    },
    async stop() {
      listeners.clear();
      clearTimeout(gathering);
      end?.();
      end = undefined;
      if (context.sharedListening === undefined) await listening.stop();
    },
  };
}

import type { Traced } from '../base/tracing.ts';
import type { Store } from '../store/store.ts';
import type { Stores } from './stores.ts';

/** What of a store is measured, by the name that it has in spans. */
const measured: ReadonlyMap<string | symbol, string> = new Map([
  ['useChunks', 'look up'],
  ['compareChunks', 'look up'],
  ['lackingChunks', 'look up'],
  ['putChunks', 'put'],
  ['putManifest', 'put'],
  ['putDocument', 'put'],
  ['getChunks', 'get'],
  ['getManifest', 'get'],
  ['getDocument', 'get'],
  ['deleteChunks', 'delete'],
  ['deleteManifest', 'delete'],
]);

interface Use {
  began: number;
  count: number;
  failures: number;
  busyMs: number;
}

/**
 * The same stores, which note how a run uses them: one span for each store and each thing that is done there, from the first time to the
 * last, however many there are.
 * @returns `used`, which makes the spans
 */
export function tracedStores(stores: Stores, span: Traced): { stores: Stores; used(): void } {
  const uses = new Map<string, { store: string; operation: string; use: Use }>();
  const originals = new WeakMap<Store, Store>();
  const known = new WeakMap<Store, Store>();

  async function noted<T>(store: string, operation: string, call: () => Promise<T>): Promise<T> {
    const key = JSON.stringify([store, operation]);
    const { use } = uses.get(key) ?? {
      use: { began: Date.now(), count: 0, failures: 0, busyMs: 0 },
    };
    uses.set(key, { store, operation, use });
    use.count++;
    const began = performance.now();
    try {
      return await call();
    } catch (error) {
      use.failures++;
      throw error;
    } finally {
      use.busyMs += performance.now() - began;
    }
  }

  function traced(name: string, store: Store): Store {
    const before = known.get(store);
    if (before) return before;
    const made = new Proxy(store, {
      get(target, property) {
        const value: unknown = Reflect.get(target, property, target);
        if (typeof value !== 'function') return value;
        const operation = measured.get(property);
        const call = (...given: unknown[]): unknown => Reflect.apply(value, target, given);
        return operation === undefined
          ? call
          : (...given: unknown[]) => noted(name, operation, async () => call(...given));
      },
    });
    known.set(store, made);
    originals.set(made, store);
    return made;
  }

  return {
    stores: {
      ...stores,
      open: async (name) => traced(name, await stores.open(name)),
      openToWrite: async (name, options) => traced(name, await stores.openToWrite(name, options)),
      async openToWriteIfMade(name) {
        const store = await stores.openToWriteIfMade(name);
        return store && traced(name, store);
      },
      note: (name, store) => stores.note(name, originals.get(store) ?? store),
    },
    used() {
      for (const { store, operation, use } of uses.values()) {
        const values = {
          'holdfast.store.name': store,
          'holdfast.store.calls': use.count,
          'holdfast.store.failures': use.failures,
          'holdfast.store.busy_seconds': use.busyMs / 1_000,
        };
        span.child(`holdfast store ${operation}`, values, use.began).end();
      }
    },
  };
}

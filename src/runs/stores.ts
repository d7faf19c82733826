import { HoldfastError } from '../base/errors.ts';
import type { Store } from '../store/store.ts';

/** The stores of an installation, by the names that rows of backups and copies have of them. */
export interface Stores {
  /** Where backups are written. */
  readonly written: string;
  /** Where each backup is copied to. */
  readonly copiedTo: readonly string[];
  /** Every configured one, and the one in the database. */
  readonly names: readonly string[];
  /**
   * Opens a store when it is used for the first time; what fails is tried again at the next call.
   * @throws STORE_NOT_FOUND; what opening it throws
   */
  open(name: string): Promise<Store>;
  /** Those that are open in this process. */
  close(): Promise<void>;
}

export interface StoresOptions {
  written: string;
  copiedTo: readonly string[];
  /** What opens each store, by its name. */
  openers: ReadonlyMap<string, () => Promise<Store>>;
}

export function createStores({ written, copiedTo, openers }: StoresOptions): Stores {
  const opened = new Map<string, Promise<Store>>();
  return {
    written,
    copiedTo,
    names: [...openers.keys()],
    open(name) {
      const known = opened.get(name);
      if (known) return known;
      const opener = openers.get(name);
      if (!opener) return Promise.reject(storeNotFound(name, [...openers.keys()]));
      const opening = opener();
      opened.set(name, opening);
      opening.catch(() => opened.delete(name));
      return opening;
    },
    async close() {
      const open = await Promise.allSettled(opened.values());
      await Promise.all(open.map(async (store) => store.status === 'fulfilled' && store.value.close()));
    },
  };
}

function storeNotFound(name: string, names: readonly string[]): HoldfastError {
  return new HoldfastError('STORE_NOT_FOUND', `No store named ${JSON.stringify(name)} is configured.`, {
    details: { store: name, stores: names },
  });
}

import { HoldfastError } from '../base/errors.ts';
import type { StoreRecord, StoreRows } from '../catalog/stores.ts';
import {
  databaseStoreName,
  type ConfiguredStore,
  type ConfiguredStores,
} from '../engine/stores/configured-stores.ts';
import { givenKeys } from '../engine/stores/key-texts.ts';
import type { PlaceToTest } from '../engine/stores/test-store.ts';
import { openStore } from '../engine/stores/open-store.ts';
import { findRollback, requireOwnTurn, type Rollback } from './rollback.ts';
import { confirmTurn, takeTurn, type TurnMemory } from '../engine/stores/turn.ts';
import type { StoreKeys } from '../format/sealing/keys.ts';
import { keyOfText, keyText } from '../format/sealing/signatures.ts';
import type { StoreAddress } from '../store/objects/address.ts';
import type { Store } from '../store/store.ts';

export interface ToWrite {
  force?: boolean;
  /** Whether to go on in a store that shows an older state than it had. */
  despite?: (rollback: Rollback) => boolean;
}

/** The stores of an installation, by the names that rows of backups and copies have of them. */
export interface Stores {
  /** Where backups are written. */
  readonly written: string;
  /** Where each backup is copied to. */
  readonly copiedTo: readonly string[];
  /** Every configured one, and the one in the database. */
  readonly names: readonly string[];
  /** Of a configured one. */
  addressOf(name: string): StoreAddress;
  /** The same with the credentials that were given for it. @throws STORE_NOT_FOUND */
  placeOf(name: string): PlaceToTest;
  /** Whether a writer key was given for it. @throws STORE_NOT_FOUND */
  hasWriterKey(name: string): boolean;
  /**
   * Opens a store to read it, when it is used for the first time; what fails is tried again at the next call.
   * @throws STORE_NOT_FOUND when there is none; STORE_REPLACED when it is not the one that it was; what `openStore` throws
   */
  open(name: string): Promise<Store>;
  /**
   * Opens a store for a run that writes or deletes, making it if it is not there yet, and takes this catalog's turn in it.
   * With `force` also when another installation had the last turn; then the index is made again from a listing.
   * @throws STORE_TAKEN when another installation has written to it; BACKUP_ROLLED_BACK when it shows an older state than it had,
   *   unless with `force`, from which on that state is the right one, or `despite`; what `open` throws
   */
  openToWrite(name: string, options?: ToWrite): Promise<Store>;
  /** The same, without making the store: undefined when it is configured and not there yet. */
  openToWriteIfMade(name: string): Promise<Store | undefined>;
  /**
   * The same stores, opened to read by a key besides the configured ones; `close` closes what it has opened. To write they are the
   * ones that this process has.
   * @param identity the text of an age identity; its `open` throws KEY_INVALID, and KEY_REQUIRED where it opens nothing
   */
  openedBy(identity: string): Stores;
  /** With the configured keys alone: itself, or what `openedBy` was called of. */
  readonly configured: Stores;
  /**
   * Has the catalog remember which store a name means, and whose signatures count in it; `openToWrite` does it too.
   * @throws STORE_REPLACED
   */
  note(name: string, store: Store): Promise<void>;
  /** In a run that has opened a store to write, before something counts or is deleted. @throws STORE_TAKEN */
  confirmTurn(name: string): Promise<void>;
  /** Those that are open in this process. */
  close(): Promise<void>;
}

export interface StoresOptions extends ConfiguredStores {
  rows: StoreRows;
  /** Opens the driver of a store. @returns what makes the store with its keys */
  place(configured: ConfiguredStore): Promise<(keys: StoreKeys) => Store>;
}

const closeLimitMs = 1_000;

export function createStores({ stores: all, written, copiedTo, rows, place }: StoresOptions): Stores {
  const names = all.map(({ name }) => name);
  const opened = new Map<string, Promise<Store>>();
  /** By which keys the catalog knew a store when it was opened. */
  const knownKeys = new WeakMap<Store, string[] | null>();

  function configuredAs(name: string): ConfiguredStore {
    const configured = all.find((each) => each.name === name);
    if (configured) return configured;
    throw storeNotFound(name, names);
  }

  async function openNew(name: string, create: boolean, identity?: string): Promise<Store> {
    const configured = configuredAs(name);
    const known = await rows.get(name);
    const given = {
      ...(await givenKeys(configured)),
      ...(identity === undefined ? {} : { identity }),
      ...(known?.verificationKeys ? { verificationKeys: known.verificationKeys.map(keyOfText) } : {}),
    };
    const store = await openStore(await place(configured), { given, create });
    // Nothing is noted here: a standby lets nothing be written, and backups can be read there.
    requireSame(name, known, store);
    knownKeys.set(store, known?.verificationKeys ?? null);
    return store;
  }

  async function note(name: string, store: Store): Promise<void> {
    const { id, sealed, verify = [] } = store.keys;
    if (id === undefined) return;
    const found = {
      name,
      storeId: id,
      address: store.address,
      sealed,
      verificationKeys: verify.length > 0 ? verify.map(keyText) : null,
      knownKeys: knownKeys.get(store) ?? null,
    };
    requireSame(name, await rows.note(found), store);
  }

  function opening(name: string, create: boolean): Promise<Store> {
    return kept(opened, name, () => openNew(name, create));
  }

  function openedBy(identity: string): Stores {
    const own = new Map<string, Promise<Store>>();
    return {
      ...stores,
      open: (name) => own.get(name) ?? kept(own, name, () => openNew(name, false, identity)),
      close: () => closeAll(own),
    };
  }

  function turnMemory(name: string): TurnMemory {
    return {
      catalog: () => rows.catalogId(),
      exclusively: (work) => rows.exclusively(name, work),
      async read() {
        const { turn = null, intended = null } = (await rows.get(name)) ?? {};
        return { turn, intended };
      },
      intend: (turn) => rows.intendTurn(name, turn),
      taken: (turn) => rows.takeTurn(name, turn),
    };
  }

  async function openToWrite(name: string, options?: ToWrite): Promise<Store> {
    // Another may be opening it to read, and find that it is not there yet.
    let store = await opened.get(name)?.catch(() => undefined);
    if (store?.keys.id === undefined) store = await opening(name, true);
    await note(name, store);
    // Nobody writes to the one in the database but this catalog.
    if (name === databaseStoreName) return store;
    const rollback = options?.force ? undefined : await findRollback(rows, name, store);
    if (rollback) {
      await requireOwnTurn(rollback, store, turnMemory(name));
      if (!options?.despite?.(rollback)) throw rollback.error;
    }
    await takeTurn(store, turnMemory(name), options);
    // What the catalog has noted of a store that another one wrote to may be long gone from there.
    if (options?.force) {
      await store.rebuildIndex?.();
      await rows.accept(name);
    }
    return store;
  }

  const openToRead = (name: string): Promise<Store> => opened.get(name) ?? opening(name, false);

  const stores: Stores = {
    written,
    copiedTo,
    names,
    addressOf: (name) => configuredAs(name).address,
    placeOf(name) {
      const { address, credentials, objectLock: lock } = configuredAs(name);
      return { address, credentials: { [address.scheme]: credentials }, lock };
    },
    hasWriterKey: (name) => configuredAs(name).writerKey !== undefined,
    open: openToRead,
    openToWrite,
    async openToWriteIfMade(name) {
      try {
        await openToRead(name);
      } catch (error) {
        const unmade = error instanceof HoldfastError && error.code === 'STORE_NOT_FOUND';
        if (unmade && names.includes(name)) return undefined;
        throw error;
      }
      return openToWrite(name);
    },
    note,
    async confirmTurn(name) {
      if (name === databaseStoreName) return;
      await confirmTurn(await openToRead(name), turnMemory(name));
    },
    openedBy,
    get configured() {
      return stores;
    },
    close: () => closeAll(opened),
  };
  return stores;
}

/** Opens a store once; one that failed is opened again when it is asked for again. */
function kept(opened: Map<string, Promise<Store>>, name: string, open: () => Promise<Store>): Promise<Store> {
  const store = open();
  opened.set(name, store);
  store.catch(() => {
    if (opened.get(name) === store) opened.delete(name);
  });
  return store;
}

async function closeAll(opened: ReadonlyMap<string, Promise<Store>>): Promise<void> {
  const closing = Array.from(opened.values(), (opening) =>
    opening.then(
      (store) => store.close(),
      () => {},
    ),
  );
  // One that is still being opened may wait for a network that is gone; it is closed when it has been.
  const { promise: patience, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, closeLimitMs);
  await Promise.race([Promise.allSettled(closing), patience]);
  clearTimeout(timer);
}

/** @throws STORE_REPLACED when a store is not the one that the catalog knows by this name */
function requireSame(name: string, known: StoreRecord | undefined, store: Store): void {
  const { id, sealed } = store.keys;
  if (!known || id === undefined || (known.storeId === id && known.sealed === sealed)) return;
  throw storeReplaced(name, known, store);
}

function storeNotFound(name: string, names: readonly string[]): HoldfastError {
  return new HoldfastError('STORE_NOT_FOUND', `No store named ${JSON.stringify(name)} is configured.`, {
    details: { store: name, stores: names },
  });
}

function storeReplaced(
  name: string,
  known: { storeId: string; sealed: boolean },
  store: Store,
): HoldfastError {
  const kind = (sealed: boolean): string => (sealed ? 'encrypted' : 'not encrypted');
  return new HoldfastError(
    'STORE_REPLACED',
    `The store ${name} was ${known.storeId}, ${kind(known.sealed)}; at ${store.address} there is now ${store.keys.id}, ${kind(store.keys.sealed)}.`,
    { details: { store: name, known: known.storeId, found: store.keys.id } },
  );
}

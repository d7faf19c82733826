import type { ObjectsCredentials } from '../../store/objects/credentials.ts';
import { randomUUID } from 'node:crypto';
import { HoldfastError } from '../../base/errors.ts';
import {
  createStoreKeys,
  recipientsOf,
  storeOfWriterKey,
  type WrappedKeys,
} from '../../format/sealing/key-set.ts';
import { parseDescription, plainDescription } from '../../format/sealing/store-description.ts';
import { givenKeys } from './key-texts.ts';
import { createStore, descriptionName, type FirstDocuments } from './open-store.ts';
import { selfTestFolder } from '../../store/object-store/names.ts';
import { withStoreAt, type StoreAt } from './store-at.ts';

/** What a store says of itself, and what opens it. */
export interface StoreFactsAt {
  address: string;
  id: string;
  sealed: boolean;
  /** `age1…`, or `passphrase`. */
  recipients: string[];
  /** In base64. */
  verificationKeys: string[];
}

/** Of a new store: with none of these it is not encrypted. */
export interface NewStoreKeys {
  /** A writer key that exists, as a file or its content; with it, `recipients` chooses among those that it knows. */
  writerKey?: string | undefined;
  /** Of new keys, `age1…`. */
  recipients: readonly string[];
  passphrase?: string | undefined;
  /** Keeps the writer key of new keys, which is secret, before there is a store. What it throws ends the call. */
  keepWriterKey(text: string): Promise<void>;
}

/**
 * Makes a store in a place where there is nothing yet, or what an earlier attempt with the same keys has left. A new writer key is kept
 * before there is a store, so that no store is left that nothing can write to.
 * @throws INVALID_REQUEST for a place that has a store, or holds something else; what `storeOfWriterKey` and `openObjects` throw
 */
export async function createStoreAt(
  address: string,
  credentials: ObjectsCredentials,
  keys: NewStoreKeys,
): Promise<StoreFactsAt> {
  return await withStoreAt(address, credentials, async (at) => {
    const first = await firstDocuments(keys, () => requireUnused(at, new Map()));
    await requireUnused(at, first.wrappedKeys);
    // Another process may have made one meanwhile.
    if ((await createStore(at.bare, first)) !== first.description) throw hasStore(at);
    return factsAt(at, first);
  });
}

async function firstDocuments(
  { writerKey, recipients, passphrase, keepWriterKey }: NewStoreKeys,
  beforeNewKeys: () => Promise<void>,
): Promise<FirstDocuments> {
  if (writerKey !== undefined) {
    const { writerKey: text = '' } = await givenKeys({ writerKey });
    return storeOfWriterKey(text, recipients);
  }
  if (recipients.length === 0 && passphrase === undefined) {
    const description = plainDescription(randomUUID(), new Date().toISOString());
    return { description, wrappedKeys: new Map() };
  }
  const made = await createStoreKeys({ recipients, ...(passphrase === undefined ? {} : { passphrase }) });
  await beforeNewKeys();
  await keepWriterKey(made.writerKey);
  return made;
}

export function factsAt({ objects }: StoreAt, { description, wrappedKeys }: FirstDocuments): StoreFactsAt {
  const { id, sealed, verificationKeys } = parseDescription(description).facts;
  return {
    address: objects.address,
    id,
    sealed,
    recipients: recipientsOf(wrappedKeys.keys()),
    verificationKeys,
  };
}

/** @param expected documents that may be there already, with this content */
async function requireUnused(at: StoreAt, expected: WrappedKeys): Promise<void> {
  const { objects } = at;
  if (await objects.head(descriptionName)) throw hasStore(at);
  for await (const { name } of objects.list('')) {
    // A self-test came before, and may be under way.
    if (name.startsWith(selfTestFolder)) continue;
    const content = expected.get(name);
    const there = content && (await objects.get(name));
    if (content && there && Buffer.compare(there.content, content) === 0) continue;
    throw new HoldfastError(
      'INVALID_REQUEST',
      `${objects.address} is not empty: ${name} is in it. No store was made.`,
      {
        details: { store: objects.address, name },
        hint: 'Give a folder or a prefix of its own for the store.',
      },
    );
  }
}

function hasStore({ objects }: StoreAt): HoldfastError {
  return new HoldfastError(
    'INVALID_REQUEST',
    `There is a store at ${objects.address} already. It was not changed.`,
    { details: { store: objects.address }, hint: 'Use it, or give another folder or prefix.' },
  );
}

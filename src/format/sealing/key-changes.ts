/** Changes to the keys of a store that exists: who may open it, and what signs. No data is written again for any of them. */
import { HoldfastError } from '../../base/errors.ts';
import { parseIdentityFile, parseWriterKey, writerKeyText } from './key-files.ts';
import {
  recipientsOf,
  wrapKey,
  wrappedName,
  type Newcomer,
  type NewKeySet,
  type WrappedKeys,
} from './key-set.ts';
import { openingRequired } from './keys.ts';
import { keyText, newSigningKey } from './signatures.ts';
import { handedOver, parseDescription } from './store-description.ts';
import { openerOf, openStoreKeys, unwrapStoreKey, type GivenKeys } from './store-keys.ts';

/** What a change of those that may open a store needs: what opens it. */
export interface OpenedWith extends GivenKeys {
  description: string;
  wrappedKeys: WrappedKeys;
}

/** One more that may open the store. @returns the document to be put into it */
export async function addRecipient(
  store: OpenedWith,
  newcomer: Newcomer,
): Promise<{ name: string; content: Uint8Array }> {
  const { open } = await openStoreKeys(store.description, store.wrappedKeys, store);
  if (!open) throw openingRequired('A recipient is added with a key that opens the store.');
  return await wrapKey(open, parseDescription(store.description).facts, newcomer);
}

/**
 * One fewer that may open the store. It may have kept the store's own key: a copy into a new store shuts it out.
 * @param recipient `age1…`, or `passphrase`
 * @returns the name of the document to be deleted
 * @throws KEY_REQUIRED unless what was given opens the store without it, so that no store is locked for ever
 */
export async function removeRecipient(store: OpenedWith, recipient: string): Promise<string> {
  const name = wrappedName(recipient);
  const remaining = new Map(store.wrappedKeys);
  if (!remaining.delete(name)) {
    throw new HoldfastError('INVALID_REQUEST', `${recipient} is not among those that may open the store.`, {
      hint: `They are: ${recipientsOf(store.wrappedKeys.keys()).join(', ')}.`,
    });
  }
  const described = parseDescription(store.description);
  const identity = store.identity === undefined ? undefined : parseIdentityFile(store.identity);
  const opener = openerOf(identity, store);
  await openStoreKeys(store.description, store.wrappedKeys, store);
  if (!opener) throw openingRequired('A recipient is removed with a key that opens the store without it.');
  try {
    await unwrapStoreKey(described, remaining, opener);
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    throw openingRequired(
      `Without ${recipient}, the key that was given would no longer open the store. Add another recipient first, and remove this one with its key.`,
    );
  }
  return name;
}

/**
 * Replaces the signing key of a store.
 * @param retire whether what the old key signed no longer counts: earlier backups are then refused too
 * @returns the new `holdfast.json`, and the new writer key, which is secret
 */
export async function handOverSigning(
  store: Pick<OpenedWith, 'description' | 'wrappedKeys'>,
  writerKey: string,
  { retire }: { retire: boolean },
): Promise<Pick<NewKeySet, 'description' | 'writerKey' | 'verificationKey'>> {
  await openStoreKeys(store.description, store.wrappedKeys, { writerKey });
  const writer = parseWriterKey(writerKey);
  const sign = newSigningKey();
  return {
    description: handedOver(store.description, writer.sign, sign, { retire, at: new Date().toISOString() }),
    writerKey: writerKeyText({ ...writer, sign, wrappedKeys: store.wrappedKeys }),
    verificationKey: keyText(sign.publicKey),
  };
}

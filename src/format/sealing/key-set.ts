/** The keys of a new store. What the store keeps of them opens nothing. */
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { HoldfastError } from '../../base/errors.ts';
import { parseRecipient, recipientText } from './age-keys.ts';
import { parseWriterKey, recoveryKeyText, storeKeyText, writerKeyText, type WriterKey } from './key-files.ts';
import { nameKey, openingRequired, type OpeningKey } from './keys.ts';
import { sealBytes, sealBytesByPassphrase } from './sealed-bytes.ts';
import { keyOfText, keyText, newSigningKey } from './signatures.ts';
import { descriptionText, type StoreFacts } from './store-description.ts';

/** The documents `keys/<recipient>.age` of a store, by name: its own key, sealed to each of those that may open it. */
export type WrappedKeys = ReadonlyMap<string, Uint8Array>;

export const passphraseName = 'keys/passphrase.age';
/** What is in the store can be guessed at for years, by anyone who can read it. */
const passphraseLengthMin = 16;

export function wrappedName(recipient: string): string {
  return `keys/${recipient}.age`;
}

/** To whom the store's own key is sealed: `age1…`, or `passphrase`. */
export function recipientsOf(names: Iterable<string>): string[] {
  return Array.from(names, (name) => name.slice('keys/'.length, -'.age'.length)).toSorted();
}

/** One that may open a store: a public key (`age1…`), or a passphrase. */
export type Newcomer = string | { readonly passphrase: string };

export interface NewKeySet {
  /** `holdfast.json`. */
  description: string;
  wrappedKeys: WrappedKeys;
  /** Secret: the text of `writer.key`. */
  writerKey: string;
  /** What verifies the signatures of the store, in base64. */
  verificationKey: string;
}

/**
 * Makes the keys of a new sealed store.
 * @param to `recipients` (`age1…`) and a passphrase, of which each opens the store; at least one
 * @throws INVALID_REQUEST for none, for what is no recipient, and for a short passphrase
 */
export async function createStoreKeys(to: {
  recipients: readonly string[];
  passphrase?: string;
}): Promise<NewKeySet> {
  if (to.recipients.length === 0 && to.passphrase === undefined) {
    throw new HoldfastError(
      'INVALID_REQUEST',
      'An encrypted store needs a recipient that can open it, and none was given.',
      {
        hint: 'Make a recovery key with `holdfast keygen --out DIR`, and give the public key that it prints.',
      },
    );
  }
  const { privateKey: identity, publicKey: recipient } = generateKeyPairSync('x25519');
  const opening: OpeningKey = { identity, nameKey: nameKey(randomBytes(32)) };
  const store = randomUUID();
  const created = new Date().toISOString();
  const wrappedKeys = new Map<string, Uint8Array>();
  const newcomers: Newcomer[] = [...to.recipients];
  if (to.passphrase !== undefined) newcomers.push({ passphrase: to.passphrase });
  for (const each of newcomers) {
    const { name, content } = await wrapKey(opening, { id: store, created }, each);
    wrappedKeys.set(name, content);
  }
  const sign = newSigningKey();
  const writer: WriterKey = {
    store,
    created,
    seal: { nameKey: opening.nameKey, recipient },
    sign,
    wrappedKeys,
  };
  return {
    description: descriptionOf(writer),
    wrappedKeys,
    writerKey: writerKeyText(writer),
    verificationKey: keyText(sign.publicKey),
  };
}

/** What `holdfast keygen` makes: a recovery key, and the writer key of a store that it opens. Both are secret. */
export async function createKeySet(): Promise<{ recipient: string; recoveryKey: string; writerKey: string }> {
  const { privateKey: identity } = generateKeyPairSync('x25519');
  const recipient = recipientText(identity);
  const { writerKey, verificationKey } = await createStoreKeys({ recipients: [recipient] });
  const recoveryKey = recoveryKeyText(identity, new Date().toISOString(), [keyOfText(verificationKey)]);
  return { recipient, recoveryKey, writerKey };
}

/**
 * What a store that is made for an existing writer key begins with.
 * @param recipients those that may open it, of those that the writer key knows; all of these without
 * @throws INVALID_CONFIGURATION; KEY_REQUIRED for a recipient that the writer key does not know
 */
export function storeOfWriterKey(
  text: string,
  recipients: readonly string[] = [],
): Pick<NewKeySet, 'description' | 'wrappedKeys'> {
  const writer = parseWriterKey(text);
  const names = recipients.length > 0 ? recipients.map(wrappedName) : [...writer.wrappedKeys.keys()];
  const wrappedKeys = new Map(
    names.map((name) => {
      const content = writer.wrappedKeys.get(name);
      if (content) return [name, content] as const;
      throw openingRequired(
        `The writer key cannot let ${name.slice('keys/'.length, -'.age'.length)} open the store: it opens nothing itself, and was made for ${recipientsOf(writer.wrappedKeys.keys()).join(', ')}.`,
      );
    }),
  );
  if (wrappedKeys.size === 0)
    throw openingRequired('Nothing could ever open the store: the writer key was made for no recipient.');
  return { description: descriptionOf(writer), wrappedKeys };
}

function descriptionOf({ store, created, seal, sign }: WriterKey): string {
  const recipient = recipientText(seal.recipient);
  const facts: StoreFacts = {
    kind: 'holdfast store',
    id: store,
    created,
    sealed: true,
    recipient,
    verificationKeys: [keyText(sign.publicKey)],
  };
  return descriptionText(facts, sign);
}

/** The store's own key, sealed to one that may open it. @throws INVALID_REQUEST */
export async function wrapKey(
  { identity, nameKey: names }: OpeningKey,
  { id, created }: Pick<StoreFacts, 'id' | 'created'>,
  newcomer: Newcomer,
): Promise<{ name: string; content: Uint8Array }> {
  const text = Buffer.from(storeKeyText(identity, names, id, created));
  if (typeof newcomer === 'string') {
    const recipient = parseRecipient(newcomer);
    // In the one form of its text.
    return { name: wrappedName(recipientText(recipient)), content: sealBytes(text, [recipient]) };
  }
  if (newcomer.passphrase.length < passphraseLengthMin) {
    throw new HoldfastError(
      'INVALID_REQUEST',
      `A passphrase must have at least ${passphraseLengthMin} characters.`,
      {
        hint: 'Use five or six words that were chosen at random. Who can read the store can try passphrases for as long as they like.',
      },
    );
  }
  return { name: passphraseName, content: await sealBytesByPassphrase(text, newcomer.passphrase) };
}

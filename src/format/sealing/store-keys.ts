/** The keys of a store that exists, as far as what a process was given goes. */
import { HoldfastError } from '../../base/errors.ts';
import { recipientText } from './age-keys.ts';
import { parseIdentityFile, parseWriterKey, type IdentityFile, type WriterKey } from './key-files.ts';
import { passphraseName, recipientsOf, type WrappedKeys } from './key-set.ts';
import { openingRequired, sealingRequired, type OpeningKey, type StoreKeys } from './keys.ts';
import { openBytes, type Opener } from './sealed-bytes.ts';
import { keyOfText, keyText } from './signatures.ts';
import {
  checkTrusted,
  parseDescription,
  type StoreDescription,
  type StoreFacts,
} from './store-description.ts';

/** What a process was given for one store. */
export interface GivenKeys {
  /** The text of an identity file: a recovery key, or the store's own key. */
  identity?: string;
  passphrase?: string;
  /** The text of a writer key. */
  writerKey?: string;
  /**
   * Ed25519 public keys, 32 bytes each, one of which must have signed the description, or a key that follows it; whatever the
   * other keys prove.
   */
  verificationKeys?: readonly Uint8Array[];
}

/**
 * The keys of a store, as far as what was given goes: without a writer key nothing is sealed or signed, without an identity
 * or a passphrase nothing is opened. Nothing is trusted because it is in the store: the description must be signed by a key
 * that was given, if any was, and must be that of the writer key and of the key that opens.
 * @param description the text of `holdfast.json`
 * @throws SIGNATURE_INVALID, KEY_REQUIRED, INVALID_CONFIGURATION, MANIFEST_INVALID
 */
export async function openStoreKeys(
  description: string,
  wrappedKeys: WrappedKeys,
  given: GivenKeys,
): Promise<StoreKeys & { id: string }> {
  const identity = given.identity === undefined ? undefined : parseIdentityFile(given.identity);
  const writer = given.writerKey === undefined ? undefined : parseWriterKey(given.writerKey);
  const described = parseDescription(description);
  // Each alone: a key that was retired may be in one of them still, and one of the attacker in what the catalog remembers.
  for (const trusted of [
    given.verificationKeys ?? [],
    [...(identity?.verificationKeys ?? []), ...(writer ? [writer.sign.publicKey] : [])],
  ]) {
    if (trusted.length > 0) checkTrusted(described, trusted);
  }
  const { facts } = described;
  if (writer) checkWriter(facts, writer);
  const opener = openerOf(identity, given);
  const open =
    facts.sealed && opener
      ? await unwrapStoreKey(described, [...wrappedKeys, ...(writer?.wrappedKeys ?? [])], opener, identity)
      : undefined;
  if (open && writer && !open.nameKey.equals(writer.seal.nameKey)) {
    throw otherStore(facts, 'the name key of the store is not that of the writer key');
  }
  return {
    id: facts.id,
    sealed: facts.sealed,
    ...(writer ? { seal: writer.seal, sign: writer.sign } : {}),
    ...(open ? { open } : {}),
    ...(facts.verificationKeys.length > 0 ? { verify: facts.verificationKeys.map(keyOfText) } : {}),
  };
}

/** Whether any of what was given proves a store, so that one which nothing proves is refused. */
export function expectsSignatures({ identity, writerKey, verificationKeys = [] }: GivenKeys): boolean {
  return (
    writerKey !== undefined ||
    verificationKeys.length > 0 ||
    (identity !== undefined && parseIdentityFile(identity).verificationKeys.length > 0)
  );
}

export function openerOf(identity: IdentityFile | undefined, { passphrase }: GivenKeys): Opener | undefined {
  return identity ?? (passphrase === undefined ? undefined : { passphrase });
}

/** A writer that trusted the store would seal to the key of the one who changed it. */
function checkWriter(facts: StoreFacts, writer: WriterKey): void {
  if (facts.id !== writer.store) throw otherStore(facts, `the writer key is of store ${writer.store}`);
  if (facts.recipient !== recipientText(writer.seal.recipient)) {
    throw otherStore(facts, 'it names another public key than the writer key does');
  }
  if (!facts.verificationKeys.includes(keyText(writer.sign.publicKey))) {
    throw sealingRequired(
      `The signing key in this writer key was replaced in store ${facts.id}; what it signs no longer counts.`,
    );
  }
}

function otherStore(facts: StoreFacts, reason: string): HoldfastError {
  return new HoldfastError(
    'SIGNATURE_INVALID',
    `Store ${facts.id} is not the one that the keys belong to: ${reason}.`,
    {
      hint: 'Check the address of the store and which keys were given. If both are right, the store was replaced: find out who did that, and neither restore from it nor write to it.',
      details: { store: facts.id },
    },
  );
}

/** @throws KEY_REQUIRED naming those that could open it; SIGNATURE_INVALID when what opens is of another store */
export async function unwrapStoreKey(
  { facts }: StoreDescription,
  wrappedKeys: Iterable<readonly [name: string, content: Uint8Array]>,
  opener: Opener,
  file?: IdentityFile,
): Promise<OpeningKey> {
  const own = file?.identities.find((each) => recipientText(each) === facts.recipient);
  if (own) {
    if (file?.nameKey) return { identity: own, nameKey: file.nameKey };
    throw new HoldfastError(
      'INVALID_CONFIGURATION',
      "The store's own key was given without its line `# name-key: …`.",
      {
        hint: 'Give it as `age -d -i recovery.key keys/….age` writes it, with its comments; or give the recovery key.',
      },
    );
  }
  const names = new Set<string>();
  let refusal: HoldfastError | undefined;
  for (const [name, content] of wrappedKeys) {
    names.add(name);
    // Each guess at a passphrase takes a second.
    if ((name === passphraseName) !== 'passphrase' in opener) continue;
    try {
      return storeKeyIn(await openBytes(content, opener, name), facts, name);
    } catch (error) {
      if (!(error instanceof HoldfastError)) throw error;
      // Another one may be whole: anyone who can write to the store can spoil one, or add one.
      if (error.code !== 'KEY_REQUIRED') refusal ??= error;
    }
  }
  if (refusal) throw refusal;
  const given = 'passphrase' in opener ? 'passphrase' : 'key';
  const right = recipientsOf(names).join(', ') || 'nothing, for its keys are gone';
  throw openingRequired(
    `The ${given} that was given does not open store ${facts.id}. What opens it: ${right}.`,
  );
}

/** The store's own key, as it was sealed for others. */
function storeKeyIn(text: Uint8Array, facts: StoreFacts, name: string): OpeningKey {
  const file = parseIdentityFile(Buffer.from(text).toString(), `What is in ${name}`);
  const identity = file.identities.find((each) => recipientText(each) === facts.recipient);
  if (identity && file.nameKey) return { identity, nameKey: file.nameKey };
  throw otherStore(facts, `${name} holds another key than holdfast.json names`);
}

import { addKeyAt, listKeysAt, removeKeyAt, type OpenerOfStore } from '../../engine/stores/change-keys.ts';
import type { ObjectsCredentials } from '../../store/objects/credentials.ts';
import type { Answer, Invocation } from '../invocation.ts';
import { givenTo } from '../system.ts';
import { green } from '../terminal/style.ts';
import { printable } from '../terminal/text.ts';
import { firstLineOf } from '../first-line.ts';

export interface StoreKeyOptions {
  identity?: string;
  passphraseFile?: string;
}

/** What may open a store. With a key it is proved that this is the store that the key belongs to. */
export async function listStoreKeys(
  invocation: Invocation,
  url: string,
  options: StoreKeyOptions,
): Promise<Answer> {
  const { credentials, opener } = await openerIn(invocation, options);
  const facts = await listKeysAt(url, credentials, opener);
  const { address, recipients, sealed, opened } = facts;
  const lines = sealed
    ? [`What opens the store at ${printable(address)}:`, ...recipients.map((each) => `  ${printable(each)}`)]
    : [`The store at ${printable(address)} is not encrypted: no key is needed to read it.`];
  if (opened) lines.push(`${green('✓')} The key that was given opens it.`);
  return { document: facts, text: lines.join('\n') };
}

export async function addStoreKey(
  invocation: Invocation,
  recipient: string,
  url: string,
  options: StoreKeyOptions,
): Promise<Answer> {
  const { credentials, opener } = await openerIn(invocation, options);
  const facts = await addKeyAt(url, credentials, recipient, opener);
  const text = `${green('✓')} ${printable(recipient)} opens the store at ${printable(facts.address)} from now on.
  Add these lines to the recovery key that it belongs to, so that no other store is taken for this one:
${facts.verificationKeys.map((key) => `  # verification-key: ${key}`).join('\n')}`;
  return { document: facts, text };
}

export async function removeStoreKey(
  invocation: Invocation,
  recipient: string,
  url: string,
  options: StoreKeyOptions,
): Promise<Answer> {
  const { credentials, opener } = await openerIn(invocation, options);
  const facts = await removeKeyAt(url, credentials, recipient, opener);
  const text = `${green('✓')} ${printable(recipient)} is no longer among those that open the store at ${printable(facts.address)}.
  Its holder may have kept the store's own key or a copy of the store: what is to be secret from them needs a new store.`;
  return { document: facts, text };
}

async function openerIn(
  invocation: Invocation,
  { identity, passphraseFile }: StoreKeyOptions,
): Promise<{ credentials: ObjectsCredentials; opener: OpenerOfStore }> {
  const given = await givenTo(invocation);
  return {
    credentials: given.storeCredentials ?? {},
    opener: {
      identity: identity ?? given.identity,
      passphrase:
        passphraseFile === undefined
          ? undefined
          : await firstLineOf(passphraseFile, '--passphrase-file', 'passphrase'),
    },
  };
}

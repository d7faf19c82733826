/** The files that people keep: an identity file of age, which opens, and a writer key, which writes and signs. */
import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { HoldfastError } from '../../base/errors.ts';
import { identityText, parseIdentity, parseRecipient, recipientText } from './age-keys.ts';
import { keyBytes, nameKey, secretBytes, type SealingKey, type SigningKey } from './keys.ts';
import { keyOfText, keyText, signingKey, verificationKey } from './signatures.ts';

/** What an identity file holds: a recovery key, or the store's own key as `age -d` writes it. */
export interface IdentityFile {
  /** X25519 private keys, at least one. */
  identities: readonly KeyObject[];
  /** Ed25519 public keys of stores; where there are any, a store that none of them signed is refused. */
  verificationKeys: readonly Uint8Array[];
  /** Of the store's own key alone. */
  nameKey: KeyObject | undefined;
}

/** The text of `recovery.key`. @param verificationKeys of the stores that it is to open, if they are known */
export function recoveryKeyText(
  identity: KeyObject,
  created: string,
  verificationKeys: readonly Uint8Array[],
): string {
  return identityFileText(identity, [
    'Holdfast recovery key: opens backups. Keep it where the database is not, more than once.',
    'Without it nobody can open the backups.',
    `created: ${created}`,
    `public key: ${recipientText(identity)}`,
    ...verificationKeys.map((key) => `verification-key: ${keyText(key)}`),
  ]);
}

/** The text of a store's own key, which is kept sealed. */
export function storeKeyText(identity: KeyObject, names: KeyObject, store: string, created: string): string {
  return identityFileText(identity, [
    `The key of Holdfast store ${store}: opens every backup in it. Keep it secret.`,
    `created: ${created}`,
    `public key: ${recipientText(identity)}`,
    `name-key: ${secretBytes(names).toString('base64')}`,
  ]);
}

function identityFileText(identity: KeyObject, comments: readonly string[]): string {
  return `${comments.map((comment) => `# ${comment}\n`).join('')}${identityText(identity)}\n`;
}

/**
 * @param of what the text is, for the message of an error
 * @throws INVALID_CONFIGURATION for anything that cannot be used; shows nothing that is in it but the number of a line
 */
export function parseIdentityFile(text: string, of = 'The recovery key'): IdentityFile {
  const identities: KeyObject[] = [];
  const verificationKeys: Uint8Array[] = [];
  let names: KeyObject | undefined;
  for (const [n, line] of text.split(/\r?\n/).entries()) {
    const [, field, value = ''] = /^#\s*(verification-key|name-key):\s*(\S+)\s*$/.exec(line) ?? [];
    if (field !== undefined) {
      if (!verificationKey.safeParse(value).success) {
        throw unusable(of, `line ${n + 1} (${field}) must be ${keyBytes} bytes in base64`);
      }
      if (field === 'name-key') names = nameKey(keyOfText(value));
      else verificationKeys.push(keyOfText(value));
    } else if (line.trim() !== '' && !line.startsWith('#')) {
      identities.push(identityOn(line.trim(), n + 1, of));
    }
  }
  if (identities.length === 0)
    throw unusable(of, 'it holds no key (a line that begins with AGE-SECRET-KEY-1)');
  return { identities, verificationKeys, nameKey: names };
}

function identityOn(line: string, number: number, of: string): KeyObject {
  const identity = parseIdentity(line);
  if (identity) return identity;
  if (line.startsWith('age1')) {
    throw unusable(
      of,
      `line ${number} is a public key (age1…), which opens nothing; the private key is needed`,
    );
  }
  if (/^age-encryption\.org\/|^-----BEGIN AGE/.test(line)) {
    throw unusable(of, 'it is encrypted itself; decrypt it first, with: age -d FILE');
  }
  if (/^-----BEGIN|^AGE-PLUGIN-|^AGE-SECRET-KEY-PQ-/.test(line)) {
    throw unusable(of, `line ${number} is a key of a kind that is not supported; AGE-SECRET-KEY-1 is`);
  }
  if (line.startsWith('{')) {
    throw unusable(of, 'it looks like a writer key, which opens nothing; the recovery key is needed');
  }
  throw unusable(
    of,
    `line ${number} is no age identity (AGE-SECRET-KEY-1 and 58 letters and digits), or has an error in it`,
  );
}

/** What a writer key holds. It opens nothing. */
export interface WriterKey {
  /** Id of its store. */
  store: string;
  /** ISO 8601, when the store's keys were made. */
  created: string;
  seal: SealingKey;
  sign: SigningKey;
  /** The store's own key, sealed to each of those that may open it: content by name of the document. */
  wrappedKeys: ReadonlyMap<string, Uint8Array>;
}

const writerKeyFormat = 'holdfast-writer-key/1';

const writerKeyFile = z.object({
  format: z.literal(writerKeyFormat),
  store: z.uuid(),
  created: z.iso.datetime(),
  recipient: z.string(),
  nameKey: verificationKey,
  signingKey: verificationKey,
  verificationKey,
  keys: z.record(z.string(), z.base64()),
});

export function writerKeyText(key: WriterKey): string {
  const file: z.infer<typeof writerKeyFile> & { about: string } = {
    format: writerKeyFormat,
    about:
      'Holdfast writer key: writes and signs backups of one store, and opens none. Keep it secret: its holder can write backups that are taken for yours.',
    store: key.store,
    created: key.created,
    recipient: recipientText(key.seal.recipient),
    nameKey: secretBytes(key.seal.nameKey).toString('base64'),
    signingKey: secretBytes(key.sign.privateKey).toString('base64'),
    verificationKey: keyText(key.sign.publicKey),
    keys: Object.fromEntries(
      [...key.wrappedKeys].map(([name, content]) => [name, Buffer.from(content).toString('base64')]),
    ),
  };
  return `${JSON.stringify(file, undefined, 2)}\n`;
}

/** @throws INVALID_CONFIGURATION for anything that cannot be used; shows nothing that is in it but names of fields */
export function parseWriterKey(text: string): WriterKey {
  const of = 'The writer key';
  if (/^\s*#|AGE-SECRET-KEY-/.test(text)) {
    throw unusable(
      of,
      'it is an age identity; writer.key is the JSON file that was made beside recovery.key',
    );
  }
  const { success, data } = writerKeyFile.safeParse(jsonOf(text));
  if (!success) {
    throw unusable(of, `it is not a JSON document of format ${writerKeyFormat} with all its fields`);
  }
  const sign = signingKey(keyOfText(data.signingKey));
  if (keyText(sign.publicKey) !== data.verificationKey) {
    throw unusable(of, 'its signingKey and verificationKey do not belong together');
  }
  return {
    store: data.store,
    created: data.created,
    seal: { nameKey: nameKey(keyOfText(data.nameKey)), recipient: recipientIn(data.recipient, of) },
    sign,
    wrappedKeys: new Map(
      Object.entries(data.keys).map(([name, content]) => [name, Buffer.from(content, 'base64')]),
    ),
  };
}

function recipientIn(text: string, of: string): KeyObject {
  try {
    return parseRecipient(text);
  } catch {
    throw unusable(of, 'its recipient is not an age recipient');
  }
}

/** Undefined for what is no JSON: the error of JSON.parse would quote from it. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unusable(of: string, reason: string): HoldfastError {
  return new HoldfastError('INVALID_CONFIGURATION', `${of} cannot be used: ${reason}.`, {
    hint: 'Check that the right file was given and that it is whole.',
  });
}

/** Keys as age writes them: `age1…` the public one, `AGE-SECRET-KEY-1…` the private one. */
import { diffieHellman, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { HoldfastError } from '../../base/errors.ts';
import { decodeBech32, encodeBech32 } from './bech32.ts';
import { keyBytes, privateKey, publicBytes, publicKey, secretBytes } from './keys.ts';

const recipientPrefix = 'age';
const identityPrefix = 'age-secret-key-';

/** @param key the public key, or the private one that it belongs to */
export function recipientText(key: KeyObject): string {
  return encodeBech32(recipientPrefix, publicBytes(key));
}

/** Secret. */
export function identityText(identity: KeyObject): string {
  return encodeBech32(identityPrefix, secretBytes(identity)).toUpperCase();
}

/** @throws INVALID_REQUEST for what is no X25519 recipient; shows nothing of what could be a secret */
export function parseRecipient(text: string): KeyObject {
  const found = decodeBech32(text);
  const key =
    found?.prefix === recipientPrefix && found.bytes.length === keyBytes
      ? publicKey('X25519', found.bytes)
      : undefined;
  if (key && isUsable(key)) return key;
  const said = /^age1[0-9a-z]*$/.test(text) ? `${text.slice(0, 20)}…` : 'What was given';
  throw new HoldfastError('INVALID_REQUEST', `${said} is not an age recipient.`, {
    hint: /^age-secret-key-/i.test(text)
      ? 'This is a private key. Give the public key that belongs to it, which begins with age1.'
      : 'Give the public key of a recovery key: age1 and 58 letters and digits, as `holdfast keygen` and age-keygen print it. Other kinds of recipients (SSH keys, plugins, age1pq) are not supported.',
  });
}

/** Whether a secret can be shared with it: not with the few points of low order, which no private key makes. */
function isUsable(key: KeyObject): boolean {
  try {
    diffieHellman({ privateKey: generateKeyPairSync('x25519').privateKey, publicKey: key });
    return true;
  } catch {
    return false;
  }
}

/** @returns undefined for what is no X25519 identity */
export function parseIdentity(text: string): KeyObject | undefined {
  const found = decodeBech32(text);
  const right =
    found?.prefix === identityPrefix && found.bytes.length === keyBytes && text === text.toUpperCase();
  return right ? privateKey('X25519', found.bytes) : undefined;
}

/** Ed25519 signatures (RFC 8032) over the exact bytes of a text in UTF-8. */
import { generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { HoldfastError } from '../../base/errors.ts';
import { capitalized } from '../../base/words.ts';
import { keyBytes, privateKey, publicBytes, publicKey, type SigningKey } from './keys.ts';

function base64Of(bytes: number): z.ZodString {
  return z.string().refine((text) => {
    const decoded = Buffer.from(text, 'base64');
    return decoded.length === bytes && decoded.toString('base64') === text;
  }, `must be ${bytes} bytes in base64`);
}

/** A public key, 32 bytes in base64. */
export const verificationKey = base64Of(keyBytes);

export const signature = z.object({
  /** The public key of the key that signed. */
  key: verificationKey,
  value: base64Of(64),
});
export type Signature = z.infer<typeof signature>;

export function newSigningKey(): SigningKey {
  return signingKeyOf(generateKeyPairSync('ed25519').privateKey);
}

/** @param bytes 32 */
export function signingKey(bytes: Uint8Array): SigningKey {
  return signingKeyOf(privateKey('Ed25519', bytes));
}

function signingKeyOf(key: KeyObject): SigningKey {
  return { privateKey: key, publicKey: publicBytes(key) };
}

export function signText(text: string, key: SigningKey): Signature {
  return {
    key: keyText(key.publicKey),
    value: sign(null, Buffer.from(text), key.privateKey).toString('base64'),
  };
}

/**
 * Proves that one of the accepted keys signed exactly this text.
 * @param given what was read; of any form
 * @param accepted public keys, 32 bytes each
 * @param of what the text is, for the message of an error
 * @returns the key that signed
 * @throws SIGNATURE_INVALID, which says whether the signature is missing, malformed, by another key or wrong
 */
export function verifyText(
  text: string,
  given: unknown,
  accepted: readonly Uint8Array[],
  of: string,
): Uint8Array {
  if (given === undefined || given === null) throw refused(of, 'is not signed');
  const parsed = signature.safeParse(given);
  if (!parsed.success) throw refused(of, 'has a signature that is malformed');
  const { key } = parsed.data;
  const signer = accepted.find((each) => keyText(each) === key);
  if (!signer) {
    throw refused(
      of,
      `is signed by another key (${shown(key)}) than those that are accepted (${listed(accepted)})`,
    );
  }
  if (!isSignedBy(text, parsed.data)) {
    throw refused(of, `was changed since it was signed: the signature of ${shown(key)} does not match it`);
  }
  return signer;
}

/** Whether the key that a signature names made it over this text. */
export function isSignedBy(text: string, { key, value }: Signature): boolean {
  const signer = publicKey('Ed25519', Buffer.from(key, 'base64'));
  return verify(null, Buffer.from(text), signer, Buffer.from(value, 'base64'));
}

export function keyText(key: Uint8Array): string {
  return Buffer.from(key).toString('base64');
}

export function keyOfText(text: string): Uint8Array {
  return Buffer.from(text, 'base64');
}

/** A public key for people, who compare the beginning. */
function shown(key: string): string {
  return `${key.slice(0, 12)}…`;
}

function listed(keys: readonly Uint8Array[]): string {
  return keys.length === 0 ? 'none' : keys.map((key) => shown(keyText(key))).join(', ');
}

function refused(of: string, reason: string): HoldfastError {
  return new HoldfastError('SIGNATURE_INVALID', `${capitalized(of)} ${reason}.`);
}

/** The stanza of an X25519 recipient (age-encryption.org/v1, "The X25519 recipient type"). */
import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  diffieHellman,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';
import { base64, fromBase64, type Stanza } from './age-header.ts';
import { keyBytes, publicBytes, publicKey } from './keys.ts';

export const fileKeyBytes = 16;
const tagBytes = 16;

/** @param ephemeral an X25519 private key that is used for this file key alone */
export function wrapX25519(fileKey: Uint8Array, recipient: KeyObject, ephemeral: KeyObject): Stanza {
  const share = publicBytes(ephemeral);
  const secret = diffieHellman({ privateKey: ephemeral, publicKey: recipient });
  const key = wrapKey(secret, Buffer.concat([share, publicBytes(recipient)]), 'age-encryption.org/v1/X25519');
  return { args: ['X25519', base64(share)], body: wrapFileKey(fileKey, key) };
}

/** @returns the file key; undefined for a stanza of another type or for another recipient, or one that was changed */
export function unwrapX25519({ args, body }: Stanza, identity: KeyObject): Buffer | undefined {
  const share = fromBase64(args[1] ?? '');
  if (args[0] !== 'X25519' || args.length !== 2 || share?.length !== keyBytes) return undefined;
  let secret: Buffer;
  try {
    secret = diffieHellman({ privateKey: identity, publicKey: publicKey('X25519', share) });
  } catch {
    // A point of low order, with which the secret would be zero for every identity.
    return undefined;
  }
  const salt = Buffer.concat([share, publicBytes(identity)]);
  return unwrapFileKey(body, wrapKey(secret, salt, 'age-encryption.org/v1/X25519'));
}

function wrapKey(secret: Buffer, salt: Buffer, label: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', createSecretKey(secret), salt, label, 32)));
}

/** The key encrypts nothing else, so its nonce is zero. */
const zeroNonce = Buffer.alloc(12);

export function wrapFileKey(fileKey: Uint8Array, key: KeyObject): Buffer {
  const cipher = createCipheriv('chacha20-poly1305', key, zeroNonce, { authTagLength: tagBytes });
  return Buffer.concat([cipher.update(fileKey), cipher.final(), cipher.getAuthTag()]);
}

export function unwrapFileKey(body: Uint8Array, key: KeyObject): Buffer | undefined {
  // Of any other length it could be made to open under two keys.
  if (body.length !== fileKeyBytes + tagBytes) return undefined;
  const decipher = createDecipheriv('chacha20-poly1305', key, zeroNonce, { authTagLength: tagBytes });
  decipher.setAuthTag(body.subarray(fileKeyBytes));
  const fileKey = decipher.update(body.subarray(0, fileKeyBytes));
  try {
    decipher.final();
  } catch {
    return undefined;
  }
  return fileKey;
}

import { createCipheriv, createDecipheriv, randomBytes, type KeyObject } from 'node:crypto';

const cipher = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

/** @param bound what it is about: it opens as nothing else */
export function lock(bytes: Uint8Array, key: KeyObject, bound: string): Uint8Array {
  const nonce = randomBytes(nonceBytes);
  const sealing = createCipheriv(cipher, key, nonce).setAAD(Buffer.from(bound));
  return Buffer.concat([nonce, sealing.update(bytes), sealing.final(), sealing.getAuthTag()]);
}

/** @throws when it was locked with another key or bound to something else, or was changed */
export function unlock(content: Uint8Array, key: KeyObject, bound: string): Uint8Array {
  const opening = createDecipheriv(cipher, key, content.subarray(0, nonceBytes), { authTagLength: tagBytes })
    .setAAD(Buffer.from(bound))
    .setAuthTag(content.subarray(-tagBytes));
  return Buffer.concat([opening.update(content.subarray(nonceBytes, -tagBytes)), opening.final()]);
}

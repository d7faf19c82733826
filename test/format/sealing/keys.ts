import { createSecretKey, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import type { OpeningKey, SealingKey } from '../../../src/format/sealing/keys.ts';

/** The keys of a store that is made up. */
export function storeKeys(): { seal: SealingKey; open: OpeningKey } {
  const { publicKey: recipient, privateKey: identity } = generateKeyPairSync('x25519');
  const nameKey = createSecretKey(randomBytes(32));
  return { seal: { nameKey, recipient }, open: { nameKey, identity } };
}

/** An X25519 private key. */
export function newIdentity(): KeyObject {
  return generateKeyPairSync('x25519').privateKey;
}

/*
 * sealing/ owns encryption, signatures and keys, as docs/SEALING.md specifies them: what a key is, how a frame is sealed
 * and opened, how a text is signed, how key files and the description of a store are written and read. It never knows
 * where any of them is kept, and no message of its errors shows key material.
 */
import { createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import { HoldfastError } from '../../base/errors.ts';

/*
 * Keys are KeyObjects and not bytes: they go to other threads as they are, neither a log nor JSON shows what is in
 * them, and node:crypto works with them five times faster than with 32 bytes which it must make a key of at each call.
 */

/** What seals: names chunks, and encrypts them to the store's public key. It opens nothing. */
export interface SealingKey {
  /** 32 bytes, secret. */
  readonly nameKey: KeyObject;
  /** X25519, public: the store's. */
  readonly recipient: KeyObject;
}

/** What opens: proves the names of chunks, and decrypts them. */
export interface OpeningKey {
  /** 32 bytes, secret. */
  readonly nameKey: KeyObject;
  /** X25519, private: the store's. */
  readonly identity: KeyObject;
}

/** What signs. */
export interface SigningKey {
  /** Ed25519, private. */
  readonly privateKey: KeyObject;
  /** Ed25519, 32 bytes: what verifies. */
  readonly publicKey: Uint8Array;
}

/** What this process holds of the keys of one store. */
export interface StoreKeys {
  /** The id of the store, as it says itself in `holdfast.json`; undefined where it says nothing. */
  readonly id?: string;
  /** Whether everything in the store but what lists its chunks is sealed. */
  readonly sealed: boolean;
  /** Undefined in a plain store, and where no writer key was given. */
  readonly seal?: SealingKey;
  /** Undefined in a plain store, and where nothing that opens was given. */
  readonly open?: OpeningKey;
  readonly sign?: SigningKey;
  /** Ed25519 public keys, 32 bytes each. Where there are any, what none of them signed is refused. */
  readonly verify?: readonly Uint8Array[];
}

/** Of a store without encryption and signatures. */
export const plainKeys: StoreKeys = Object.freeze({ sealed: false });

/**
 * What opens the chunks of a store, for `decodeChunk`.
 * @returns undefined for a plain store
 * @throws KEY_REQUIRED for a sealed store that nothing was given to open with
 */
export function requireOpening(keys: StoreKeys): OpeningKey | undefined {
  if (!keys.sealed || keys.open) return keys.open;
  throw openingRequired('The store is encrypted, and no key that opens it was given.');
}

export function openingRequired(message: string): HoldfastError {
  return new HoldfastError('KEY_REQUIRED', message, {
    hint: 'Give the recovery key, an age identity file: --identity FILE, HOLDFAST_IDENTITY=FILE, or identity in the request. The writer key does not open anything.',
  });
}

/**
 * What seals the chunks of a store, for `encodeChunk`.
 * @returns undefined for a plain store
 * @throws KEY_REQUIRED for a sealed store whose writer key was not given
 */
export function requireSealing(keys: StoreKeys): SealingKey | undefined {
  if (!keys.sealed || keys.seal) return keys.seal;
  throw sealingRequired(
    'The store is encrypted, and its writer key was not given, so nothing can be written.',
  );
}

export function sealingRequired(message: string): HoldfastError {
  return new HoldfastError('KEY_REQUIRED', message, {
    hint: 'Give the writer key of this store, the file writer.key that `holdfast keygen` or `holdfast store create` made: HOLDFAST_WRITER_KEY=FILE.',
  });
}

export const keyBytes = 32;

export type Curve = 'X25519' | 'Ed25519';

/** What RFC 8410 puts before the 32 bytes of a key, in DER. */
const privatePrefix: Record<Curve, string> = {
  X25519: '302e020100300506032b656e04220420',
  Ed25519: '302e020100300506032b657004220420',
};
const publicPrefix: Record<Curve, string> = {
  X25519: '302a300506032b656e032100',
  Ed25519: '302a300506032b6570032100',
};

/** @param bytes 32 */
export function privateKey(curve: Curve, bytes: Uint8Array): KeyObject {
  return createPrivateKey(pem('PRIVATE KEY', privatePrefix[curve], bytes));
}

/** @param bytes 32 */
export function publicKey(curve: Curve, bytes: Uint8Array): KeyObject {
  return createPublicKey(pem('PUBLIC KEY', publicPrefix[curve], bytes));
}

/** Of an object with DER in it Node first asks, by exceptions, whether it is a key already, which takes as long as the rest. */
function pem(label: string, prefix: string, bytes: Uint8Array): string {
  const der = Buffer.concat([Buffer.from(prefix, 'hex'), bytes]).toString('base64');
  return `-----BEGIN ${label}-----\n${der}\n-----END ${label}-----\n`;
}

/** @param bytes 32 */
export function nameKey(bytes: Uint8Array): KeyObject {
  return createSecretKey(bytes);
}

/** The 32 bytes of a public key, of a private key's public half too. */
export function publicBytes(key: KeyObject): Buffer {
  // No other format has a private key tell its public half, which would have to be computed again.
  return Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url');
}

/** The 32 bytes of a private key or a name key. Secret. */
export function secretBytes(key: KeyObject): Buffer {
  return key.type === 'secret'
    ? key.export()
    : Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url');
}

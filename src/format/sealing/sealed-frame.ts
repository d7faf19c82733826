/**
 * A frame as an age file to the store's public key. The same frame gives the same file again, so that its hash is known
 * before it is stored and putting it twice changes nothing: docs/decisions/0028.
 */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { HoldfastError } from '../../base/errors.ts';
import { encodeHeader, parseHeader } from './age-header.ts';
import { openPayload, payloadBytes, sealPayload } from './age-payload.ts';
import { fileKeyBytes, unwrapX25519, wrapX25519 } from './age-x25519.ts';
import { privateKey, publicBytes, type OpeningKey, type SealingKey } from './keys.ts';

/** The header has one stanza of one length, so it has one length too. */
const headerBytes = 168;

/** The length of a sealed frame. */
export function sealedBytes(frameBytes: number): number {
  return headerBytes + payloadBytes(frameBytes);
}

/**
 * Seals a frame.
 * @param into `sealedBytes(frame.length)` long: what is stored is written there
 * @returns the name of the chunk, 64 lower-case hexadecimal digits
 */
export function sealFrame(frame: Uint8Array, key: SealingKey, into: Uint8Array): string {
  const secret = frameSecret(frame, key.nameKey);
  const seal = expand(secret, Buffer.concat([Buffer.from('holdfast seal'), publicBytes(key.recipient)]), 64);
  const ephemeral = privateKey('X25519', seal.subarray(0, 32));
  const fileKey = seal.subarray(32, 48);
  const nonce = seal.subarray(48);
  const fileSecret = createSecretKey(fileKey);
  into.set(encodeHeader([wrapX25519(fileKey, key.recipient, ephemeral)], fileSecret));
  sealPayload(fileSecret, nonce, frame, into.subarray(headerBytes));
  return nameOf(secret);
}

/** The name of the chunk with this frame in a sealed store: 64 lower-case hexadecimal digits. */
export function sealedName(frame: Uint8Array, nameKey: KeyObject): string {
  return nameOf(frameSecret(frame, nameKey));
}

/**
 * The frame in what `sealFrame` made. Its name is not checked.
 * @param of what the message of an error is about
 * @throws CHUNK_CORRUPT for anything else: changed, shortened, lengthened, sealed to another key or to further ones
 */
export function openSealed(
  sealed: Uint8Array,
  key: OpeningKey,
  of = 'The sealed chunk',
): Uint8Array<ArrayBuffer> {
  const header = parseHeader(sealed);
  const [stanza, further] = header?.stanzas ?? [];
  if (!header || !stanza || further || header.end !== headerBytes || stanza.args[0] !== 'X25519') {
    throw corrupt(of, 'it is not an age file with one X25519 recipient');
  }
  const fileKey = unwrapX25519(stanza, key.identity);
  if (fileKey?.length !== fileKeyBytes) {
    throw corrupt(of, 'the key of this store does not open it: it was changed, or sealed to another key');
  }
  const fileSecret = createSecretKey(fileKey);
  if (!header.isWhole(fileSecret)) throw corrupt(of, 'its header was changed');
  const frame = openPayload(fileSecret, sealed.subarray(headerBytes));
  if (!frame) throw corrupt(of, 'its content was changed, shortened or lengthened');
  return frame;
}

function corrupt(of: string, reason: string): HoldfastError {
  return new HoldfastError('CHUNK_CORRUPT', `${of} cannot be opened: ${reason}.`);
}

/*
 * HKDF (RFC 5869) with the name key as the salt and the frame as the input: the frame is read once, and what is made of
 * it says nothing of the frame or of each other to anyone who does not have both.
 */

function frameSecret(frame: Uint8Array, nameKey: KeyObject): KeyObject {
  return createSecretKey(createHmac('sha256', nameKey).update(frame).digest());
}

function nameOf(secret: KeyObject): string {
  return expand(secret, Buffer.from('holdfast name'), 32).toString('hex');
}

/** HKDF-Expand. */
function expand(secret: KeyObject, info: Uint8Array, length: number): Buffer {
  const blocks: Buffer[] = [];
  for (let n = 1; n * 32 <= length; n++) {
    const previous = blocks.at(-1) ?? Buffer.alloc(0);
    blocks.push(createHmac('sha256', secret).update(previous).update(info).update(Buffer.of(n)).digest());
  }
  return Buffer.concat(blocks);
}

/**
 * The payload of an age file (age-encryption.org/v1, "Payload"): a nonce, then the plaintext in segments, each encrypted
 * for itself by ChaCha20-Poly1305 under a nonce of its number and of whether it is the last.
 */
import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';

const nonceBytes = 16;
const segmentBytes = 64 * 1024;
const tagBytes = 16;

/** The length of the payload of `plainBytes`. */
export function payloadBytes(plainBytes: number): number {
  // What is empty has one segment too.
  return nonceBytes + plainBytes + tagBytes * Math.max(1, Math.ceil(plainBytes / segmentBytes));
}

/** The length of the plaintext in a payload, if there is one of that length. */
export function plainBytesIn(payload: number): number | undefined {
  const segments = Math.ceil((payload - nonceBytes) / (segmentBytes + tagBytes));
  const plain = payload - nonceBytes - tagBytes * segments;
  return plain >= 0 && payloadBytes(plain) === payload ? plain : undefined;
}

/** @param into `payloadBytes(plain.length)` long, written from its beginning */
export function sealPayload(
  fileKey: KeyObject,
  nonce: Uint8Array,
  plain: Uint8Array,
  into: Uint8Array,
): void {
  const key = payloadKey(fileKey, nonce);
  into.set(nonce);
  let end = nonceBytes;
  for (const { from, to, counter } of segments(plain.length)) {
    const cipher = createCipheriv('chacha20-poly1305', key, counter, { authTagLength: tagBytes });
    into.set(cipher.update(plain.subarray(from, to)), end);
    cipher.final();
    into.set(cipher.getAuthTag(), end + to - from);
    end += to - from + tagBytes;
  }
}

/** @returns undefined for anything that was not sealed under this key, or was changed, shortened or lengthened since */
export function openPayload(fileKey: KeyObject, payload: Uint8Array): Uint8Array<ArrayBuffer> | undefined {
  const plainBytes = plainBytesIn(payload.length);
  if (plainBytes === undefined) return undefined;
  const key = payloadKey(fileKey, payload.subarray(0, nonceBytes));
  const plain = new Uint8Array(plainBytes);
  let start = nonceBytes;
  for (const { from, to, counter } of segments(plainBytes)) {
    const end = start + to - from;
    const decipher = createDecipheriv('chacha20-poly1305', key, counter, { authTagLength: tagBytes });
    decipher.setAuthTag(payload.subarray(end, end + tagBytes));
    plain.set(decipher.update(payload.subarray(start, end)), from);
    try {
      decipher.final();
    } catch {
      return undefined;
    }
    start = end + tagBytes;
  }
  return plain;
}

function payloadKey(fileKey: KeyObject, nonce: Uint8Array): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', fileKey, nonce, 'payload', 32)));
}

/** Where the segments of a plaintext begin and end, with the nonce of each: 11 bytes count, the last says whether it is the last. */
function* segments(plainBytes: number): Generator<{ from: number; to: number; counter: Buffer }> {
  const counter = Buffer.alloc(12);
  let from = 0;
  for (let n = 0n; ; n++) {
    const to = Math.min(from + segmentBytes, plainBytes);
    counter.writeBigUInt64BE(n, 3);
    counter[11] = to === plainBytes ? 1 : 0;
    yield { from, to, counter };
    if (to === plainBytes) return;
    from = to;
  }
}

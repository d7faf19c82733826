import { createHash } from 'node:crypto';

/** SHA-256 of an admin token. All digests have one length, so a comparison takes the same time for any input. */
export function tokenDigest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

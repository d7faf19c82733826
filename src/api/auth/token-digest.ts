import { createHash } from 'node:crypto';

/** SHA-256 of an admin token. Digests have one length, so that comparing them takes the same time whatever was sent. */
export function tokenDigest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

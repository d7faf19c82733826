import { createHash } from 'node:crypto';

/** Against damage on the way, which a server checks; undefined where Node.js may compute none (FIPS). */
export function md5Of(content: Uint8Array): Buffer | undefined {
  try {
    return createHash('md5').update(content).digest();
  } catch {
    return undefined;
  }
}

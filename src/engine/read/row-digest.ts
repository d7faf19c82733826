import { createHash } from 'node:crypto';

const lineFeed = 0x0a;
const wordBytes = 8;

/** A digest of rows of COPY text that does not depend on their order: the sum of each row's SHA-256. */
export interface RowDigest {
  /** Takes the next bytes, cut anywhere. Does not keep them. */
  add(bytes: Uint8Array): void;
  /** Once all bytes were added. */
  value(): string;
}

export function rowDigest(): RowDigest {
  const sum = new BigUint64Array(4);
  let row = createHash('sha256');
  return {
    add(bytes) {
      let from = 0;
      // A line feed inside of a value is written as \n.
      for (let at = bytes.indexOf(lineFeed); at >= 0; at = bytes.indexOf(lineFeed, from)) {
        const digest = row.update(bytes.subarray(from, at)).digest();
        for (const [i, word] of sum.entries()) sum[i] = word + digest.readBigUInt64LE(i * wordBytes);
        row = createHash('sha256');
        from = at + 1;
      }
      row.update(bytes.subarray(from));
    },
    value: () => [...sum].map((word) => word.toString(16).padStart(2 * wordBytes, '0')).join(''),
  };
}

import { createHash, type Hash } from 'node:crypto';
import { addRow, addRows, emptySum, sumText } from '../../format/row-sum.ts';

const lineFeed = 0x0a;

/** A digest of rows of COPY text that does not depend on their order: the sum of each row's SHA-256. */
export interface RowDigest {
  /** Takes the next bytes, cut anywhere. Does not keep them. */
  add(bytes: Uint8Array): void;
  /** Once all bytes were added. */
  value(): string;
}

export function rowDigest(): RowDigest {
  const sum = emptySum();
  /** Of a row that goes on in the next bytes. */
  let open: Hash | undefined;
  return {
    add(bytes) {
      let from = 0;
      if (open) {
        const end = bytes.indexOf(lineFeed);
        open.update(end < 0 ? bytes : bytes.subarray(0, end));
        if (end < 0) return;
        addRow(sum, open.digest('binary'));
        open = undefined;
        from = end + 1;
      }
      const end = Math.max(from, bytes.lastIndexOf(lineFeed) + 1);
      addRows(sum, bytes.subarray(from, end));
      if (end < bytes.length) open = createHash('sha256').update(bytes.subarray(end));
    },
    value: () => sumText(sum),
  };
}

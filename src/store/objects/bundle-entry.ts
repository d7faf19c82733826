import { HoldfastError } from '../../base/errors.ts';

/*
 * A bundle is a tar archive (POSIX.1-2017, pax, "ustar Interchange Format") of the objects of a store: `tar -xf` makes a directory of it
 * that is a store.
 */

export const blockBytes = 512;
const nameBytes = 100;

/** The block before an object. */
export function bundleHeader(name: string, bytes: number): Buffer {
  if (name.length > nameBytes) throw new HoldfastError('INTERNAL', `"${name}" is too long for a bundle.`);
  const block = Buffer.alloc(blockBytes);
  block.write(name, 0, 'latin1');
  block.write('0000600\0', 100, 'latin1');
  block.write('0000000\0', 108, 'latin1');
  block.write('0000000\0', 116, 'latin1');
  block.write(`${bytes.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
  block.write(`${'0'.repeat(11)}\0`, 136, 'latin1');
  block.write('0', 156, 'latin1');
  block.write('ustar\u000000', 257, 'latin1');
  block.write(`${sumOf(block).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** @returns undefined for the block that ends an archive, or for what is no header of a bundle */
export function readBundleHeader(block: Buffer): { name: string; bytes: number } | 'end' | undefined {
  if (block.every((byte) => byte === 0)) return 'end';
  const text = (from: number, to: number): string => block.toString('latin1', from, to).split('\0')[0]!;
  const sum = Number.parseInt(text(148, 156), 8);
  const bytes = Number.parseInt(text(124, 136), 8);
  const known = text(257, 263) === 'ustar' && sum === sumOf(block) && Number.isSafeInteger(bytes);
  // A name with a prefix, a folder or a link is none of ours.
  return known && /^0?$/.test(text(156, 157)) && text(345, 500) === ''
    ? { name: text(0, nameBytes), bytes }
    : undefined;
}

/** Of all bytes, with spaces for the sum itself. */
function sumOf(block: Buffer): number {
  let sum = 8 * 0x20;
  for (const [at, byte] of block.entries()) if (at < 148 || at >= 156) sum += byte;
  return sum;
}

export function paddingAfter(bytes: number): number {
  return (blockBytes - (bytes % blockBytes)) % blockBytes;
}

/** RFC 8878, section 3.1.1: what a frame begins with, and the sizes of what follows by the flags that announce it. */
const magic = 0xfd2fb528;
const magicBytes = 4;
const contentSizeBytes = [0, 2, 4, 8] as const;
const dictionaryIdBytes = [0, 1, 2, 4] as const;
const blockHeaderBytes = 3;
const checksumBytes = 4;
/** A block of one byte that is repeated. */
const rleBlock = 1;

/**
 * The length of the one zstd frame that `bytes` begin with, as its headers have it; nothing is decompressed.
 * @returns undefined when there is no such frame, or not all of it
 */
export function zstdFrameLength(bytes: Uint8Array): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length <= magicBytes || view.getUint32(0, true) !== magic) return undefined;
  const descriptor = view.getUint8(magicBytes);
  const singleSegment = (descriptor & 0b10_0000) !== 0;
  const sizeFlag = descriptor >> 6;
  const sizeBytes = sizeFlag === 0 && singleSegment ? 1 : contentSizeBytes[sizeFlag]!;
  const windowBytes = singleSegment ? 0 : 1;
  let at = magicBytes + 1 + windowBytes + dictionaryIdBytes[descriptor & 0b11]! + sizeBytes;
  for (let last = false; !last;) {
    if (at + blockHeaderBytes > bytes.length) return undefined;
    const header = view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
    last = (header & 1) === 1;
    at += blockHeaderBytes + (((header >> 1) & 0b11) === rleBlock ? 1 : header >> 3);
  }
  if ((descriptor & 0b100) !== 0) at += checksumBytes;
  return at <= bytes.length ? at : undefined;
}

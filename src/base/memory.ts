/** Shorter arrays may share their memory with others, and are not worth it. */
const worthwhileBytes = 256 * 1024;

/**
 * Frees the memory of a long array at once, which is empty afterwards. Left to the garbage collector, arrays of
 * megabytes that come and go have it run several times a second. Only for the last user of that memory: not
 * before a socket it was written to has said that it is done with it.
 */
export function release(bytes: Uint8Array): void {
  const { buffer } = bytes;
  // Node cuts short buffers from a pool of configurable size.
  if (buffer.byteLength < worthwhileBytes || buffer.byteLength === Buffer.poolSize) return;
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}

/** Whether these bytes are all that their memory holds, so that it can be handed over to another thread. */
export function hasOwnMemory(bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = bytes;
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength && byteLength !== Buffer.poolSize;
}

/** The same bytes in memory that can be handed over to another thread, which short ones may share with others. */
export function inOwnMemory(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return bytes.buffer.byteLength === Buffer.poolSize ? new Uint8Array(bytes) : bytes;
}

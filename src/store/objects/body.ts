import type { Readable } from 'node:stream';
import { answerTooShort, objectTooLarge, storeFailure } from './failure.ts';
import { maxObjectBytes } from './objects.ts';

export interface Body {
  address: string;
  name: string;
  /** By the headers of the answer; undefined where they do not say. */
  expected: number | undefined;
  silenceTimeoutMs: number;
  signal: AbortSignal;
}

/**
 * All bytes of an answer, and its stream is gone afterwards.
 * @throws STORE_FAILED for fewer bytes than expected, or more than any object has; STORE_UNREACHABLE for silence; the signal's reason
 */
export async function readBody(stream: Readable, body: Body): Promise<Buffer> {
  const { address, name, expected, silenceTimeoutMs, signal } = body;
  const silence = storeFailure('STORE_UNREACHABLE', `${address} fell silent while it gave ${name}.`);
  const timer = setTimeout(() => stream.destroy(silence), silenceTimeoutMs);
  const onAbort = (): void => void stream.destroy(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const piece of stream as AsyncIterable<Buffer>) {
      timer.refresh();
      bytes += piece.length;
      if (bytes > Math.min(expected ?? Infinity, maxObjectBytes)) throw objectTooLarge(address, name);
      pieces.push(piece);
    }
  } catch (error) {
    // The connection ended before the answer did.
    if ((error as NodeJS.ErrnoException).code === 'ECONNRESET' && (error as Error).message === 'aborted') {
      throw answerTooShort(address, name, expected ?? bytes + 1, bytes);
    }
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    stream.destroy();
  }
  if (expected !== undefined && bytes !== expected) throw answerTooShort(address, name, expected, bytes);
  return Buffer.concat(pieces, bytes);
}

import type { Readable } from 'node:stream';
import { answerTooShort, objectTooLarge, storeFailure } from './failure.ts';
import { maxObjectBytes, rangeWithin, type ObjectRange } from './objects.ts';

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
  if ((expected ?? 0) > maxObjectBytes) {
    stream.destroy();
    throw objectTooLarge(address, name);
  }
  const silence = storeFailure('STORE_UNREACHABLE', `${address} fell silent while it gave ${name}.`);
  const timer = setTimeout(() => stream.destroy(silence), silenceTimeoutMs);
  const onAbort = (): void => void stream.destroy(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const whole = expected === undefined ? undefined : Buffer.allocUnsafeSlow(expected);
  const pieces: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const piece of stream as AsyncIterable<Buffer>) {
      timer.refresh();
      if (bytes + piece.length > (expected ?? maxObjectBytes)) throw objectTooLarge(address, name);
      if (whole) whole.set(piece, bytes);
      else pieces.push(piece);
      bytes += piece.length;
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
  return whole ?? Buffer.concat(pieces, bytes);
}

export interface AnsweredRange {
  start: number;
  end: number;
  total: number;
}

/**
 * What a Content-Range says (RFC 9110, section 14.4); undefined for the answer of a server that gives everything. A part that is
 * not said to be one (206 without the header) is all NaN, which no range is in.
 */
export function answeredRange(
  status: number | undefined,
  header: string | undefined,
): AnsweredRange | undefined {
  if (header === undefined && status !== 206) return undefined;
  const [, first = 'NaN', last = 'NaN', total = 'NaN'] =
    /^bytes (\d+)-(\d+)\/(\d+)$/.exec(header ?? '') ?? [];
  return { start: Number(first), end: Number(last) + 1, total: Number(total) };
}

export interface PartOfObject {
  address: string;
  name: string;
  range: ObjectRange;
  answered: AnsweredRange | undefined;
}

/**
 * The bytes of the range that was asked for, out of an answer that begins with them or is everything.
 * @throws STORE_FAILED for an answer that has not all of them
 */
export function partOf({ address, name, range, answered }: PartOfObject, content: Uint8Array): Uint8Array {
  const { start, end } = rangeWithin(range, answered?.total ?? content.length);
  if (answered === undefined) return content.subarray(start, end);
  const given = answered.start === start ? Math.min(content.length, answered.end - start) : 0;
  // Not a number where the header cannot be read.
  if (given >= end - start) return content.subarray(0, end - start);
  throw answerTooShort(address, name, end - start || range.bytes, given || 0);
}

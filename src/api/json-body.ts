import { HoldfastError } from '../base/errors.ts';
import { invalidRequest } from './validate.ts';

/**
 * Reads a JSON object; undefined when there is no body. Counts the bytes while reading and does not rely on Content-Length.
 * @throws BODY_ALREADY_READ, BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, INVALID_REQUEST
 */
export async function readJsonBody(request: Request, maximum: number): Promise<object | undefined> {
  if (Number(request.headers.get('content-length') ?? 0) > maximum) throw tooLarge(maximum);
  if (request.bodyUsed) throw alreadyRead();
  const bytes = await readBytes(request, maximum);
  if (bytes.byteLength === 0) {
    // A lost body must not be taken for an absent one: that would mean the defaults.
    if (announcesBody(request.headers)) throw alreadyRead();
    return undefined;
  }
  // A form of another site can send any body, but not this type.
  const type = (request.headers.get('content-type') ?? '').split(';')[0]!.trim().toLowerCase();
  if (type !== 'application/json') {
    throw new HoldfastError(
      'UNSUPPORTED_MEDIA_TYPE',
      'The body must be JSON, with Content-Type: application/json.',
    );
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw invalidRequest([{ field: '', problem: 'the body is not UTF-8' }]);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message quotes the body.
    throw invalidRequest([{ field: '', problem: 'the body is not valid JSON' }]);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidRequest([{ field: '', problem: 'the body must be a JSON object' }]);
  }
  return value;
}

function announcesBody(headers: Headers): boolean {
  return headers.has('transfer-encoding') || Number(headers.get('content-length') ?? 0) > 0;
}

function alreadyRead(): HoldfastError {
  return new HoldfastError(
    'BODY_ALREADY_READ',
    'The body of this request was already read, for example by a body parser.',
  );
}

async function readBytes(request: Request, maximum: number): Promise<Uint8Array> {
  if (request.body === null) return new Uint8Array();
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of request.body) {
    size += piece.byteLength;
    // Leaving the loop cancels the stream.
    if (size > maximum) throw tooLarge(maximum);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function tooLarge(maximum: number): HoldfastError {
  return new HoldfastError('BODY_TOO_LARGE', `The body is larger than ${maximum} bytes.`, {
    details: { maxBodyBytes: maximum },
  });
}

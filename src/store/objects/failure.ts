import { HoldfastError, type ErrorCode, type ErrorOptions } from '../../base/errors.ts';
import { redact } from '../../base/redaction.ts';

export type FailureCode = Extract<
  ErrorCode,
  'STORE_UNREACHABLE' | 'STORE_DENIED' | 'STORE_FULL' | 'STORE_FAILED'
>;

export interface FailureOptions extends ErrorOptions {
  /** It stays until a person does something, though the code alone might pass: a bucket that does not exist. */
  lasting?: boolean;
}

const lastingFailures = new WeakSet<HoldfastError>();

/** A failure of a place. @param message a sentence that names the place and the object */
export function storeFailure(
  code: FailureCode,
  message: string,
  { lasting = false, ...options }: FailureOptions = {},
): HoldfastError {
  const failure = new HoldfastError(code, message, options);
  if (lasting) lastingFailures.add(failure);
  return failure;
}

/** Whether the same call may succeed a little later, with nobody doing anything. */
export function isWorthRepeating(error: unknown): boolean {
  return (
    error instanceof HoldfastError &&
    (error.code === 'STORE_UNREACHABLE' || error.code === 'STORE_FAILED') &&
    !lastingFailures.has(error)
  );
}

/** The bucket, container or folder itself is not there. */
export function placeMissing(address: string, what: 'bucket' | 'container' | 'folder'): HoldfastError {
  return storeFailure('STORE_UNREACHABLE', `The ${what} of ${address} does not exist.`, {
    hint: `Create the ${what}, or correct the address of the store. If it existed before, find out what has become of it (an unmounted disk, a deleted ${what}) before you take another backup.`,
    details: { address },
    lasting: true,
  });
}

/** An answer with fewer bytes than it should have. */
export function answerTooShort(address: string, name: string, wanted: number, got: number): HoldfastError {
  return storeFailure('STORE_FAILED', `${address} gave ${got} of ${wanted} bytes of ${name}.`, {
    details: { address, name, wantedBytes: wanted, bytes: got },
  });
}

/** Something that is no object lies where one would. */
export function objectObstructed(address: string, name: string): HoldfastError {
  return storeFailure(
    'STORE_FAILED',
    `In ${address} something that is not an object has the name of ${name} or of a folder of it.`,
    {
      hint: 'Another program put it there. Move it away, then try again.',
      details: { address, name },
      lasting: true,
    },
  );
}

/** An object that nothing of ours has written. */
export function objectTooLarge(address: string, name: string): HoldfastError {
  return storeFailure(
    'STORE_FAILED',
    `The object ${name} in ${address} is larger than any that Holdfast writes.`,
    {
      hint: 'Another program wrote or changed it. It is not read.',
      details: { address, name },
      lasting: true,
    },
  );
}

const longestCause = 300;

/**
 * The text of a driver's error for a message of ours: one line, of bounded length, since the other side may have written it.
 * @param secrets what must not be in it, besides what `redact` finds
 */
export function causeText(error: unknown, secrets: readonly (string | undefined)[] = []): string {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  const parts = [typeof code === 'string' ? code : '', typeof message === 'string' ? message : ''];
  // A connection that is tried at several addresses fails with an error that has no text of its own.
  if (error instanceof AggregateError && !parts[1]) parts[1] = causeText(error.errors[0]);
  let text = parts[1]!.includes(parts[0]!) ? parts[1]! : parts.filter(Boolean).join(': ');
  for (const secret of secrets) if (secret) text = text.replaceAll(secret, '***');
  text = redact(text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')).trim();
  return text.length > longestCause ? `${text.slice(0, longestCause)} …` : text || 'no reason given';
}

/** Errors of sockets and of file systems over a network that say that the other side was not reached or went away. */
const unreachable = new Set(
  'ECONNREFUSED ECONNRESET ECONNABORTED EPIPE ENOTFOUND EAI_AGAIN EHOSTUNREACH EHOSTDOWN ENETUNREACH ENETDOWN ENETRESET ETIMEDOUT ENOTCONN ESTALE ERR_STREAM_PREMATURE_CLOSE'.split(
    ' ',
  ),
);

/** Whether an error of Node.js says so. */
export function saysUnreachable(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(saysUnreachable);
  return unreachable.has((error as { code?: string } | undefined)?.code ?? '');
}

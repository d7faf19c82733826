import { causeText, placeMissing, saysUnreachable, storeFailure } from './failure.ts';
import type { HoldfastError } from '../../base/errors.ts';

/** What the SDK throws: an answer of the server, or an error of the connection. */
export interface S3Error {
  name?: string;
  code?: string;
  message?: string;
  Code?: string;
  $metadata?: { httpStatusCode?: number };
}

export const statusOf = (error: S3Error): number => error.$metadata?.httpStatusCode ?? 0;

/** The code of the server; an answer to HEAD has none. */
export const codeOf = (error: S3Error): string => error.Code ?? error.name ?? '';

/** Whether the object, and not its bucket, is missing. A 404 that says nothing more may come from anything. */
export const saysNoSuchKey = (error: S3Error): boolean =>
  statusOf(error) === 404 && codeOf(error) === 'NoSuchKey';

/** Whether a conditional put found another version than it should replace. */
export const saysOtherVersion = (error: S3Error): boolean =>
  statusOf(error) === 412 || (statusOf(error) === 304 && codeOf(error) !== 'NoSuchBucket');

/** Whether the server does not know conditions of puts. */
export const saysNotImplemented = (error: S3Error): boolean =>
  statusOf(error) === 501 ||
  (statusOf(error) === 400 &&
    /NotImplemented|InvalidArgument|InvalidRequest|BadRequest|Unsupported/i.test(codeOf(error)));

const full =
  /^(?:QuotaExceeded|XMinioStorageFull|InsufficientStorage|InsufficientCapacity|StorageFull|AccountProblem)/i;
const skewed = /^(?:RequestTimeTooSkewed|RequestExpired|RequestInTheFuture)$/;

export interface FailedCall {
  address: string;
  /** What was tried: `put chunks/ab/…`. */
  what: string;
  secrets: readonly (string | undefined)[];
  /** The call was signed with a time that the server's clock does not confirm. */
  clockWasWrong: boolean;
}

/** An error of the SDK as one of ours. */
export function s3Failure(
  { address, what, secrets, clockWasWrong }: FailedCall,
  error: S3Error,
): HoldfastError {
  const [status, code] = [statusOf(error), codeOf(error)];
  const reason = causeText({ code: code === 'Error' ? error.code : code, message: error.message }, secrets);
  const details = { address, ...(status > 0 ? { status } : {}) };
  if (code === 'NoSuchBucket') return placeMissing(address, 'bucket');
  if (skewed.test(code) || (clockWasWrong && status === 403)) {
    return storeFailure(
      'STORE_FAILED',
      `The clock of this machine and that of ${address} differ too much (${what}).`,
      {
        hint: 'Set the clock of this machine by NTP. Another attempt allows for the difference.',
        details,
      },
    );
  }
  if (status === 507 || full.test(code)) {
    return storeFailure('STORE_FULL', `${address} has no room left: ${what}: ${reason}.`, { details });
  }
  if (code === 'CredentialsProviderError' || /^(?:TokenProviderError|ExpiredTokenException)$/.test(code)) {
    return storeFailure('STORE_DENIED', `There are no credentials for ${address}: ${reason}.`, {
      hint: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run where a role of AWS is given. docs/STORES.md lists the ways.',
      details,
    });
  }
  if (
    status === 301 ||
    status === 307 ||
    code === 'AuthorizationHeaderMalformed' ||
    code === 'IllegalLocationConstraintException'
  ) {
    return storeFailure('STORE_UNREACHABLE', `The bucket of ${address} is in another region: ${reason}.`, {
      hint: 'Put its region into the address: ?region=….',
      details,
      lasting: true,
    });
  }
  if (status === 401 || status === 403) {
    return storeFailure('STORE_DENIED', `${address} refuses this: ${what}: ${reason}.`, { details });
  }
  if (status === 404) {
    return storeFailure('STORE_UNREACHABLE', `${address} is not served there: ${what}: ${reason}.`, {
      details,
      lasting: true,
    });
  }
  if (status === 0 && (saysUnreachable(error) || code === 'TimeoutError' || code === 'AbortError')) {
    return storeFailure('STORE_UNREACHABLE', `${address} cannot be reached: ${what}: ${reason}.`, {
      details,
    });
  }
  const lasting =
    status >= 400 && status < 500 && status !== 408 && status !== 409 && status !== 425 && status !== 429;
  return storeFailure('STORE_FAILED', `${address} failed: ${what}: ${reason}.`, { details, lasting });
}

import type { HoldfastError } from '../../base/errors.ts';
import { causeText, placeMissing, saysUnreachable, storeFailure } from './failure.ts';

/** What the SDK throws: an answer of the service, or an error of the connection. */
export interface AzureError {
  name?: string;
  code?: string;
  statusCode?: number;
  message?: string;
  response?: { headers: { get(name: string): string | undefined } };
}

/** An answer to HEAD has it in a header alone. */
const codeOf = ({ code, response }: AzureError): string =>
  code ?? response?.headers.get('x-ms-error-code') ?? '';

export const saysNoSuchBlob = (error: AzureError): boolean =>
  error.statusCode === 404 && codeOf(error) === 'BlobNotFound';

/** Whether a conditional put found another version than it should replace. */
export const saysOtherVersion = (error: AzureError): boolean =>
  error.statusCode === 412 || (error.statusCode === 409 && codeOf(error) === 'BlobAlreadyExists');

/** Azure refuses requests that are older than a quarter of an hour. */
const skewMs = 14 * 60_000;

/** An error of the SDK as one of ours. @param what was tried: `put chunks/ab/…` */
export function azureFailure(
  address: string,
  what: string,
  error: AzureError,
  secrets: readonly (string | undefined)[],
): HoldfastError {
  const { statusCode: status = 0 } = error;
  const code = codeOf(error);
  // The text of an answer has ids of the request behind its first line.
  const reason = causeText({ code, message: error.message?.split('\n')[0] }, secrets);
  const details = { address, ...(status > 0 ? { status } : {}) };
  if (status === 404 && (code === 'ContainerNotFound' || code === 'ContainerBeingDeleted')) {
    return placeMissing(address, 'container');
  }
  if (status === 401 || status === 403) {
    const theirs = Date.parse(error.response?.headers.get('date') ?? '');
    const hint =
      Math.abs(theirs - Date.now()) > skewMs
        ? 'The clock of this machine differs from that of Azure by more than a quarter of an hour. Set it by NTP.'
        : undefined;
    return storeFailure('STORE_DENIED', `${address} refuses this: ${what}: ${reason}.`, {
      details,
      ...(hint && { hint }),
    });
  }
  if (status === 404) {
    return storeFailure('STORE_UNREACHABLE', `${address} is not served there: ${what}: ${reason}.`, {
      details,
      lasting: true,
    });
  }
  if (status === 507 || code === 'AccountQuotaExceeded' || code === 'InsufficientAccountResources') {
    return storeFailure('STORE_FULL', `${address} has no room left: ${what}: ${reason}.`, { details });
  }
  if (
    status === 0 &&
    (saysUnreachable(error) || code === 'REQUEST_SEND_ERROR' || error.name === 'AbortError')
  ) {
    return storeFailure('STORE_UNREACHABLE', `${address} cannot be reached: ${what}: ${reason}.`, {
      details,
    });
  }
  const passing = status === 408 || status === 409 || status === 412 || status === 429;
  return storeFailure('STORE_FAILED', `${address} failed: ${what}: ${reason}.`, {
    details,
    lasting: status >= 400 && status < 500 && !passing,
  });
}

import { errorCatalogue, HoldfastError, type ErrorBody } from '../base/errors.ts';
import type { Invocation } from './invocation.ts';
import { givenTo } from './system.ts';
import type { Certificate } from '../api/contract.ts';

const answerLimitMs = 60_000;

/**
 * Hands a certificate in to a Holdfast that is mounted elsewhere, with the admin token of the configuration.
 * @param base where its API is
 * @throws INVALID_REQUEST for an address that is none, or an answer that is not Holdfast's; the error that it answers
 */
export async function reportCertificate(
  invocation: Invocation,
  base: string,
  certificate: Certificate,
): Promise<void> {
  const url = URL.parse(`${base.replace(/\/$/, '')}/certificates`);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new HoldfastError(
      'INVALID_REQUEST',
      '--report-to must be an address such as https://app.example.com/api/admin.',
    );
  }
  const { auth } = await givenTo(invocation);
  const [token] = [auth?.token ?? []].flat();
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        ...(token ? { Authorization: `Bearer ${token}` } : {}),
      },
      body: JSON.stringify(certificate),
      signal: AbortSignal.timeout(answerLimitMs),
      // A token goes to the address that was named, and to no other.
      redirect: 'error',
    });
  } catch (cause) {
    throw notReported(url, 'it does not answer', cause);
  }
  if (response.ok) return;
  const body = (await response.json().catch(() => undefined)) as Partial<ErrorBody> | undefined;
  const { code, message, hint } = body ?? {};
  if (code !== undefined && Object.hasOwn(errorCatalogue, code)) {
    const kept = `The certificate was not kept by ${url.host}: ${message ?? ''}`;
    throw new HoldfastError(code, kept, hint === undefined ? {} : { hint });
  }
  throw notReported(url, `it answered ${response.status}`);
}

function notReported(url: URL, problem: string, cause?: unknown): HoldfastError {
  return new HoldfastError(
    'INVALID_REQUEST',
    `The certificate could not be handed in to ${url.host}: ${problem}.`,
    {
      hint: 'The drill itself is done. Keep the certificate (--json), and hand it in later: POST /certificates.',
      cause,
    },
  );
}

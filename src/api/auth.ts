import { timingSafeEqual } from 'node:crypto';
import { HoldfastError } from '../base/errors.ts';
import { redact } from '../base/redaction.ts';
import type { ApiConfig } from './context.ts';
import { tokenDigest } from './token-digest.ts';

/**
 * Lets an admin through and nobody else. A token or the application's own check: either one suffices.
 * @throws UNAUTHORIZED, FORBIDDEN
 */
export async function authenticate(request: Request, config: ApiConfig): Promise<void> {
  const token = bearerToken(request);
  if (token !== undefined && isKnown(token, config.auth.tokenDigests)) return;
  if (await isAuthorized(request, config)) {
    refuseCrossSite(request);
    return;
  }
  throw new HoldfastError(
    'UNAUTHORIZED',
    token === undefined ? 'This needs an admin.' : 'The token is not one of an admin.',
  );
}

/** What a 401 must say about how to authenticate. */
export function challenge(request: Request): string {
  return bearerToken(request) === undefined
    ? 'Bearer realm="holdfast"'
    : 'Bearer realm="holdfast", error="invalid_token"';
}

function bearerToken(request: Request): string | undefined {
  return /^bearer +(\S+) *$/i.exec(request.headers.get('authorization') ?? '')?.[1];
}

/** Compares digests, with every token, so that the time it takes tells nothing about any of them. */
function isKnown(token: string, digests: readonly Buffer[]): boolean {
  const digest = tokenDigest(token);
  return digests.map((known) => timingSafeEqual(known, digest)).includes(true);
}

async function isAuthorized(request: Request, config: ApiConfig): Promise<boolean> {
  const { authorize } = config.auth;
  if (!authorize) return false;
  try {
    // A copy without the body, which only we read.
    const copy = new Request(request.url, { method: request.method, headers: request.headers });
    // Only `true` is yes: a callback that forgets to await or returns a user object must not open the door.
    const answer: unknown = await authorize(copy);
    return answer === true;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    config.logger.log('warn', `authorize failed, so the request is refused: ${redact(message)}`);
    return false;
  }
}

/**
 * The application's check probably reads a cookie, which a browser sends along with a request that another site
 * made; a browser says so in a header that no page can set.
 */
function refuseCrossSite(request: Request): void {
  const changes = !['GET', 'HEAD', 'OPTIONS'].includes(request.method);
  if (changes && request.headers.get('sec-fetch-site') === 'cross-site') {
    throw new HoldfastError('FORBIDDEN', 'A page of another site may not do this.', {
      hint: 'Send the request from the site the system runs on, or with a token.',
    });
  }
}

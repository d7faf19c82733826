/*
 * auth/ owns who is an admin: tokens, sessions, origins, the sign-in limit. It never stores a token or decides what
 * an admin may do.
 */
import { timingSafeEqual } from 'node:crypto';
import { HoldfastError } from '../../base/errors.ts';
import type { EndedSessions } from '../../catalog/ended-sessions.ts';
import { redact } from '../../base/redaction.ts';
import type { ApiConfig } from '../config.ts';
import type { Caller } from './caller.ts';
import { isSafe, refuseOtherOrigin } from './origin.ts';
import { hasCsrfToken, sessionOf, type Session } from './session.ts';
import { tokenDigest } from './token-digest.ts';

/** How a request proved that it is from an admin. */
export interface Identity {
  by: 'token' | 'token-session' | 'host';
  session?: Session;
}

/**
 * Accepts admins only, by any one of a token, a session that a token opened, or the application's own check.
 * @throws UNAUTHORIZED, FORBIDDEN
 */
export async function authenticate(
  request: Request,
  config: ApiConfig,
  ended: EndedSessions,
): Promise<Caller> {
  const identity = await identify(request, config, ended);
  if (identity === undefined) {
    throw new HoldfastError(
      'UNAUTHORIZED',
      bearerToken(request) === undefined
        ? 'This call needs an admin.'
        : 'The token is not a valid admin token.',
    );
  }
  // A browser never adds a token on its own.
  const caller: Caller = { kind: identity.by, scope: 'admin' };
  if (identity.by === 'token' || isSafe(request)) return caller;
  refuseOtherOrigin(request, config);
  const { session } = identity;
  // A browser may have both a session here and one of the application.
  if (session && !hasCsrfToken(request, session) && !(await isAuthorized(request, config))) {
    throw new HoldfastError('FORBIDDEN', 'A change needs the CSRF token of the session.', {
      hint: 'Send csrfToken of GET /session as the header X-Holdfast-CSRF.',
    });
  }
  return caller;
}

/** How the request proves to be from an admin; undefined if it does not. */
export async function identify(
  request: Request,
  config: ApiConfig,
  ended: EndedSessions,
): Promise<Identity | undefined> {
  const token = bearerToken(request);
  if (token !== undefined && matchingDigest(token, config)) return { by: 'token' };
  const session = sessionOf(request, config);
  if (session && !(await ended.has(session.id))) return { by: 'token-session', session };
  return (await isAuthorized(request, config)) ? { by: 'host' } : undefined;
}

/** The WWW-Authenticate header of a 401. */
export function challenge(request: Request): string {
  return bearerToken(request) === undefined
    ? 'Bearer realm="holdfast"'
    : 'Bearer realm="holdfast", error="invalid_token"';
}

function bearerToken(request: Request): string | undefined {
  return /^bearer +(\S+) *$/i.exec(request.headers.get('authorization') ?? '')?.[1];
}

/**
 * The configured digest of a token. Compares all of them, so that the time taken reveals nothing.
 */
export function matchingDigest(token: string, config: ApiConfig): Buffer | undefined {
  const digest = tokenDigest(token);
  return config.auth.tokenDigests.filter((known) => timingSafeEqual(known, digest))[0];
}

async function isAuthorized(request: Request, config: ApiConfig): Promise<boolean> {
  const { authorize } = config.auth;
  if (!authorize) return false;
  try {
    // Without the body, which only we read.
    const copy = new Request(request.url, { method: request.method, headers: request.headers });
    // Only `true` counts: a callback that forgets to await, or returns a user object, must not grant access.
    const answer: unknown = await authorize(copy);
    return answer === true;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    config.logger.log('warn', `authorize failed, so the request is refused: ${redact(message)}`);
    return false;
  }
}

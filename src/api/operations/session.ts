import { HoldfastError } from '../../base/errors.ts';
import * as routes from '../../contract/routes/session.ts';
import type { SessionAnswer } from '../../contract/session.ts';
import { callerOf, identify, identityOf, matchingDigest, tokenOf, type Identity } from '../auth/auth.ts';
import { tokenDigest } from '../auth/token-digest.ts';
import { createSession, endedCookie, sessionCookie, sessionOf } from '../auth/session.ts';
import type { ApiConfig } from '../config.ts';
import { endpoint, ok } from '../endpoint.ts';

// Signing in to the page and out of it. A session belongs to a browser, so `system.api` has nothing of this.

export const readSession = endpoint(routes.readSession, async ({ request, config, sessions }) => {
  const identity = await identify(request, config, sessions);
  return ok(present(config, identity));
});

export const signIn = endpoint(routes.signIn, async ({ request, config, sessions, noteSession, body }) => {
  const digest = matchingDigest(body.token, config);
  const token = digest ? undefined : await tokenOf(body.token, sessions.tokens);
  const known = digest ?? (token && tokenDigest(body.token));
  if (!known) {
    sessions.limit.failed(request);
    config.logger.log('warn', 'a sign-in with a wrong token was refused');
    throw new HoldfastError('UNAUTHORIZED', 'The token is not a valid admin token, nor one of the API.', {
      hint: 'It is the value of HOLDFAST_TOKEN where the server runs, one of auth.token, or a token that was made here and has neither expired nor been revoked.',
    });
  }
  // A session ends with its token.
  const left = token?.expiresAt ? (token.expiresAt.getTime() - Date.now()) / 3_600_000 : Infinity;
  const sessionHours = Math.min(config.auth.sessionHours, left);
  const { value, session } = createSession(known, sessionHours, token);
  const headers = { 'Set-Cookie': sessionCookie(request, value, sessionHours) };
  const identity: Identity = { ...identityOf(token), by: 'token-session', session };
  await noteSession(callerOf(identity, request), 'signIn');
  return { ...ok(present(config, identity)), headers };
});

export const signOut = endpoint(routes.signOut, async ({ request, config, sessions, noteSession }) => {
  const session = await sessionOf(request, config, sessions.tokens);
  if (session) {
    await sessions.ended.add(session.id, session.expiresAt);
    await noteSession(
      callerOf({ ...identityOf(session.token), by: 'token-session', session }, request),
      'signOut',
    );
  }
  return { ...ok(present(config, undefined)), headers: { 'Set-Cookie': endedCookie(request) } };
});

function present(config: ApiConfig, identity: Identity | undefined): SessionAnswer {
  const { by = null, actor = null, scopes = [], session } = identity ?? {};
  return {
    signedIn: by !== null,
    by,
    actor,
    scopes: [...scopes],
    expiresAt: session?.expiresAt.toISOString() ?? null,
    csrfToken: session?.csrfToken ?? null,
    tokenSignIn: config.auth.tokenDigests.length > 0,
  };
}

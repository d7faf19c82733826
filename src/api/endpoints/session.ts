import { HoldfastError } from '../../base/errors.ts';
import type { EndedSessions } from '../../catalog/ended-sessions.ts';
import { identify, matchingDigest } from '../auth/auth.ts';
import type { ApiConfig } from '../context.ts';
import { sessionAnswer, sessionBody, type SessionAnswer } from '../../contract/session.ts';
import { endpoint, json, type Endpoint } from '../endpoint.ts';
import { createSession, endedCookie, sessionCookie, sessionOf, type Session } from '../auth/session.ts';
import type { SignInLimit } from '../auth/sign-in-limit.ts';

/** Signing in to the page and out of it. A session belongs to a browser, so there is nothing of it on `system.api`. */
export function sessionEndpoints(limit: SignInLimit, ended: EndedSessions): Endpoint[] {
  return [
    endpoint({
      method: 'GET',
      path: '/session',
      summary: 'Whether this is an admin, and how that is known',
      always: true,
      open: true,
      answers: { 200: { description: 'Also for somebody who is none', schema: sessionAnswer } },
      async handle({ request, config }) {
        const identity = await identify(request, config, ended);
        return json(present(config, identity?.by ?? null, identity?.session));
      },
    }),
    endpoint({
      method: 'POST',
      path: '/session',
      summary: 'Sign in with a token: sets a cookie that stands for it',
      description: 'For browsers. Calls that change something then also need the header X-Holdfast-CSRF.',
      always: true,
      open: true,
      body: sessionBody,
      answers: { 200: { description: 'Signed in', schema: sessionAnswer } },
      async handle({ request, config, body }) {
        const { token } = body;
        const digest = matchingDigest(token, config);
        if (!digest) {
          limit.failed(request);
          config.logger.log('warn', 'somebody tried to sign in with a wrong token');
          throw new HoldfastError('UNAUTHORIZED', 'The token is not one of an admin.', {
            hint: 'It is the value of HOLDFAST_TOKEN where the server runs, or one of auth.token.',
          });
        }
        const { sessionHours } = config.auth;
        const { value, session } = createSession(digest, sessionHours);
        const cookie = sessionCookie(request, value, sessionHours);
        return json(present(config, 'token-session', session), 200, { 'Set-Cookie': cookie });
      },
    }),
    endpoint({
      method: 'DELETE',
      path: '/session',
      summary: 'Sign out: ends the session, also for a copy of its cookie',
      always: true,
      open: true,
      answers: { 200: { description: 'Signed out', schema: sessionAnswer } },
      async handle({ request, config }) {
        const session = sessionOf(request, config);
        if (session) await ended.add(session.id, session.expiresAt);
        return json(present(config, null), 200, { 'Set-Cookie': endedCookie(request) });
      },
    }),
  ];
}

function present(config: ApiConfig, by: SessionAnswer['by'], session?: Session): SessionAnswer {
  return {
    signedIn: by !== null,
    by,
    expiresAt: session?.expiresAt.toISOString() ?? null,
    csrfToken: session?.csrfToken ?? null,
    tokenSignIn: config.auth.tokenDigests.length > 0,
  };
}

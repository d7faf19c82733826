import { timingSafeEqual } from 'node:crypto';
import { HoldfastError } from '../../base/errors.ts';
import * as routes from '../../contract/routes/session.ts';
import { proofOfPerson, begin } from '../signed-in.ts';
import type { Oidc } from '../auth/oidc/oidc.ts';
import { startCookie, startedOf } from '../auth/session.ts';
import { endpoint, ok, type HttpCall } from '../endpoint.ts';
import { invalidRequest } from '../validate.ts';

// A browser signs in at the identity provider: it goes there from the page, and comes back to it.

export const startSignIn = endpoint(routes.startSignIn, async ({ request, sessions, body }) => {
  requireOwn(request, body.redirectUri);
  const { url, ...secrets } = await provider(sessions).start(body.redirectUri);
  return { ...ok({ url }), cookies: [startCookie(request, secrets)] };
});

export const finishSignIn = endpoint(routes.finishSignIn, async (call) => {
  const { request, config, sessions, body } = call;
  const { redirectUri, code, state, iss } = body;
  const oidc = provider(sessions);
  requireOwn(request, redirectUri);
  const refuse = (error: HoldfastError): HoldfastError => {
    sessions.limit.failed(request);
    config.logger.log('warn', `a sign-in at the identity provider was refused: ${error.message}`);
    return error;
  };
  const started = startedOf(request);
  if (!started || !isSame(state, started.state)) {
    const message = 'This sign-in was not begun in this browser, or more than ten minutes ago.';
    throw refuse(new HoldfastError('SIGN_IN_FAILED', message));
  }
  // Of another provider, which would get the code.
  if (iss !== undefined && iss !== oidc.rule.issuer) {
    throw refuse(new HoldfastError('SIGN_IN_FAILED', 'Another identity provider has sent the browser back.'));
  }
  const { verifier, nonce } = started;
  const jwt = await oidc.finish({ code, redirectUri, verifier }).catch((error: HoldfastError) => {
    throw error.code === 'SIGN_IN_FAILED' ? refuse(error) : error;
  });
  const person = await oidc.personOf(jwt, { nonce });
  if (person === undefined || person instanceof HoldfastError) {
    if (person?.code === 'ISSUER_UNAVAILABLE') throw person;
    throw refuse(
      person ?? new HoldfastError('SIGN_IN_FAILED', 'What the identity provider gave is no token.'),
    );
  }
  const answer = await begin(jwt, proofOfPerson(jwt, person, oidc), call);
  return { ...answer, cookies: [...answer.cookies, startCookie(request, undefined)] };
});

/** @throws NOT_FOUND where the page has no such button */
function provider({ oidc }: HttpCall['sessions']): Oidc {
  if (oidc?.rule.clientId !== undefined) return oidc;
  throw new HoldfastError('NOT_FOUND', 'No sign-in at an identity provider is set up here.', {
    hint: 'auth.oidc.clientId (HOLDFAST_OIDC_CLIENT_ID) sets it up.',
  });
}

/** The browser comes back to the page that it left. @throws INVALID_REQUEST */
function requireOwn(request: Request, redirectUri: string): void {
  const url = URL.parse(redirectUri);
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:';
  // A browser names it, and one that names another one was refused before.
  const origin = request.headers.get('origin');
  const host = request.headers.get('host') ?? new URL(request.url).host;
  const isOwn = origin === null ? url?.host === host : url?.origin === origin.toLowerCase();
  if (isWeb && isOwn && url.search === '' && url.hash === '') return;
  throw invalidRequest([{ field: 'redirectUri', problem: 'must be the address of the page that asks' }]);
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

import { HoldfastError } from '../../base/errors.ts';
import * as routes from '../../contract/routes/session.ts';
import {
  callerOf,
  identify,
  identityOf,
  identityOfPerson,
  matchingDigest,
  tokenOf,
  type Identity,
} from '../auth/auth.ts';
import { endedCookies, sessionOf, type Session } from '../auth/session.ts';
import { endpoint, ok, type HttpCall } from '../endpoint.ts';
import { begin, present, proofOfPerson, type Proof } from '../signed-in.ts';

// Signing in to the page and out of it. A session belongs to a browser, so `system.api` has nothing of this.

export const readSession = endpoint(routes.readSession, async ({ request, config, sessions }) => {
  const identity = await identify(request, config, sessions);
  return ok(present(config, identity));
});

export const signIn = endpoint(routes.signIn, async (call) => {
  const { body } = call;
  return begin(body.token, await proofOf(body.token, call), call);
});

export const signOut = endpoint(routes.signOut, async ({ request, config, sessions, noteSession }) => {
  const session = await sessionOf(request, config, sessions.tokens);
  const identity = session && (await endedIdentity(session, sessions));
  if (session && identity) {
    await sessions.ended.add(session.id, session.expiresAt);
    await noteSession(callerOf({ ...identity, session }, request), 'signOut');
  }
  return { ...ok(present(config, undefined)), cookies: endedCookies(request) };
});

/**
 * Who signs in with this token.
 * @throws UNAUTHORIZED, FORBIDDEN where it admits nothing, RATE_LIMITED, ISSUER_UNAVAILABLE
 */
async function proofOf(
  text: string,
  { request, config, sessions }: Pick<HttpCall, 'request' | 'config' | 'sessions'>,
): Promise<Proof> {
  const { oidc, tokens, limit } = sessions;
  if (matchingDigest(text, config)) {
    return { ...identityOf(undefined), by: 'token-session', of: {}, expiresAt: undefined };
  }
  const token = await tokenOf(text, tokens);
  if (token) {
    const { expiresAt } = token;
    return { ...identityOf(token), by: 'token-session', of: { token }, expiresAt };
  }
  const person = await oidc?.personOf(text);
  if (person instanceof HoldfastError && person.code !== 'UNAUTHORIZED') throw person;
  if (oidc && person && !(person instanceof HoldfastError)) return proofOfPerson(text, person, oidc);
  limit.failed(request);
  config.logger.log('warn', 'a sign-in with a wrong token was refused');
  throw (
    person ??
    new HoldfastError('UNAUTHORIZED', 'The token is not a valid admin token, nor one of the API.', {
      hint: 'It is the value of HOLDFAST_TOKEN where the server runs, one of auth.token, or a token that was made here and has neither expired nor been revoked.',
    })
  );
}

/**
 * Whose session ends. Its token may have become invalid meanwhile: then there is nothing to end.
 * @throws ISSUER_UNAVAILABLE where a copy of the cookies could go on
 */
async function endedIdentity(
  session: Session,
  { oidc }: HttpCall['sessions'],
): Promise<Omit<Identity, 'session'> | undefined> {
  if (session.jwt === undefined) return { ...identityOf(session.token), by: 'token-session' };
  const person = await oidc?.personOf(session.jwt, { oldKeys: true });
  if (person instanceof HoldfastError) {
    if (person.code === 'ISSUER_UNAVAILABLE') throw person;
    return undefined;
  }
  return person && { ...identityOfPerson(person), by: 'oidc-session' };
}

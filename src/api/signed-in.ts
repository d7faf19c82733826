import type { SessionAnswer } from '../contract/session.ts';
import { callerOf, identityOfPerson, type Identity } from './auth/auth.ts';
import { noScopes, type Oidc } from './auth/oidc/oidc.ts';
import type { Person } from './auth/oidc/person.ts';
import { createSession, sessionCookies, type Session } from './auth/session.ts';
import { tokenDigest } from './auth/token-digest.ts';
import type { ApiConfig } from './config.ts';
import { ok, type HttpCall } from './endpoint.ts';

/** Who signs in, and by which token. */
export interface Proof extends Omit<Identity, 'session'> {
  of: Pick<Session, 'token' | 'jwt'>;
  /** Undefined for never. */
  expiresAt: Date | null | undefined;
}

/** @throws FORBIDDEN where nothing is allowed */
export function proofOfPerson(jwt: string, person: Person, { rule }: Oidc): Proof {
  if (person.scopes.length === 0) throw noScopes(person, rule);
  const { expiresAt } = person;
  return { ...identityOfPerson(person), by: 'oidc-session', of: { jwt }, expiresAt };
}

/** A session of one who has proved who they are. */
export async function begin(
  token: string,
  { of, expiresAt, ...identity }: Proof,
  { request, config, noteSession }: Pick<HttpCall, 'request' | 'config' | 'noteSession'>,
) {
  // A session ends with its token.
  const left = expiresAt ? (expiresAt.getTime() - Date.now()) / 3_600_000 : Infinity;
  const sessionHours = Math.min(config.auth.sessionHours, left);
  const { value, session } = createSession(tokenDigest(token), sessionHours, of);
  const signedIn = { ...identity, session };
  await noteSession(callerOf(signedIn, request), 'signIn');
  const cookies = sessionCookies(request, value, sessionHours, of.jwt);
  return { ...ok(present(config, signedIn)), cookies };
}

/** What a browser is told of its session. */
export function present(config: ApiConfig, identity: Identity | undefined): SessionAnswer {
  const { by = null, actor = null, scopes = [], session } = identity ?? {};
  const { tokenDigests, oidc } = config.auth;
  return {
    signedIn: by !== null,
    by,
    actor,
    scopes: [...scopes],
    expiresAt: session?.expiresAt.toISOString() ?? null,
    csrfToken: session?.csrfToken ?? null,
    providerSignIn: oidc?.clientId === undefined ? null : new URL(oidc.issuer).host,
    tokenSignIn: tokenDigests.length > 0 || oidc !== undefined,
  };
}

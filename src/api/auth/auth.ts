/*
 * auth/ owns who makes a call: tokens, sessions, origins, the sign-in limit. It never stores a token or decides what a scope
 * admits.
 */
import { timingSafeEqual } from 'node:crypto';
import { HoldfastError } from '../../base/errors.ts';
import type { EndedSessions } from '../../catalog/ended-sessions.ts';
import type { TokenRecord, Tokens } from '../../catalog/tokens.ts';
import { redact } from '../../base/redaction.ts';
import { tokenPrefix } from '../../contract/token.ts';
import type { ApiConfig } from '../config.ts';
import { hostCaller, type Caller } from './caller.ts';
import type { Oidc } from './oidc/oidc.ts';
import type { Person } from './oidc/person.ts';
import { isSafe, refuseOtherOrigin } from './origin.ts';
import { hasCsrfToken, sessionOf, type Session } from './session.ts';
import { whereFrom } from './where-from.ts';
import { tokenDigest } from './token-digest.ts';

/** What is known of callers beside the configuration. */
export interface KnownCallers {
  readonly ended: EndedSessions;
  readonly tokens: Tokens;
  /** Undefined where no identity provider is configured. */
  readonly oidc: Oidc | undefined;
}

/** How a request proved who it is from, and what they may do. */
export interface Identity extends Pick<
  Caller,
  'actor' | 'scopes' | 'databases' | 'subject' | 'tokenId' | 'madeBy'
> {
  by: 'token' | 'token-session' | 'oidc' | 'oidc-session' | 'host';
  session?: Session;
}

/** Who has a token of the API, or one of the configured ones: that is without a name, and for everything. */
export function identityOf(
  token: TokenRecord | undefined,
): Pick<Identity, 'actor' | 'scopes' | 'databases' | 'tokenId' | 'madeBy'> {
  if (!token) return { actor: 'admin token', scopes: ['admin'] };
  const { id, name, scopes, databases, madeBy } = token;
  return { actor: `token ${id} (${name})`, scopes, databases: databases ?? undefined, tokenId: id, madeBy };
}

/**
 * Accepts a request that proves who it is from, by any one of a token, a session that a token opened, or the application's own check.
 * @throws UNAUTHORIZED, FORBIDDEN, ISSUER_UNAVAILABLE
 */
export async function authenticate(
  request: Request,
  config: ApiConfig,
  known: KnownCallers,
): Promise<Caller> {
  const identity = await prove(request, config, known);
  if (identity instanceof HoldfastError) throw identity;
  if (identity === undefined) {
    throw new HoldfastError(
      'UNAUTHORIZED',
      bearerToken(request) === undefined
        ? 'This call needs an admin.'
        : 'The token is not a valid admin token.',
    );
  }
  // A browser never adds a token on its own.
  if (identity.by === 'token' || identity.by === 'oidc' || isSafe(request))
    return callerOf(identity, request);
  refuseOtherOrigin(request, config);
  const { session } = identity;
  if (!session || hasCsrfToken(request, session)) return callerOf(identity, request);
  // A browser may have both a session here and one of the application: then it may do what the application lets it.
  const host = await hostIdentity(request, config);
  if (host) return callerOf(host, request);
  throw new HoldfastError('FORBIDDEN', 'A change needs the CSRF token of the session.', {
    hint: 'Send csrfToken of GET /session as the header X-Holdfast-CSRF.',
  });
}

export function callerOf({ by, session, ...who }: Identity, request: Request): Caller {
  return { kind: by, ...who, sessionId: session?.id, ...whereFrom(request) };
}

/**
 * How the request proves who it is from; undefined if it does not.
 * @throws ISSUER_UNAVAILABLE where that cannot be decided
 */
export async function identify(
  request: Request,
  config: ApiConfig,
  known: KnownCallers,
): Promise<Identity | undefined> {
  const found = await prove(request, config, known);
  if (!(found instanceof HoldfastError)) return found;
  if (found.code === 'ISSUER_UNAVAILABLE') throw found;
  return undefined;
}

/** The same, or why a token of the identity provider is not taken, where nothing else proves it either. */
async function prove(
  request: Request,
  config: ApiConfig,
  { ended, tokens, oidc }: KnownCallers,
): Promise<Identity | HoldfastError | undefined> {
  const token = bearerToken(request);
  if (token !== undefined && matchingDigest(token, config)) return { by: 'token', ...identityOf(undefined) };
  const found = token === undefined ? undefined : await tokenOf(token, tokens);
  if (found) return { by: 'token', ...identityOf(found) };
  const person = token === undefined ? undefined : await oidc?.personOf(token);
  if (person && !(person instanceof HoldfastError)) return { by: 'oidc', ...identityOfPerson(person) };
  const session = await sessionOf(request, config, tokens);
  const ofSession = session && (await sessionIdentity(session, oidc));
  const isProved = ofSession && !(ofSession instanceof HoldfastError);
  // Asked last: without proof nobody makes us ask the database.
  if (isProved && !(await ended.has(session!.id))) return ofSession;
  return (await hostIdentity(request, config)) ?? person ?? (isProved ? undefined : ofSession);
}

async function sessionIdentity(
  session: Session,
  oidc: Oidc | undefined,
): Promise<Identity | HoldfastError | undefined> {
  if (session.jwt === undefined) return { by: 'token-session', ...identityOf(session.token), session };
  const person = await oidc?.personOf(session.jwt);
  if (person === undefined || person instanceof HoldfastError) return person;
  return { by: 'oidc-session', ...identityOfPerson(person), session };
}

export function identityOfPerson({
  actor,
  scopes,
  subject,
}: Person): Pick<Identity, 'actor' | 'scopes' | 'subject'> {
  return { actor, scopes, subject };
}

/** The token of the API that this is, if it is one that can be used. */
export async function tokenOf(token: string, tokens: Tokens): Promise<TokenRecord | undefined> {
  return token.startsWith(tokenPrefix) ? tokens.use(tokenDigest(token)) : undefined;
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

/** What the application says of a request; undefined where it lets it through for nothing. */
async function hostIdentity(request: Request, config: ApiConfig): Promise<Identity | undefined> {
  const { authorize } = config.auth;
  if (!authorize) return undefined;
  try {
    // Without the body, which only we read.
    const copy = new Request(request.url, { method: request.method, headers: request.headers });
    const answer: unknown = await authorize(copy);
    if (answer === true) return { by: 'host', actor: 'application', scopes: ['admin'] };
    // Nothing else counts: a callback that forgets to await, or returns a user object, must not grant access.
    const { data } = hostCaller.safeParse(answer);
    return data && { by: 'host', ...data };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    config.logger.log('warn', `authorize failed, so the request is refused: ${redact(message)}`);
    return undefined;
  }
}

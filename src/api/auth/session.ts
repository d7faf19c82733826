import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import type { TokenRecord, Tokens } from '../../catalog/tokens.ts';
import type { ApiConfig } from '../config.ts';

/**
 * A sign-in to the page: a cookie, signed with a key that is derived from the token that signed in. So every instance
 * with that token accepts it, and it is void once the token is no longer configured, or the token of the API, whose number it has, is revoked
 * or has expired. Only ended sessions are stored: catalog/ended-sessions.ts.
 */
export interface Session {
  /** Its name in the list of ended sessions; the cookie cannot be derived from it. */
  readonly id: string;
  readonly expiresAt: Date;
  /** A call that changes something must send it in a header, which a page of another site cannot. */
  readonly csrfToken: string;
  /** The token of the API that signed in; undefined for a configured one. */
  readonly token?: TokenRecord;
}

export const csrfHeader = 'X-Holdfast-CSRF';
export const cookieName = 'holdfast_session';
/** A browser sends one of ours; others of the name come from paths above ours. */
const cookiesRead = 4;

/**
 * @param token the token of the API that signs in; undefined for a configured one
 * @returns the value of a new session's cookie, and the session
 */
export function createSession(
  tokenDigest: Buffer,
  hours: number,
  token?: TokenRecord,
): { value: string; session: Session } {
  const expires = Math.floor(Date.now() / 1_000) + Math.round(hours * 3_600);
  const content = `${expires}.${randomBytes(12).toString('base64url')}${token ? `.${token.id}` : ''}`;
  const key = sessionKey(tokenDigest);
  return {
    value: `${content}.${sign(key, 'session', content)}`,
    session: describe(key, content, expires, token),
  };
}

/** The valid session of a request, if it has one. */
export async function sessionOf(
  request: Request,
  config: ApiConfig,
  tokens: Pick<Tokens, 'usable'>,
): Promise<Session | undefined> {
  for (const value of cookieValues(request)) {
    const session = await readValue(value, config.auth.tokenDigests, tokens);
    if (session) return session;
  }
  return undefined;
}

export function hasCsrfToken(request: Request, session: Session): boolean {
  return isSame(request.headers.get(csrfHeader) ?? '', session.csrfToken);
}

async function readValue(
  value: string,
  digests: readonly Buffer[],
  tokens: Pick<Tokens, 'usable'>,
): Promise<Session | undefined> {
  const [, content, expires, id, signature] =
    /^((\d{1,12})\.[\w-]{16}(?:\.(\d{1,12}))?)\.([\w-]{43})$/.exec(value) ?? [];
  if (content === undefined || Number(expires) * 1_000 <= Date.now()) return undefined;
  const token = id === undefined ? undefined : await tokens.usable(Number(id));
  // All are tried, so that the time taken does not reveal which one matched.
  const keys = (id === undefined ? digests : token ? [token.hash] : []).map(sessionKey);
  const valid = keys.filter((key) => isSame(signature ?? '', sign(key, 'session', content)));
  return valid[0] && describe(valid[0], content, Number(expires), token);
}

function describe(key: Buffer, content: string, expires: number, token: TokenRecord | undefined): Session {
  return {
    ...(token ? { token } : {}),
    id: sign(key, 'id', content),
    expiresAt: new Date(expires * 1_000),
    csrfToken: sign(key, 'csrf', content),
  };
}

function sessionKey(tokenDigest: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', tokenDigest, '', 'holdfast page session', 32));
}

function sign(key: Buffer, purpose: string, content: string): string {
  return createHmac('sha256', key).update(`${purpose}:${content}`).digest('base64url');
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function cookieValues(request: Request): string[] {
  return (request.headers.get('cookie') ?? '')
    .split(';')
    .map((pair) => pair.trim().split('='))
    .flatMap(([name, value]) => (name === cookieName && value !== undefined ? [value] : []))
    .slice(0, cookiesRead);
}

/**
 * A Set-Cookie header. Without a Path the browser uses the folder of the address that was called, `…/session`: that is
 * the base path as the browser sees it, even behind a proxy that strips a prefix from the path.
 */
export function sessionCookie(request: Request, value: string, hours: number): string {
  const attributes = ['HttpOnly', 'SameSite=Strict', `Max-Age=${Math.round(hours * 3_600)}`];
  if (isEncrypted(request)) attributes.push('Secure');
  return [`${cookieName}=${value}`, ...attributes].join('; ');
}

export function endedCookie(request: Request): string {
  return sessionCookie(request, '', 0);
}

function isEncrypted(request: Request): boolean {
  const forwarded = request.headers.get('x-forwarded-proto')?.split(',')[0]?.trim().toLowerCase();
  return forwarded === 'https' || new URL(request.url).protocol === 'https:';
}

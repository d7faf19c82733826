import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import type { TokenRecord, Tokens } from '../../catalog/tokens.ts';
import { longestJwt } from '../../contract/session.ts';
import type { ApiConfig } from '../config.ts';
import { tokenDigest } from './token-digest.ts';

/**
 * A sign-in to the page: a cookie, signed with a key that is derived from the token that signed in. So every instance
 * with that token accepts it, and it is void once the token is no longer configured, or the token of the API, whose number it has, is revoked
 * or has expired. Where it was one of the identity provider, that is beside it in cookies of its own, since no process keeps one, and is
 * examined in each call as if it were in the header. Only ended sessions are stored: catalog/ended-sessions.ts.
 */
export interface Session {
  /** Its name in the list of ended sessions; the cookie cannot be derived from it. */
  readonly id: string;
  readonly expiresAt: Date;
  /** A call that changes something must send it in a header, which a page of another site cannot. */
  readonly csrfToken: string;
  /** The token of the API that signed in; undefined for a configured one. */
  readonly token?: TokenRecord;
  /** The token of the identity provider that signed in. It still has to be examined. */
  readonly jwt?: string;
}

export const csrfHeader = 'X-Holdfast-CSRF';
export const cookieName = 'holdfast_session';
/** A browser sends one of ours; others of the name come from paths above ours. */
const cookiesRead = 4;
/** Of a token of the identity provider. A browser keeps 4 096 bytes of a cookie, with its name and attributes. */
const jwtPartLength = 3_600;
const jwtParts = Math.ceil(longestJwt / jwtPartLength);

/**
 * @param digest of the token that signs in
 * @param of the token of the API, or of the identity provider, that signs in; nothing for a configured one
 * @returns the value of a new session's cookie, and the session
 */
export function createSession(
  digest: Buffer,
  hours: number,
  of: Pick<Session, 'token' | 'jwt'> = {},
): { value: string; session: Session } {
  const expires = Math.floor(Date.now() / 1_000) + Math.round(hours * 3_600);
  const content = `${expires}.${randomBytes(12).toString('base64url')}${of.token ? `.${of.token.id}` : ''}`;
  const key = sessionKey(digest);
  return {
    value: `${content}.${sign(key, 'session', content)}`,
    session: describe(key, content, expires, of),
  };
}

/** The valid session of a request, if it has one. */
export async function sessionOf(
  request: Request,
  config: ApiConfig,
  tokens: Pick<Tokens, 'usable'>,
): Promise<Session | undefined> {
  const jwt = jwtOf(request);
  for (const value of cookieValues(request, cookieName).slice(0, cookiesRead)) {
    const session = await readValue(value, { digests: config.auth.tokenDigests, jwt }, tokens);
    if (session) return session;
  }
  return undefined;
}

export function hasCsrfToken(request: Request, session: Session): boolean {
  return isSame(request.headers.get(csrfHeader) ?? '', session.csrfToken);
}

async function readValue(
  value: string,
  { digests, jwt }: { digests: readonly Buffer[]; jwt: string | undefined },
  tokens: Pick<Tokens, 'usable'>,
): Promise<Session | undefined> {
  const [, content, expires, id, signature] =
    /^((\d{1,12})\.[\w-]{16}(?:\.(\d{1,12}))?)\.([\w-]{43})$/.exec(value) ?? [];
  if (content === undefined || Number(expires) * 1_000 <= Date.now()) return undefined;
  const token = id === undefined ? undefined : await tokens.usable(Number(id));
  // All are tried, so that the time taken does not reveal which one matched.
  const keys = (id === undefined ? digests : token ? [token.hash] : []).map(sessionKey);
  const valid = keys.filter((key) => isSame(signature ?? '', sign(key, 'session', content)));
  if (valid[0]) return describe(valid[0], content, Number(expires), token ? { token } : {});
  if (jwt === undefined || id !== undefined) return undefined;
  const own = sessionKey(tokenDigest(jwt));
  const isOfJwt = isSame(signature ?? '', sign(own, 'session', content));
  return isOfJwt ? describe(own, content, Number(expires), { jwt }) : undefined;
}

function describe(
  key: Buffer,
  content: string,
  expires: number,
  of: Pick<Session, 'token' | 'jwt'>,
): Session {
  return {
    ...of,
    id: sign(key, 'id', content),
    expiresAt: new Date(expires * 1_000),
    csrfToken: sign(key, 'csrf', content),
  };
}

function sessionKey(digest: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', digest, '', 'holdfast page session', 32));
}

function sign(key: Buffer, purpose: string, content: string): string {
  return createHmac('sha256', key).update(`${purpose}:${content}`).digest('base64url');
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function cookieValues(request: Request, wanted: string): string[] {
  return (request.headers.get('cookie') ?? '')
    .split(';')
    .map((pair) => pair.trim().split('='))
    .flatMap(([name, value]) => (name === wanted && value !== undefined && value !== '' ? [value] : []));
}

function jwtCookieName(part: number): string {
  return `${cookieName}_jwt_${part}`;
}

/** A token of the identity provider that a sign-in has put into cookies. */
function jwtOf(request: Request): string | undefined {
  let jwt = '';
  for (let part = 1; part <= jwtParts; part++) {
    const [value] = cookieValues(request, jwtCookieName(part));
    if (value === undefined) break;
    jwt += value;
  }
  return jwt === '' ? undefined : jwt;
}

/**
 * Set-Cookie headers of a sign-in. Without a Path the browser uses the folder of the address that was called, `…/session`: that is
 * the base path as the browser sees it, even behind a proxy that strips a prefix from the path.
 * @param jwt the token of the identity provider that signs in
 */
export function sessionCookies(request: Request, value: string, hours: number, jwt = ''): string[] {
  const attributes = ['HttpOnly', 'SameSite=Strict', `Max-Age=${Math.round(hours * 3_600)}`];
  const ended = ['HttpOnly', 'SameSite=Strict', 'Max-Age=0'];
  if (isEncrypted(request)) for (const list of [attributes, ended]) list.push('Secure');
  const cookies = [[`${cookieName}=${value}`, ...attributes]];
  for (let part = 1; part <= jwtParts; part++) {
    const name = jwtCookieName(part);
    const text = jwt.slice((part - 1) * jwtPartLength, part * jwtPartLength);
    if (text !== '') cookies.push([`${name}=${text}`, ...attributes]);
    // Of an earlier sign-in with a longer one, or with one at all.
    else if (cookieValues(request, name).length > 0) cookies.push([`${name}=`, ...ended]);
  }
  return cookies.map((each) => each.join('; '));
}

export function endedCookies(request: Request): string[] {
  return sessionCookies(request, '', 0);
}

function isEncrypted(request: Request): boolean {
  const forwarded = request.headers.get('x-forwarded-proto')?.split(',')[0]?.trim().toLowerCase();
  return forwarded === 'https' || new URL(request.url).protocol === 'https:';
}

const startName = `${cookieName}_start`;
/** How long a person may take at the identity provider, with a password that has to be looked for. */
const startSeconds = 600;

/** What a browser keeps of a sign-in that it has begun at the identity provider; undefined to forget it. */
export function startCookie(
  request: Request,
  secrets: { state: string; nonce: string; verifier: string } | undefined,
): string {
  const value = secrets ? `${secrets.state}.${secrets.nonce}.${secrets.verifier}` : '';
  const secure = isEncrypted(request) ? '; Secure' : '';
  return `${startName}=${value}; HttpOnly; SameSite=Strict; Max-Age=${secrets ? startSeconds : 0}${secure}`;
}

/** The sign-in that the browser has begun. */
export function startedOf(request: Request): { state: string; nonce: string; verifier: string } | undefined {
  const [value = ''] = cookieValues(request, startName);
  const [, state, nonce, verifier] = /^([\w-]{43})\.([\w-]{43})\.([\w-]{43})$/.exec(value) ?? [];
  return state && nonce && verifier ? { state, nonce, verifier } : undefined;
}

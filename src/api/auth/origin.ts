import { HoldfastError } from '../../base/errors.ts';
import type { ApiConfig } from '../context.ts';

/** Whether the method is one that changes nothing. */
export function isSafe({ method }: Request): boolean {
  return ['GET', 'HEAD', 'OPTIONS'].includes(method);
}

/**
 * Refuses a change that a page of another origin wants. A browser sends cookies along with such a request, and says in headers
 * that no page can set where it comes from. Another origin of the same site is not ours either: whoever may put pages on
 * wiki.example.com must not delete the backups of app.example.com.
 * @throws FORBIDDEN
 */
export function refuseOtherOrigin(request: Request, { auth }: ApiConfig): void {
  if (isSafe(request) || isOfThisOrigin(request, auth.allowedOrigins)) return;
  throw new HoldfastError('FORBIDDEN', 'A page of another origin may not do this.', {
    hint:
      'Send it from the address the system runs on, or with a token. Behind a proxy that changes the Host header, name the ' +
      'address that browsers use: auth.allowedOrigins (HOLDFAST_ALLOWED_ORIGINS).',
    details: { origin: originOf(request) ?? null, host: hostOf(request) },
  });
}

function isOfThisOrigin(request: Request, allowed: readonly string[]): boolean {
  const origin = originOf(request);
  if (origin !== undefined && allowed.includes(origin)) return true;
  const site = request.headers.get('sec-fetch-site');
  if (site !== null) return site === 'same-origin' || site === 'none';
  // Browsers leave it out where there is no TLS, and old ones always. What sends neither is no browser, and has no cookies of one.
  if (origin === undefined) return true;
  // By the host alone: behind a proxy the scheme is another. X-Forwarded-Host is not looked at, since anybody may send it.
  return URL.parse(origin)?.host === hostOf(request);
}

/** What the browser says; `null` is an origin of its own, and no browser's to share. */
function originOf({ headers }: Request): string | undefined {
  const origin = headers.get('origin');
  if (origin !== null) return origin.toLowerCase();
  const referer = headers.get('referer');
  return referer === null ? undefined : (URL.parse(referer)?.origin ?? 'null');
}

/** As the browser wrote it, without the port that its scheme has anyway. */
function hostOf(request: Request): string {
  const url = new URL(request.url);
  const host = request.headers.get('host') ?? url.host;
  return (URL.parse(`${url.protocol}//${host}`)?.host ?? host).replace(/:(80|443)$/, '');
}

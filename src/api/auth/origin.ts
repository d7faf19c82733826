import { HoldfastError } from '../../base/errors.ts';
import type { ApiConfig } from '../config.ts';

/** Whether the method changes nothing. */
export function isSafe({ method }: Request): boolean {
  return ['GET', 'HEAD', 'OPTIONS'].includes(method);
}

/**
 * Refuses a change that comes from a page of another origin. A browser sends cookies with such a request, and names the
 * origin in headers that no page can set. Other origins of the same site are refused too: an author of pages on
 * wiki.example.com must not be able to delete the backups of app.example.com.
 * @throws FORBIDDEN
 */
export function refuseOtherOrigin(request: Request, { auth }: ApiConfig): void {
  if (isSafe(request) || isOfThisOrigin(request, auth.allowedOrigins)) return;
  throw new HoldfastError('FORBIDDEN', 'Requests from pages of another origin are refused.', {
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
  // Browsers omit it without TLS, and old ones always. A client that sends neither is no browser and has no browser's cookies.
  if (origin === undefined) return true;
  // By host alone: behind a proxy the scheme differs. X-Forwarded-Host is ignored, since any client can send it.
  return URL.parse(origin)?.host === hostOf(request);
}

/** As the browser says. `null` is an opaque origin and equals no other. */
function originOf({ headers }: Request): string | undefined {
  const origin = headers.get('origin');
  if (origin !== null) return origin.toLowerCase();
  const referer = headers.get('referer');
  return referer === null ? undefined : (URL.parse(referer)?.origin ?? 'null');
}

/** As the browser wrote it, without the default port of its scheme. */
function hostOf(request: Request): string {
  const url = new URL(request.url);
  const host = request.headers.get('host') ?? url.host;
  return (URL.parse(`${url.protocol}//${host}`)?.host ?? host).replace(/:(80|443)$/, '');
}

/*
 * page/ owns serving the files of the admin page. It never serves data or anything outside the built page.
 */
import { randomBytes } from 'node:crypto';
import { HoldfastError } from '../../base/errors.ts';
import type { ApiConfig } from '../config.ts';
import { errorAnswer, methodNotAllowed, noSuchAddress } from '../error-answer.ts';
import { codings, pageFiles, type PageFile, type PageFiles } from './page-files.ts';
import { sentAsItIs } from './sent-as-it-is.ts';

/** The path of the page under the base path. */
const mount = '/ui';

/** Where browsers find it, as far as that is configured; with a slash at the end. */
export function pageUrl({ auth, basePath }: Pick<ApiConfig, 'auth' | 'basePath'>): string | undefined {
  const [origin] = auth.allowedOrigins;
  return origin === undefined ? undefined : `${origin}${basePath}${mount}/`;
}

/** Marks what scripts/web.ts leaves open in index.html. */
const nonceMark = 'HOLDFAST_NONCE';
const baseMark = '<base href="./" />';

/**
 * The admin page: static files without data, so anyone may read them. Undefined for a request that is not for
 * the page.
 */
export async function answerPage(request: Request, config: ApiConfig): Promise<Response | undefined> {
  const { pathname } = new URL(request.url);
  const root = config.basePath + mount;
  if (pathname !== root && !pathname.startsWith(`${root}/`)) return undefined;
  try {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      throw methodNotAllowed(request.method, pathname, 'GET, HEAD');
    }
    const files = await pageFiles();
    if (!files) throw notBuilt();
    // Not by a redirect to the address with the slash: some frameworks, Next.js among them, redirect that one back.
    if (pathname === root) return shellAnswer(request, `.${mount}/`, files.shell);
    return contentOf(request, pathname.slice(root.length + 1), files, config);
  } catch (error) {
    return secured(errorAnswer(error, request, config));
  }
}

function contentOf(request: Request, name: string, { shell, files }: PageFiles, config: ApiConfig): Response {
  const file = files.get(name);
  if (file) return fileAnswer(request, name, file);
  // The addresses of the page's own screens have no dot in them.
  if (name.startsWith('assets/') || name.includes('.')) {
    throw noSuchAddress(new URL(request.url).pathname, config);
  }
  return shellAnswer(request, '../'.repeat(name.split('/').length - 1) || './', shell);
}

/**
 * The shell, for every address that the page itself makes sense of.
 * @param place the way from that address to the page's own folder; relative, so that it is right behind a proxy that takes
 *   a prefix off the path
 */
function shellAnswer(request: Request, place: string, shell: string): Response {
  const nonce = randomBytes(16).toString('base64');
  const html = shell.replaceAll(nonceMark, nonce).replace(baseMark, `<base href="${place}" />`);
  return answer(200, request.method === 'HEAD' ? null : html, {
    'Content-Type': 'text/html; charset=utf-8',
    'Cache-Control': 'no-cache',
    'Content-Security-Policy': policy(nonce),
  });
}

function fileAnswer(request: Request, name: string, file: PageFile): Response {
  const accepted = (request as { [sentAsItIs]?: true })[sentAsItIs] && request.headers.get('accept-encoding');
  const coding = codings.find((each) => file.compressed.has(each.name) && accepts(accepted, each.name));
  const etag = `"${file.etag}${coding ? `-${coding.name}` : ''}"`;
  const headers: Record<string, string> = {
    ETag: etag,
    Vary: 'Accept-Encoding',
    // A name with a hash in it never means anything else.
    'Cache-Control': name.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
  };
  const known = (request.headers.get('if-none-match') ?? '').split(',').map((tag) => tag.trim());
  if (known.includes(etag) || known.includes(`W/${etag}`)) return answer(304, null, headers);
  const bytes = (coding && file.compressed.get(coding.name)) ?? file.bytes;
  return answer(200, request.method === 'HEAD' ? null : bytes, {
    ...headers,
    'Content-Type': file.type,
    'Content-Length': String(bytes.byteLength),
    ...(coding ? { 'Content-Encoding': coding.name } : {}),
  });
}

function accepts(header: string | null | undefined, coding: string): boolean {
  return (header ?? '').split(',').some((item) => {
    const [name = '', ...parameters] = item.split(';').map((part) => part.trim().toLowerCase());
    return name === coding && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter));
  });
}

/** Nothing but our own files; styles that the page makes while it runs carry the nonce. */
function policy(nonce: string): string {
  return [
    `default-src 'none'`,
    `script-src 'self'`,
    `style-src 'self' 'nonce-${nonce}'`,
    `connect-src 'self'`,
    `img-src 'self' data:`,
    `base-uri 'self'`,
    `form-action 'self'`,
    `frame-ancestors 'none'`,
  ].join('; ');
}

function answer(
  status: number,
  body: string | Uint8Array<ArrayBuffer> | null,
  headers: Record<string, string>,
): Response {
  return secured(new Response(body, { status, headers }));
}

function secured(response: Response): Response {
  const { headers } = response;
  headers.set('X-Content-Type-Options', 'nosniff');
  headers.set('X-Frame-Options', 'DENY');
  headers.set('Referrer-Policy', 'no-referrer');
  headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  headers.set('Cross-Origin-Resource-Policy', 'same-origin');
  if (!headers.has('Content-Security-Policy')) {
    headers.set('Content-Security-Policy', `default-src 'none'; frame-ancestors 'none'`);
  }
  return response;
}

function notBuilt(): HoldfastError {
  return new HoldfastError('NOT_FOUND', 'The admin page is not built here.', {
    hint: 'In a checkout of Holdfast run: node scripts/web.ts',
  });
}

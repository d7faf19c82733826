import type { SessionAnswer } from '../contract/shapes.ts';
import { errorOf, unreachable } from './error.ts';

export interface ClientOptions {
  /** Where the API is, base path included: `https://shop.example/api/admin`. */
  baseUrl: string;
  /** An admin token. Without one the browser's session is used. */
  token?: string;
  /** Which one of several databases every call is about: a `name` of `listDatabases`. Default: the first one. */
  database?: string;
  /** Default: the platform's own. */
  fetch?: typeof fetch;
}

export interface CallOptions {
  signal?: AbortSignal | undefined;
}

export type QueryValue = string | number | boolean | null | undefined;

interface Call extends CallOptions {
  query?: Record<string, QueryValue> | undefined;
  /** Sent as JSON. */
  body?: unknown;
}

/** How calls get to the server and back. */
export interface Transport {
  /** The answer as it comes. @throws ApiError; the signal's reason */
  open(method: string, path: string, call?: Call): Promise<Response>;
  url(path: string, query?: Record<string, QueryValue>): string;
  /** The CSRF token of the session, sent with every change from now on. */
  setCsrfToken(token: string | null): void;
}

export function createTransport(options: ClientOptions): Transport {
  const base = options.baseUrl.replace(/\/$/, '');
  const send = options.fetch ?? ((...values: Parameters<typeof fetch>) => fetch(...values));
  let csrfToken: string | null = null;

  const url: Transport['url'] = (path, query = {}) => {
    const given = new URLSearchParams();
    if (options.database !== undefined) given.set('database', options.database);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined && value !== null) given.set(name, String(value));
    }
    return base + path + (given.size === 0 ? '' : `?${given.toString()}`);
  };

  const attempt: Transport['open'] = async (method, path, { query, body, signal } = {}) => {
    const headers = new Headers({ Accept: 'application/json' });
    if (options.token !== undefined) headers.set('Authorization', `Bearer ${options.token}`);
    // Without a body too: SvelteKit takes a change without a type for a form of another site, and refuses it.
    if (method !== 'GET') headers.set('Content-Type', 'application/json');
    if (method !== 'GET' && csrfToken !== null) headers.set('X-Holdfast-CSRF', csrfToken);
    try {
      return await send(url(path, query), {
        method,
        headers,
        credentials: 'same-origin',
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal ? { signal } : {}),
      });
    } catch (error) {
      throw signal?.aborted ? error : unreachable(error);
    }
  };

  /** After a sign-in in another tab the cookie is of a new session, but our token still of the old one. */
  const renewCsrfToken = async (): Promise<boolean> => {
    const answer = await attempt('GET', '/session');
    const session = answer.ok ? ((await answer.json()) as SessionAnswer) : null;
    if (!session?.csrfToken || session.csrfToken === csrfToken) return false;
    csrfToken = session.csrfToken;
    return true;
  };

  const open: Transport['open'] = async (method, path, call) => {
    let response = await attempt(method, path, call);
    if (response.status === 403 && method !== 'GET' && csrfToken !== null && (await renewCsrfToken())) {
      response = await attempt(method, path, call);
    }
    if (!response.ok) throw await errorOf(response);
    return response;
  };

  return {
    url,
    open,
    setCsrfToken(token) {
      csrfToken = token;
    },
  };
}

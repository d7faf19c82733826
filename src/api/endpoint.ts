import type { BodyOf, ParamsOf, QueryOf, ReplyOf, Route } from '../contract/route.ts';
import type { KnownCallers } from './auth/auth.ts';
import type { Caller } from './auth/caller.ts';
import type { SignInLimit } from './auth/sign-in-limit.ts';
import type { ApiConfig } from './config.ts';
import type { BackupApi } from './contract.ts';

/** One request, authenticated and checked against its route. */
export interface HttpCall<R extends Route = Route> {
  /** The API in the name of the caller. */
  readonly api: BackupApi;
  readonly caller: Caller;
  readonly request: Request;
  readonly params: ParamsOf<R>;
  readonly query: QueryOf<R>;
  /** As if it were `{}` where the request has none. */
  readonly body: BodyOf<R>;
  readonly config: ApiConfig;
  readonly sessions: KnownCallers & { readonly limit: SignInLimit };
  /** Writes a sign-in or a sign-out into the audit. */
  noteSession(caller: Caller, operation: 'signIn' | 'signOut'): Promise<void>;
  /** Of Holdfast. */
  readonly version: string;
  /** Every route that is served here. */
  readonly served: readonly Route[];
}

/** A route with its handler. */
export interface Endpoint {
  readonly route: Route;
  handle(call: HttpCall): Promise<Response>;
}

/**
 * Defines an endpoint. Its handler gets the types of its route and returns one of the route's answers, or a response of its
 * own for what is not JSON.
 */
export function endpoint<R extends Route>(
  route: R,
  handle: (call: HttpCall<R>) => Promise<ReplyOf<R> | Response>,
): Endpoint {
  return {
    route,
    async handle(call) {
      // The router has checked the request against this very route.
      const reply = await handle(call as HttpCall<R>);
      if (reply instanceof Response) return reply;
      const { status, body, headers = {}, cookies = [] } = reply;
      const response = json(body, status, headers);
      for (const cookie of cookies) response.headers.append('Set-Cookie', cookie);
      return response;
    },
  };
}

/** The answer of a call that has succeeded. */
export function ok<const Body>(body: Body): { status: 200; body: Body } {
  return { status: 200, body };
}

/**
 * The Cache-Control of a stream. Middleware that compresses, such as Express' `compression` and that of `next start`, leaves an
 * answer with `no-transform` alone; it would hold events back, and a download is compressed as its format says.
 */
export const asItIs = 'no-store, no-transform';

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return Response.json(body, { status, headers });
}

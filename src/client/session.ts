import type * as shapes from '../contract/shapes.ts';
import type { CallAddress } from './call.ts';
import type { CallOptions, Transport } from './transport.ts';

/** Signing in and out: a part of `Client`. */
export interface SessionCalls {
  /** Whether the caller is an admin. */
  session(call?: CallOptions): Promise<shapes.SessionAnswer>;
  /** Sets the session's cookie. */
  signIn(token: string, call?: CallOptions): Promise<shapes.SessionAnswer>;
  /** Begins a sign-in at the identity provider: send the browser to the `url`. @param redirectUri the page, where it comes back */
  startSignIn(redirectUri: string, call?: CallOptions): Promise<shapes.SignInAnswer>;
  /** Finishes it, with what was added to the address. Sets the session's cookie. */
  finishSignIn(body: shapes.SignedInBody, call?: CallOptions): Promise<shapes.SessionAnswer>;
  /** Ends the session, also for a copy of its cookie. */
  signOut(call?: CallOptions): Promise<shapes.SessionAnswer>;
}

export function sessionCalls(call: CallAddress, transport: Transport): SessionCalls {
  /** Keeps the token that changes need. */
  const inSession = (session: shapes.SessionAnswer): shapes.SessionAnswer => {
    transport.setCsrfToken(session.csrfToken);
    return session;
  };

  return {
    session: async (given) => inSession(await call('GET /session', {}, given)),
    signIn: async (token, given) => inSession(await call('POST /session', { body: { token } }, given)),
    startSignIn: (redirectUri, given) => call('POST /sign-in', { body: { redirectUri } }, given),
    finishSignIn: async (body, given) => inSession(await call('POST /signed-in', { body }, given)),
    signOut: async (given) => inSession(await call('DELETE /session', {}, given)),
  };
}

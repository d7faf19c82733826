import type { Scope } from '../../contract/route.ts';

/** Who makes a call, and what they are allowed to do. */
export interface Caller {
  /**
   * `application`: code that holds `system.api`. `token`, `token-session` and `host`: a request that proved it is from an
   * admin, by a token, by the session of a token, or by the application's own check. `anonymous`: any other request.
   */
  readonly kind: 'application' | 'token' | 'token-session' | 'host' | 'anonymous';
  readonly scope: Scope;
}

/** The holder of `system.api` is trusted. */
export const application: Caller = Object.freeze({ kind: 'application', scope: 'admin' });
export const anonymous: Caller = Object.freeze({ kind: 'anonymous', scope: 'open' });

/** Whether a caller is allowed to do what needs this scope. */
export function isAllowed(caller: Caller, needed: Scope): boolean {
  return needed === 'open' || caller.scope === needed;
}

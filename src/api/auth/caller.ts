import { admitted, type NeededScope, type Scope } from '../../contract/scopes.ts';

/** Who makes a call, and what they are allowed to do. */
export interface Caller {
  /**
   * `application`: code that holds `system.api`. `token`, `token-session` and `host`: a request that proved who it is from, by
   * a token, by the session of a token, or by the application's own check. `anonymous`: any other request.
   */
  readonly kind: 'application' | 'token' | 'token-session' | 'host' | 'anonymous';
  /** Their name, as the application or the token has it; for people to read, never compared. */
  readonly actor: string;
  readonly scopes: readonly Scope[];
}

/** The holder of `system.api` is trusted. */
export const application: Caller = Object.freeze({
  kind: 'application',
  actor: 'application',
  scopes: ['admin'] as const,
});
export const anonymous: Caller = Object.freeze({ kind: 'anonymous', actor: 'anonymous', scopes: [] });

/** Whether a caller is allowed to do what needs this scope. */
export function isAllowed({ scopes }: Caller, needed: NeededScope): boolean {
  return admitted(scopes, needed);
}

import { admitted, scopes, type NeededScope, type Scope } from '../../contract/scopes.ts';
import { z } from 'zod';
import { validate } from '../validate.ts';

/** Who makes a call, and what they are allowed to do. */
export interface Caller {
  /**
   * `application`: code that holds `system.api`. `token`, `token-session`, `oidc`, `oidc-session` and `host`: a request that proved who
   * it is from, by a token of ours or of the identity provider, by the session of one, or by the application's own check. `actor`: code that holds the system, in the name of
   * an actor. `anonymous`: any other request.
   */
  readonly kind:
    | 'application'
    | 'actor'
    | 'token'
    | 'token-session'
    | 'oidc'
    | 'oidc-session'
    | 'host'
    | 'anonymous';
  /** Their name, as the application or the token has it; for people to read, never compared. */
  readonly actor: string;
  readonly scopes: readonly Scope[];
  /** The names of the databases that it may make calls about; undefined for all of them. */
  readonly databases?: readonly string[] | undefined;
  /** Of one whom the identity provider has named: its address and their `sub`. */
  readonly subject?: string | undefined;
  /** Of the token of the API that it proved itself by. */
  readonly tokenId?: number | undefined;
  /** Whom its token counts as, beside itself, where two actors are needed. */
  readonly madeBy?: readonly string[] | undefined;
  /** The name of its session; the cookie cannot be derived from it. */
  readonly sessionId?: string | undefined;
  /** Of its connection, or the machine that it is on. */
  readonly address?: string | undefined;
  /** What the nearest proxy says where the request comes from. */
  readonly forwardedFor?: string | undefined;
}

/** The holder of `system.api` is trusted. */
export const application: Caller = Object.freeze({
  kind: 'application',
  actor: 'application',
  scopes: ['admin'] as const,
});
export const anonymous: Caller = Object.freeze({ kind: 'anonymous', actor: 'anonymous', scopes: [] });

/** An actor with what they may do, as the application names them. */
const namedCaller = z.strictObject({
  actor: z.string().min(1).max(200),
  scopes: z.array(z.enum(scopes)),
});

/** The same as an `authorize` callback answers it. */
export const hostCaller = namedCaller
  .extend({ databases: z.array(z.string()).min(1).optional() })
  .refine(({ scopes: held, databases }) => databases === undefined || !held.includes('admin'));

/** @throws INVALID_REQUEST for what names no actor */
export function actorCaller(given: unknown): Caller {
  const { address, ...named } = validate(
    namedCaller.extend({ address: z.string().max(200).optional() }),
    given,
  );
  return Object.freeze({ kind: 'actor', ...named, ...(address === undefined ? {} : { address }) });
}

/** Whether a caller is allowed to do what needs this scope. */
export function isAllowed({ scopes }: Caller, needed: NeededScope): boolean {
  return admitted(scopes, needed);
}

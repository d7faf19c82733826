import type { Logger } from '../base/logger.ts';
import type { GuardedKind } from '../contract/approval.ts';
import type { OidcRule } from '../contract/oidc-settings.ts';
import type { Scope } from '../contract/scopes.ts';
import type { TenantRule } from '../runs/context.ts';
import type { RecoveryTargets } from '../runs/recovery.ts';

/** Who a request is from, as the application knows them. */
export interface HostCaller {
  /** Their name, for the records: `ada@example.com`. */
  actor: string;
  /** What they may do. */
  scopes: Scope[];
}

/** The same of a request. */
export interface RequestCaller extends HostCaller {
  /** The names of the databases of several that they may make calls about. Default: all. Not with `admin`, which is of all of them. */
  databases?: string[];
}

/** `true`: an admin without a name. An object of another form counts as no. */
export type Authorize = (request: Request) => boolean | RequestCaller | Promise<boolean | RequestCaller>;

/** The options that the API itself needs. */
export interface ApiConfig {
  readonly auth: {
    /** SHA-256 of each admin token. */
    readonly tokenDigests: readonly Buffer[];
    /** How long a sign-in to the page lasts. */
    readonly sessionHours: number;
    /** `https://app.example.com`: addresses that browsers know the system by, beside what the Host header says. */
    readonly allowedOrigins: readonly string[];
    readonly authorize: Authorize | undefined;
    readonly oidc: OidcRule | undefined;
  };
  /** Begins with a slash and does not end with one; empty when mounted at the root. */
  readonly basePath: string;
  readonly maxBodyBytes: number;
  readonly targets: RecoveryTargets;
  /** What needs a second actor. Undefined: as it was set before. */
  readonly fourEyes: { readonly operations?: readonly GuardedKind[] | undefined; readonly hours: number };
  /** Which rows are those of a tenant. */
  readonly tenants: TenantRule;
  /** Whether this process performs runs. */
  readonly worker: boolean;
  readonly logger: Logger;
}

import { isDeepStrictEqual } from 'node:util';
import type { ObjectsCredentials } from './store/objects/credentials.ts';
import type { ApiConfig, Authorize } from './api/config.ts';
import { tokenDigest } from './api/auth/token-digest.ts';
import { HoldfastError } from './base/errors.ts';
import {
  configureStores,
  type ConfiguredStores,
  type StoreChoice,
  type StoreOptions,
} from './engine/stores/configured-stores.ts';
import type { z } from 'zod';
import type { DrillSettings, KeptRowsRule } from './runs/context.ts';
import type { LockPolicy } from './store/store.ts';
import { stderrLogger, type Logger } from './base/logger.ts';
import { clientConfig, type ConnectionTarget } from './postgres/connection.ts';
import { requireValid } from './option-problems.ts';
import type {
  FourEyesOptions,
  KeptRowsOptions,
  SeveralOptions,
  TargetOptions,
  TenantOptions,
} from './option-groups.ts';
import { optionsSchema } from './settings.ts';

import type { OidcOptions } from './contract/oidc-settings.ts';
import type { DrillOptions } from './contract/drill-settings.ts';

export type { OidcOptions } from './contract/oidc-settings.ts';
export type { DrillCheckOption, DrillOptions } from './contract/drill-settings.ts';

export interface AuthOptions {
  /**
   * Admin tokens, each at least 16 characters; a request carries one as `Authorization: Bearer <token>`.
   * Several, so that one can be replaced without a gap.
   */
  token?: string | string[];
  /**
   * Your own check, for example of a session cookie. It gets a request without its body and answers `true` for an admin, or who it is
   * and what they may do: `{ actor: 'ada@example.com', scopes: ['read'] }`. Anything else, and an exception, counts as no. With a
   * token set as well, either one suffices.
   */
  authorize?: Authorize;
  /** Sign-in with the tokens (OIDC, JWT) of your identity provider, for calls and on the page. */
  oidc?: OidcOptions;
  /**
   * Origins that browsers use for the system, such as `https://app.example.com`. Needed only if a proxy changes the Host header
   * and browsers do not send `Sec-Fetch-Site`, or for pages of another origin that may change something. Default none.
   */
  allowedOrigins?: string[];
  /** How long a sign-in to the admin page lasts, in hours. Default 12. */
  sessionHours?: number;
}

export interface Options extends SeveralOptions {
  /** A connection string, or the connection options of the driver. Required without `databases` and `enrol.server`. */
  database?: string | ConnectionTarget;
  /**
   * The address of the server itself, if `database` is that of a pooler that shares connections (PgBouncer in transaction or
   * statement mode). Holdfast then uses only this one.
   */
  directDatabase?: string | ConnectionTarget;
  /** Who may use the system. A token, `oidc` or `authorize` is required: Holdfast never runs open. */
  auth: AuthOptions;
  /** Base path of the endpoints. Default `/api/admin`. */
  basePath?: string;
  /** Schema of Holdfast's own tables. Default `public`. */
  schema?: string;
  /** Backup stores by name: an address (`s3://bucket/prefix`), or an address with keys and credentials. See docs/STORES.md. */
  stores?: Record<string, string | StoreOptions>;
  /** Where backups are written: a name of `stores`, or an address. Default `database:`, the database itself. */
  store?: string;
  /** Where each backup is copied to: names of `stores`, or addresses. Each copy has a retention of its own where the schedule says so. Default none. */
  copyTo?: string | string[];
  /** The writer key of encrypted stores that have none of their own: a file, or its content. It seals and signs, and opens nothing. */
  writerKey?: string;
  /**
   * The recovery key of encrypted stores, which opens them: a file, or its content. Better given for a single run than kept by
   * the application.
   */
  identity?: string;
  /** Credentials of stores that have none of their own, by kind. Default: what the environment has; see docs/STORES.md. */
  storeCredentials?: ObjectsCredentials;
  /**
   * How stores in buckets of S3 that have none of their own lock what a backup needs: for `days` after it nobody can delete it,
   * without a permission of its own (governance) or at all (compliance). Default: no locks. `governance:30` is the same as a text.
   */
  objectLock?: LockPolicy | `${LockPolicy['mode']}:${number}`;
  /** How and when backups are proved by restoring them. */
  drill?: DrillOptions;
  /** Which rows belong to which tenant. */
  tenants?: TenantOptions;
  /** What a second actor must approve before it is done. */
  fourEyes?: FourEyesOptions;
  /** What restores of rows keep of what they replace. */
  keptRows?: KeptRowsOptions;
  /**
   * In how many days every byte of each store with backups is read again, a part of it each day, without any key. Default 30; 0 for
   * never.
   */
  scrubDays?: number;
  /**
   * Within how many days a backup reads again what has not changed, a part of it each time, and compares it with what it has been
   * taken to be. Default 30; 0 for never.
   */
  rereadDays?: number;
  /** What is wanted of recovery. The status, the page and warnings say whether it is met. */
  targets?: TargetOptions;
  /** Connections that move data in parallel, 1 to 64. Default 2. */
  jobs?: number;
  /**
   * How many machines may work on one backup, or on one restore into a new database: the one that performs it, and other
   * processes that take runs. 1 to 64. Default 1.
   */
  maxWorkers?: number;
  /** zstd level of new chunks, 1 to 19. Default 2, tuned for COPY text: the size of level 3 in two thirds of its time. */
  compressionLevel?: number;
  /** How long a backup or restore waits for a table lock, in milliseconds. Default 30 000. */
  lockTimeoutMs?: number;
  /** The most runs in the queue, 1 to 10 000; one more is refused with 429. Default 100. */
  maxQueued?: number;
  /** The most downloads at once in this process, 1 to 100; one more is refused with 429. Default 4. */
  maxDownloads?: number;
  /** A download ends when its reader takes nothing for this number of milliseconds. Default 300 000, five minutes. */
  downloadIdleMs?: number;
  /**
   * How long a server that should answer may be silent, in milliseconds. Then Holdfast asks on another connection whether it is
   * still working, and without a confirmation ends the run with CONNECTION_STALLED. Default 60 000.
   */
  silenceTimeoutMs?: number;
  /**
   * How often the stores outside the database that are written or copied to are tried with objects of their own, in hours. Default 24;
   * with 0 never.
   */
  storeTestHours?: number;
  /** The largest request body, in bytes. Default 1 MiB. */
  maxBodyBytes?: number;
  /**
   * Whether this process performs runs. With false it only orders them, and another instance or `holdfast worker` performs
   * them. Default true.
   */
  worker?: boolean;
  /**
   * How often an idle process queries the database for work, in seconds. Default 60. With 0 it never does, and no connection
   * listens for notifications, so that a serverless database can sleep; it is queried when a schedule is due. A run that
   * another process orders then waits until this process looks.
   */
  idlePollSeconds?: number;
  /** Default: one JSON object per line on stderr, from `info` upwards. */
  logger?: Logger;
}

/**
 * What a configuration file or the environment may say: the options of the library, each of which may be left out.
 */
export type ConfigOptions = Partial<Options>;

/** Validated options. Tokens are kept as digests only. */
export interface Config extends ApiConfig {
  readonly target: ConnectionTarget;
  /** The database of our own tables; undefined where it is the protected one. */
  readonly catalog: ConnectionTarget | undefined;
  readonly schema: string;
  readonly stores: ConfiguredStores;
  readonly jobs: number;
  readonly maxWorkers: number;
  readonly compressionLevel: number;
  readonly lockTimeoutMs: number;
  readonly maxQueued: number;
  readonly maxDownloads: number;
  readonly downloadIdleMs: number;
  readonly worker: boolean;
  /** Undefined: as many as there are, or for several databases a number of its own. */
  readonly maxRuns?: number | undefined;
  readonly storeTestHours: number;
  readonly drill: DrillSettings;
  readonly keptRows: KeptRowsRule;
  readonly scrubDays: number;
  readonly rereadDays: number;
  /** Null for never. */
  readonly idlePollMs: number | null;
}

/**
 * Checks the options of one database once; `databases` and `enrol` are for databases/named.ts.
 * @throws INVALID_CONFIGURATION naming each wrong option, never its value
 */
export function parseOptions(options: Options): Config {
  const {
    auth,
    database,
    directDatabase,
    catalog,
    silenceTimeoutMs,
    logger,
    basePath,
    idlePollSeconds,
    ...others
  } = checkOptions(options);
  const { stores, store, copyTo, writerKey, identity, storeCredentials, objectLock, drill, ...more } = others;
  const { databases: _, enrol: __, ...rest } = more;
  if (auth.token === undefined && auth.authorize === undefined && auth.oidc === undefined) {
    throw new HoldfastError(
      'INVALID_CONFIGURATION',
      'auth: neither a token, nor an identity provider, nor an authorize callback is given',
      {
        hint: 'Set HOLDFAST_TOKEN or HOLDFAST_OIDC_ISSUER, or pass auth: { token }, { oidc } or { authorize }. Holdfast needs one of them.',
      },
    );
  }
  if (database === undefined && directDatabase === undefined) {
    throw new HoldfastError('INVALID_CONFIGURATION', 'database: is not given', {
      hint: 'Set DATABASE_URL, or pass database, or databases: { name: address }.',
    });
  }
  const targetOf = (given: typeof database, option: string): ConnectionTarget => {
    const own = typeof given === 'string' ? { connectionString: given } : (given as ConnectionTarget);
    const target = { ...own, silenceTimeoutMs };
    requireUsable(target, option);
    return target;
  };
  const target =
    directDatabase === undefined
      ? targetOf(database, 'database')
      : targetOf(directDatabase, 'directDatabase');
  const ofCatalog = catalog === undefined ? undefined : targetOf(catalog, 'catalog');
  const configured = configureStores({
    stores,
    store,
    copyTo,
    writerKey,
    identity,
    storeCredentials,
    objectLock,
  } as StoreChoice);
  const tokens = auth.token === undefined ? [] : [auth.token].flat();
  return Object.freeze({
    ...rest,
    target,
    // Named twice, it is one: then a restore can be recorded in its own transaction.
    catalog: ofCatalog !== undefined && isDeepStrictEqual(ofCatalog, target) ? undefined : ofCatalog,
    stores: configured,
    drill: drillSettings(drill),
    idlePollMs: idlePollSeconds === 0 ? null : idlePollSeconds * 1_000,
    auth: Object.freeze({
      tokenDigests: tokens.map(tokenDigest),
      authorize: options.auth.authorize,
      oidc: auth.oidc,
      allowedOrigins: auth.allowedOrigins,
      sessionHours: auth.sessionHours,
    }),
    basePath: basePath.replace(/\/$/, ''),
    logger: logger ?? stderrLogger(),
  });
}

/** @throws INVALID_CONFIGURATION */
export function checkOptions(options: Options): z.output<typeof optionsSchema> {
  return requireValid(optionsSchema, options);
}

function drillSettings({ timeoutMinutes, ...drill }: z.output<typeof optionsSchema>['drill']): DrillSettings {
  if (drill.url !== undefined) requireUsable({ connectionString: drill.url }, 'drill.url');
  return {
    ...drill,
    timeoutMs: timeoutMinutes * 60_000,
  };
}

/** @throws INVALID_CONFIGURATION when the driver cannot read the target; its own error would show the password */
function requireUsable(target: ConnectionTarget, option: string): void {
  try {
    clientConfig(target);
  } catch (error) {
    // A certificate that the connection string names.
    const { code, path } = error as NodeJS.ErrnoException;
    const problem =
      path === undefined
        ? 'is not a connection string the driver can read'
        : `${path} cannot be read: ${code}`;
    throw new HoldfastError('INVALID_CONFIGURATION', `${option}: ${problem}`, {
      hint: 'Use postgres://user:password@host:5432/database, with special characters percent-encoded.',
    });
  }
}

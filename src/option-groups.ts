import type { ConnectionTarget } from './postgres/connection.ts';

/** One of several databases. */
export interface DatabaseOptions {
  /** A connection string, or the connection options of the driver. */
  url: string | ConnectionTarget;
  /** The address of the server itself, if `url` is that of a pooler that shares connections. */
  directUrl?: string | ConnectionTarget;
  /** Where backups are written: a name of `stores`, or an address. Default: the `store` of all, in a place of its own. */
  store?: string;
  /** Where each backup is copied to. Default: the `copyTo` of all, in a place of its own. */
  copyTo?: string | string[];
}

/** A rule for the databases of one server. In a pattern `*` means anything. */
export interface EnrolOptions {
  /** The address of any database of the server; its role must be able to connect to all. Default: that of the first database. */
  server?: string | ConnectionTarget;
  /**
   * Names of databases that are protected as soon as they are there: with tables of their own, and the schedules and channels of
   * the first database. Default none.
   */
  include?: string | string[];
  /** Names of databases that are neither enrolled nor called unprotected. Default none. */
  exclude?: string | string[];
}

/** Several databases with one Holdfast. */
export interface SeveralOptions {
  /**
   * Several databases by name, instead of `database`: `{shop: 'postgres://…', crm: 'postgres://…'}`. Calls are about the first one where
   * they name none. Each has its own backups, schedules, retention, stores and health.
   */
  databases?: Record<string, string | DatabaseOptions>;
  /**
   * A database for Holdfast's own tables and its store `database:`, where they are not to be in the protected one: it then need
   * not answer for its backups to be seen and restored. Default: the protected database itself.
   */
  catalog?: string | ConnectionTarget;
  /** Databases that are protected by a rule. */
  enrol?: EnrolOptions;
  /** How many runs this process performs at once, over all its databases; a restore does not wait. Default 4 with several, no limit with one. */
  maxRuns?: number;
}

/** What is wanted of recovery. */
export interface TargetOptions {
  /** Recovery point: how old the newest good backup outside the database may be, in hours. Default: no target. */
  rpoHours?: number;
  /** Recovery time: how long a restore of everything may take, in minutes. Default: no target. */
  rtoMinutes?: number;
}

/** Which rows belong to which tenant, for restores of one. */
export interface TenantOptions {
  /**
   * The column that says whose a row is, such as `tenant_id`. Rows of tables without it are theirs where they refer to theirs by
   * foreign keys; so is the row that the column itself refers to. Default: no tenants.
   */
  column?: string;
  /** Tables that are shared by tenants all the same. Default none. */
  except?: string[];
}

/** What restores of rows keep of what they replace, so that they can be undone. */
export interface KeptRowsOptions {
  /** How many bytes; where a restore replaces more, the whole tables are backed up first. Default 64 MiB; 0 for always. */
  maxBytes?: number;
  /** For how many days. Default 30. */
  days?: number;
}

/** What a second actor must approve before it is done. See docs/OPERATIONS.md. */
export interface FourEyesOptions {
  /**
   * `restore`: over what there is. `delete`: of backups. `retention`: keeping less. `stores`: forgetting one. It holds for all processes
   * that use the same tables, once one with it has started. Default: as it was set before; at first nothing.
   */
  operations?: ('restore' | 'delete' | 'retention' | 'stores')[];
  /** Within how many hours it must be approved and made again. Default 24. */
  hours?: number;
}

import type { Logger } from '../base/logger.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { DrillCheck } from '../engine/drill/checks.ts';
import type { LiveSchema } from '../engine/plan/live-schema.ts';
import type { Pool } from '../postgres/pool.ts';
import type { ActiveRun } from './active-run.ts';
import type { Databases } from './databases.ts';
import type { Gate } from './gate.ts';
import type { Listening } from './listening.ts';
import type { ReadLocks } from './read-locks.ts';
import type { RecoveryTargets } from './recovery.ts';
import type { RunKeys } from './run-keys.ts';
import type { Stores } from './stores.ts';
import type { WarmScratches } from './warm-scratches.ts';

export interface RunSettings {
  /** Runs that may wait at once. */
  readonly maxQueued: number;
  /** Downloads of this process at once. */
  readonly maxDownloads: number;
  /** A download ends when its reader takes nothing for this time. */
  readonly downloadIdleMs: number;
  readonly jobs: number;
  /** How many machines may work on one run, where its order does not say. */
  readonly maxWorkers: number;
  readonly compressionLevel: number;
  readonly lockTimeoutMs: number;
  /** How often a process with nothing to do looks whether there is something; null for never. */
  readonly idlePollMs: number | null;
  /** From one self-test of a store outside the database to the next; 0 for never. */
  readonly storeTestHours: number;
  /** In how many days each store is read once, a part of it each day; 0 for never. */
  readonly scrubDays: number;
  /** Within how many days what has not changed is read again; 0 for never. */
  readonly rereadDays: number;
  readonly drill: DrillSettings;
  readonly tenants: TenantRule;
  readonly keptRows: KeptRowsRule;
  readonly targets: RecoveryTargets;
  /** The address of the page, with a slash at its end, for messages; undefined where no origin is configured. */
  readonly pageUrl?: string | undefined;
  /** What the database is called among several; undefined where it is the only one. */
  readonly called?: string | undefined;
}

/** What restores of rows keep of what they replace. */
export interface KeptRowsRule {
  /** Of more the whole tables are backed up first. */
  readonly maxBytes: number;
  readonly days: number;
}

/** Which rows belong to which tenant. */
export interface TenantRule {
  /** Undefined where there are no tenants. */
  readonly column?: string | undefined;
  readonly except: readonly string[];
}

/** How and when backups are proved by restoring them. */
export interface DrillSettings {
  /** The scratch server. */
  readonly url?: string | undefined;
  /** Whether a server of our own may be started. */
  readonly embedded: boolean;
  /** Whether a scratch database may be made on the server of the source. */
  readonly sameServer: boolean;
  readonly checks: readonly DrillCheck[];
  /** From one drill to the next; 0 for never. */
  readonly everyDays: number;
  readonly timeoutMs: number;
}

/** What every job works with. */
export interface RunContext {
  readonly databases: Databases;
  readonly catalog: Catalog;
  /** The protected database, for short questions; the pool of the catalog where that is in it. */
  readonly source: Pool;
  readonly stores: Stores;
  readonly settings: RunSettings;
  readonly logger: Logger;
  /** Whether this process performs runs, or only orders them. */
  readonly works: boolean;
  /** The runs of this process, as `backup:12`. */
  readonly active: Map<string, ActiveRun>;
  /** Runs that this process has ordered and not yet performed, as `backup:12`. */
  readonly ordered: Set<string>;
  /** Of runs that this process has ordered with one. */
  readonly keys: RunKeys;
  /** Of the live database, for plans. */
  readonly liveSchema: LiveSchema;
  /** Of backups that are downloaded by this process. */
  readonly readLocks: ReadLocks;
  /** Databases that questions are asked of. */
  readonly scratches: WarmScratches;
  /** Downloads under way in this process. */
  downloads: number;
  /** Whether it looks for runs itself. */
  listening: boolean;
  /** Aborted when the system stops; nothing starts from then on. */
  readonly stopping: AbortSignal;
  /** Limits what this process performs at once, in all its databases. */
  readonly gate: Gate;
  /** Where several catalogs are in one database, the connection that listens for all of them. */
  readonly sharedListening?: Listening | undefined;
  /** Names of databases of the same servers that no Holdfast of ours protects; where there are several databases, the first asks. */
  readonly unprotected?: (() => Promise<string[]>) | undefined;
  /** What time it is for schedules, where that is not the database's: a test lives through a year in seconds. */
  readonly now?: () => Date;
}

/** What comes from outside; the rest belongs to one process and begins empty. */
export type GivenContext = Omit<
  RunContext,
  | 'active'
  | 'ordered'
  | 'keys'
  | 'readLocks'
  | 'liveSchema'
  | 'scratches'
  | 'downloads'
  | 'stopping'
  | 'listening'
>;

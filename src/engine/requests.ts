import type { OwnObjects } from './run.ts';

export interface BackupRequest {
  /** The backup's name in the store. */
  uuid: string;
  type: 'full' | 'partial';
  /** `table`, `schema.table`, `schema.*`; empty for everything. */
  tables: string[];
  /** Connections that read data at once. */
  jobs: number;
  /** zstd level, 1 to 19. */
  compressionLevel: number;
  /** Bound for waiting on ACCESS SHARE locks, in milliseconds. */
  lockTimeoutMs: number;
  own: OwnObjects;
  /** Of the run, for the store to write no manifest of one that is somebody else's by now. */
  fence?: number;
}

export type RestoreTarget = { mode: 'in-place' } | { mode: 'new-database'; database: string };

export interface RestoreRequest {
  restoreType: 'full' | 'partial';
  /** Same patterns as in a backup; empty for everything in the backup. */
  tables: string[];
  target: RestoreTarget;
  /** What happens when a live table's columns differ from the backup's. */
  onDrift: 'fail';
  /** Whether owners and privileges are restored; without them everything belongs to the restoring role. */
  owners: boolean;
  /** A materialised view whose refresh fails: ends the restore, or stays without rows and is listed. */
  onRefreshFailure: 'fail' | 'leave-empty';
  /** Rows that violate a foreign key or CHECK: end the restore, or the constraint is NOT VALID and listed. */
  onInvalid: 'fail' | 'not-valid';
  /** Extensions that are left out, with what needs them. */
  withoutExtensions: string[];
  /** Whether the plan has the SQL that would be run. */
  statements?: boolean;
  jobs: number;
  lockTimeoutMs: number;
  own: OwnObjects;
  /** Called with the name that a new database has until it is whole, before it is made. */
  onBuilding?: (database: string) => Promise<void>;
  /**
   * Called inside the transaction that makes the restore take effect, as the last thing in it: what it writes on the
   * connection and what the restore has done are committed together. @throws to undo both
   */
  record?: (report: RestoreReport, connection: RestoreConnection) => Promise<void>;
}

export interface RestoreConnection {
  query(text: string, values: unknown[]): Promise<readonly unknown[]>;
}

export interface TablePlan {
  /** `schema.name`. */
  table: string;
  /** `replace` rows of an existing table, `create` a missing one. */
  action: 'replace' | 'create';
  rowsInBackup: number;
  /** Exact below a million by the planner's estimate, else that estimate; null for a missing table. */
  rowsNow: number | null;
  rowsNowIsEstimate: boolean;
}

export interface Drift {
  table: string;
  /** One difference in words: `column "price" is integer in the database and numeric(10,2) in the backup`. */
  difference: string;
}

/** What a restore would do, before it does it. */
export interface RestorePlan {
  target: RestoreTarget;
  /** In place: in what the database of the backup is another than this one; null when it is this one. */
  otherDatabase: string | null;
  /** The SQL of the backup in the order in which it would be run, where that was asked for. */
  statements?: string[];
  tables: TablePlan[];
  drift: Drift[];
  missingRoles: string[];
  /** Extensions that would have to be created and cannot be. */
  missingExtensions: string[];
  /** Why: `pg_cron: the server does not offer it`. */
  extensionProblems: string[];
  /** Schema objects of the backup that are missing in the database and would be created: `INDEX public.orders_by_day`. */
  create: string[];
  /** What the backup has and the restore does not make, and why: `TABLE cron.job: needs the extension pg_cron`. */
  leftOut: string[];
  /** Objects that are defined in another way than in the backup, and stay as they are: `VIEW public.v is defined differently`. */
  differs: string[];
  /** Objects that the backup does not have; they stay as they are. */
  extra: string[];
  /** Foreign keys that are dropped and added again, which proves them; `schema.table constraint`. */
  foreignKeys: string[];
  /** What nobody else can read or write from the first row to the commit. Empty where nothing is locked. */
  locks: string[];
  /** Size of the rows as COPY text. */
  rawBytes: number;
  /** Plain sentences a careful operator wants to know. */
  warnings: string[];
}

export interface RestoreReport {
  target: RestoreTarget;
  tables: { table: string; rows: number; expectedRows: number }[];
  rows: number;
  rawBytes: number;
  created: string[];
  largeObjects: number;
  sequences: number;
  /** Materialised views that stayed without rows, because their refresh failed. */
  leftEmpty: string[];
  /** Constraints that are NOT VALID, because rows violate them or they could not be checked. */
  notValid: string[];
  /** As in the plan, with what showed only on the way. */
  leftOut: string[];
  warnings: string[];
  /** Milliseconds by phase. */
  phaseMs: Record<string, number>;
}

import type { z } from 'zod';
import type { restoreBody, RestoreReport } from '../contract/restore.ts';
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

/** What a restore brings back and how: the fields of the contract's `RestoreBody`, and what the caller brings. */
export interface RestoreRequest extends Pick<
  z.output<typeof restoreBody>,
  | 'restoreType'
  | 'tables'
  | 'target'
  | 'onDrift'
  | 'owners'
  | 'onRefreshFailure'
  | 'onInvalid'
  | 'withoutExtensions'
> {
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

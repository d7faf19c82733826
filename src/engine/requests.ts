/*
 * engine/ owns backup, plan, restore, download, verification and sweep, as functions of a server and a store. It
 * never knows our own rows, schedules, HTTP or the command line.
 */
import type { z } from 'zod';
import type { restoreBody } from '../contract/restore.ts';
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
  /** Fence of the run: the store writes no manifest for a run that another process has taken over. */
  fence?: number;
}

/** What a restore brings back and how: fields of the contract's `RestoreBody`, and settings of the installation. */
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
  | 'allowOtherDatabase'
> {
  jobs: number;
  lockTimeoutMs: number;
  own: OwnObjects;
}

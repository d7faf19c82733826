/*
 * engine/ owns backup, plan, restore, download, verification, copy and sweep, as functions of a server and stores. It
 * never knows our own rows, schedules, HTTP or the command line.
 */
import type { z } from 'zod';
import type { AdaptWishes } from '../contract/adapt.ts';
import type { BackupType, Passwords } from '../contract/backup-type.ts';
import type { ChosenRows } from '../contract/chosen-rows.ts';
import type { restoreBody } from '../contract/restore.ts';
import type { RestoreContent } from '../contract/restore-depth.ts';
import type { UndoneRestore } from '../contract/undo.ts';
import type { BackupHeader } from '../format/backup-document.ts';
import type { About } from '../format/root.ts';
import type { SnapshotInfo } from '../postgres/snapshot.ts';
import type { OwnObjects } from './run.ts';
import type { LeadPlace } from './sharing/sharing.ts';

/** The place of a backup among those of its store: what of a header is about the store. */
export interface BackupPlace {
  /** The id of the store. */
  store: string;
  counter: number;
  /** Hash of the header before. */
  previous: string | null;
  /** How far the audit of the catalog has come. */
  audit?: BackupHeader['audit'];
}

/** A document that has its place and is not in the store yet. */
export interface PlacedBackup {
  /** SHA-256 of its header, hex. */
  headerHash: string;
  put(): Promise<void>;
}

/** What backups have found out about some of the ranges of a table; src/engine/backup/known-ranges.ts says what that is. */
export interface KnownPiece {
  table: number;
  piece: number;
  content: Uint8Array;
}

/** Which row version each line of a range is; src/engine/backup/row-map.ts says what that is. */
export interface KnownRowMap {
  table: number;
  fromBlock: number;
  content: Uint8Array;
}

/** Where that is kept, for one store and one database. */
export interface KnownPlace {
  load(): Promise<KnownPiece[]>;
  save(pieces: readonly KnownPiece[]): Promise<void>;
  /** Those of these ranges that are kept, in any order. */
  loadMaps(ranges: readonly Pick<KnownRowMap, 'table' | 'fromBlock'>[]): Promise<KnownRowMap[]>;
  saveMaps(maps: readonly KnownRowMap[]): Promise<void>;
  /** Forgets tables that are not among these. */
  keepOnly(tables: readonly number[]): Promise<void>;
}

export interface BackupRequest {
  /** The backup's name in the store. */
  uuid: string;
  type: BackupType;
  /** `table`, `schema.table`, `schema.*`; empty for everything. */
  tables: string[];
  /** Of globals: which passwords it has. Default: none */
  passwords?: Passwords;
  /** Connections that read data at once. */
  jobs: number;
  /** zstd level, 1 to 19. */
  compressionLevel: number;
  /** Bound for waiting on ACCESS SHARE locks, in milliseconds. */
  lockTimeoutMs: number;
  own: OwnObjects;
  /** Where it is kept what earlier backups of this database into this store have found out; nothing is reused without. */
  known?: KnownPlace;
  /** Whether everything is read, whatever is known. */
  full?: boolean;
  /**
   * Within how many days each range is read again although nothing in it has changed, and compared with what was called equal; 0
   * for never. Default: 0
   */
  rereadDays?: number;
  /** Where other machines can join; it reads alone without. */
  shared?: LeadPlace;
  /** Called when there is a snapshot that others can read in, until `inPlace` has been called. */
  onSnapshot?: (snapshot: SnapshotInfo) => void;
  /** How it came about, for a catalog that is made again from the store. */
  about?: About;
  /**
   * Gives the backup its place among those of the store, and puts it, while no other one of this store is put.
   * Default: the first of its store.
   */
  inPlace?: (at: (place: BackupPlace) => PlacedBackup) => Promise<void>;
  /** Fence of the run: the store writes no manifest for a run that another process has taken over. */
  fence?: number;
  /** The backup before it, which is expected to be of the same database. */
  before?: BackupBefore | undefined;
}

export interface BackupBefore {
  id: number;
  /** See `databaseKeyOf`. */
  source: string;
}

/** Which rows a restore brings back, and how. */
export type RowsRequest = ChosenRows | TenantRequest;

/** Every row of one tenant. */
export interface TenantRequest extends Pick<ChosenRows, 'onConflict' | 'withParents'> {
  /** What becomes of live rows of theirs that the backup does not have. */
  newRows: 'keep' | 'remove';
  tenant: {
    /** What the column has in their rows. */
    id: string | number;
    column: string;
    /** Names of tables that are shared although they have the column, or refer to theirs. */
    except: readonly string[];
  };
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
  /** What of the tables. Default: all */
  content?: RestoreContent;
  /** The schema in which the tables are made beside the live ones. Default: none */
  intoSchema?: string | null;
  /** The other name that the one table is made under. Default: none */
  as?: string | null;
  /** With `onDrift: "replace"`: whether what came since is dropped. Default: false */
  dropNew?: boolean;
  /** With `restoreType` rows. */
  rows?: RowsRequest | undefined;
  /** With `onDrift: "adapt"`: what cannot be known from the two forms of a table. */
  adapt?: Partial<AdaptWishes>;
  /** What is undone, when the backup is the safety backup of a restore. */
  undone?: UndoneRestore | undefined;
  jobs: number;
  lockTimeoutMs: number;
  own: OwnObjects;
  /** Roles of the backup that become other ones; only into a new database. Default: none */
  roleMap?: Readonly<Record<string, string>>;
  /** Default: fail */
  onMissingTablespace?: 'fail' | 'default';
  /** Which versions of extensions are made; `same` only into a new database. Default: newest */
  extensionVersions?: 'newest' | 'same';
}

/*
 * rows/ owns bringing back chosen rows: finding them in a backup with what hangs on them, comparing them with the live
 * ones, the plan, putting them there, and keeping what they replace so that it can be put back. It never empties a table, and
 * never changes a row that the plan did not count.
 */
import type { ManifestColumn, ManifestTable } from '../../format/manifest.ts';
import type { QualifiedName } from '../../postgres/identifiers.ts';
import type { Reference } from '../../postgres/inspect/references.ts';
import type { UniqueKey } from '../../postgres/inspect/unique-keys.ts';
import type { Session } from '../../postgres/wire/session.ts';

/** A live table that takes rows, with the tables of the backup that hold its rows: of a partitioned table its partitions. */
export interface RowTable extends QualifiedName {
  oid: number;
  partitioned: boolean;
  /** Its oid and those of its partitions. */
  relations: number[];
  /** Empty for a table that the backup does not have. */
  parts: ManifestTable[];
  /** Those whose values are stored: all but the generated ones. */
  columns: ManifestColumn[];
  /** Of stored columns. */
  keys: UniqueKey[];
  /** By which rows of the backup and live ones are the same. */
  key: UniqueKey | undefined;
}

/** A foreign key between two of them, each of whose columns is stored. */
export interface RowReference extends Reference {
  from: RowTable;
  to: RowTable;
}

/** The rows of one table that are brought back, in temporary tables of a session. */
export interface GatheredRows {
  table: RowTable;
  /** Quoted; they have the columns of the table, and the two of `place`. */
  rows: string;
  candidates: string;
  /** Quoted names of columns: the place of a row in the backup, and the round in which it was gathered. */
  ordinal: string;
  round: string;
  count: number;
  /** Rows that are to go, in another such table with the columns of the live one: none is among `rows` by its key. */
  removed?: string;
}

export interface Gathered {
  /** Those that have rows, the table that was asked for first. */
  sets: GatheredRows[];
  /** Every foreign key from or to one of their tables. */
  references: RowReference[];
  /** Looks again which live rows are to go, and puts them into `removed` of each set; undefined where none is to. */
  findRemoved?: ((session: Session) => Promise<void>) | undefined;
  /** Of a tenant: tables that their rows refer to and that are not theirs. */
  shared: RowTable[];
  /** And how many live rows of theirs are not in the backup, where that was asked. */
  came: { table: RowTable; count: number }[];
  rangesRead: number;
  ranges: number;
}

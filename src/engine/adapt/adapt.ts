/*
 * adapt/ owns how rows of a backup fit a live table of another form: which column goes where, which types take the values of
 * which, what is put in, what is left out, and how what was loaded is read back to be compared. It never changes anything on a
 * server, and decides nothing about tables of the same form.
 *
 * Rows go by COPY straight into the live table: of every type change that is allowed, either the text of the old type is read by
 * the new one as the value that a cast gives, or it is rewritten here so that it is. docs/decisions has the reasons.
 */
import type { ManifestTable } from '../../format/manifest.ts';
import type { QualifiedName } from '../../postgres/identifiers.ts';
import type { Conversion } from './type-changes.ts';

/** A value as the server writes it, in the column of today and in the type of the backup; null for NULL. */
export interface PutIn {
  text: string | null;
  readBack: string | null;
}

/** A stored column of the backup. */
export interface AdaptedColumn {
  from: string;
  /** Its name today; null where its values are left out. */
  to: string | null;
  conversion: Conversion;
  /** Instead of NULL. */
  whenNull: PutIn | null;
  /** Values that become others. */
  values: Record<string, PutIn>;
  /** The expression of today's column that gives the values of the backup back. */
  readBack: string;
}

/** How the rows of one table of a backup go into a live one. A plain value: equal ones do the same. */
export interface Adaptation {
  target: QualifiedName;
  /** Whether the live table is partitioned, and where its rows go is for the server to decide. */
  partitioned: boolean;
  /** In the order of the backup's lines. */
  columns: AdaptedColumn[];
  /** Columns of today that get one value in each row. */
  filled: { name: string; value: PutIn }[];
  /** What becomes of the rows, in words. */
  changes: string[];
  warnings: string[];
}

/** What is asked of one table, by the names of the columns. */
export interface TableWishes {
  /** As text; null for NULL. */
  fill: ReadonlyMap<string, string | null>;
  renames: ReadonlyMap<string, string>;
  dropColumns: ReadonlySet<string>;
  values: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

/** Either how it is done, or why it is not. */
export type Fitting = { adaptation: Adaptation } | { reasons: string[] };

/** What is known of the backup's table beside its columns. */
export interface FormThen {
  table: ManifestTable;
  /** Columns of its primary key and of other unique keys without NULL. */
  uniqueKeys: readonly (readonly string[])[];
}

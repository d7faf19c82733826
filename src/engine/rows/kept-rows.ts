import type { Evaluation } from '../plan/evaluation.ts';
import { steadyStatement } from '../plan/evaluation.ts';
import type { QualifiedName } from '../../postgres/identifiers.ts';
import type { Session } from '../../postgres/wire/session.ts';
import type { RowsRequest } from '../requests.ts';
import { imageText, liveRows, sameImage, sameKey } from './columns.ts';
import { hasRemoved, removedRows } from './removal.ts';
import type { GatheredRows, RowTable } from './rows.ts';

/** A table as it was when rows of it were kept: they can be put back while it has this form. */
export interface KeptForm extends QualifiedName {
  columns: { name: string; type: string; collation: string | null }[];
  /** The columns by which rows were the same; null where there was no key. */
  key: string[] | null;
}

/** A table of which rows were kept. */
export interface KeptTable extends KeptForm {
  rows: number;
}

/** Where a restore keeps the rows that it replaces and writes, in the database itself: they are there exactly when it commits. */
export interface KeptRowsPlace {
  /** @param query gives `before` and `written` of each row, as texts; NULL where there was none, and where none is */
  keep(session: Session, form: KeptForm, query: string): Promise<{ rows: number; bytes: number }>;
}

/** Rows that a restore has kept. */
export interface KeptRows {
  tables: readonly KeptTable[];
  /** A query that gives `before` and `written` of the rows of one of them. */
  queryOf(place: number): string;
}

export function formOf(table: RowTable): KeptForm {
  return {
    schema: table.schema,
    name: table.name,
    columns: table.columns.map(({ name, type, collation }) => ({ name, type, collation })),
    key: table.key?.columns ?? null,
  };
}

/** What a merge would change: each row as it is and as it will be. */
function changesQuery(set: GatheredRows, onConflict: RowsRequest['onConflict']): string {
  const { table, rows } = set;
  const written = imageText(table, 's');
  const put = table.key
    ? `select case when t.ctid is not null then ${imageText(table, 't')} end as before, ${written} as written
         from ${rows} s left join ${liveRows(table)} t on ${sameKey(table, 't', 's')}
        where t.ctid is null${onConflict === 'overwrite' ? ` or not ${sameImage(table, 's', 't')}` : ''}`
    : `select null::pg_catalog.text as before, ${written} as written from ${rows} s`;
  if (!hasRemoved(set)) return put;
  return `${put} union all select ${imageText(table, 't')}, null::pg_catalog.text from ${removedRows(set)}`;
}

/** What a row takes beside its values. */
const bytesOfRow = 64;

/** How many bytes would be kept. */
export async function sizeToKeep(
  session: Session,
  sets: readonly GatheredRows[],
  onConflict: RowsRequest['onConflict'],
): Promise<number> {
  let bytes = 0;
  for (const set of sets) {
    const [row] = await session.query<{ bytes: string }>(
      `select coalesce(pg_catalog.sum(${sizeOf('c')}), 0) as bytes from (${changesQuery(set, onConflict)}) c`,
    );
    bytes += Number(row!.bytes);
  }
  return bytes;
}

/** Of a row with the columns `before` and `written`, as SQL. */
export function sizeOf(alias: string): string {
  return `(${bytesOfRow} + coalesce(pg_catalog.octet_length(${alias}.before), 0) + coalesce(pg_catalog.octet_length(${alias}.written), 0))::pg_catalog.int8`;
}

/**
 * Keeps what a merge is about to change, before it does, under settings of ours: the texts must be read again as they are meant.
 * @returns the bytes
 */
export async function keepRows(
  session: Session,
  place: KeptRowsPlace,
  {
    sets,
    onConflict,
    evaluation,
  }: { sets: readonly GatheredRows[]; onConflict: RowsRequest['onConflict']; evaluation: Evaluation },
): Promise<number> {
  const [ours, theirs] = [steadyStatement(evaluation, 'ours'), steadyStatement(evaluation, 'theirs')];
  if (ours !== '') await session.execute(ours);
  let bytes = 0;
  for (const set of sets) {
    const kept = await place.keep(session, formOf(set.table), changesQuery(set, onConflict));
    bytes += kept.bytes + kept.rows * bytesOfRow;
  }
  if (theirs !== '') await session.execute(theirs);
  return bytes;
}

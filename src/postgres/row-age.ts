import { quoteLiteral, quoteName, type QualifiedName } from './identifiers.ts';
import { rangeBounds, type BlockRange } from './ranges.ts';

/*
 * Which rows of a table a snapshot shows that were written since an earlier one. `xmin` names the transaction that wrote a row
 * version, and outlives freezing; `age` counts from now, the same in one transaction. docs/decisions/0042 says what follows from it.
 */

/** What a range holds. */
export interface RowCount {
  rows: number;
  /** Of these, those that were written since, or perhaps. */
  fresh: number;
}

/**
 * A condition for rows that were written by transactions from `since` on. All before it must have ended when the earlier snapshot
 * was taken; it is the `xmin` of that, and fewer than 2^31 transactions ago.
 */
export function isFresh(since: number): string {
  return `(pg_catalog.age(xmin) <= ${ageOf(since)} and pg_catalog.age(xmin) >= 0)`;
}

/** The condition for the other ones. What is older than 2^31 transactions has an age below nothing. */
export function isOld(since: number): string {
  return `(pg_catalog.age(xmin) > ${ageOf(since)} or pg_catalog.age(xmin) < 0)`;
}

/** As a query of its own, or it would be asked for each row. */
function ageOf(since: number): string {
  return `(select pg_catalog.age(${quoteLiteral(String(since % 2 ** 32))}::pg_catalog.xid))`;
}

/** A query of one value for what `parseRowCount` takes. */
export function rowCountStatement(table: QualifiedName, range: BlockRange, since: number): string {
  return `select pg_catalog.json_build_array(pg_catalog.count(*), pg_catalog.count(case when ${isFresh(since)} then 1 end))::pg_catalog.text
    from only ${quoteName(table)}${rangeBounds(range)}`;
}

/** @param answer the value of `rowCountStatement` */
export function parseRowCount(answer: string): RowCount {
  const [rows, fresh] = JSON.parse(answer) as [number, number];
  return { rows, fresh };
}

/** Both conditions, with a keyword and a space before them. */
export function andWhere(range: BlockRange, condition: string): string {
  const bounds = rangeBounds(range);
  return `${bounds}${bounds === '' ? ' where' : ' and'} ${condition}`;
}

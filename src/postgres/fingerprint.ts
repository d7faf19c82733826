import { quoteIdentifier, quoteName, type QualifiedName } from './identifiers.ts';
import { rangeBounds, type BlockRange } from './ranges.ts';

/**
 * The first column of a primary key, where its smallest and greatest values of a range are worth knowing: to find one
 * row then takes reading one range.
 */
export interface KeyColumn {
  name: string;
  /** How the values are compared: by the type's own order, or by the bytes of their text. */
  order: 'value' | 'bytes';
}

/** What the rows of a range are, without their values. */
export interface Fingerprint {
  rows: number;
  /** Of the names of its row versions, whatever their order. */
  hash: string;
  /** Smallest and greatest value of the key column, as text; null where there is none, or the texts are long. */
  keys: [least: string, greatest: string] | null;
}

/** Texts of keys that are longer together than this are not kept. */
const keyTextLimit = 160;

/**
 * A query of one value for what `parseFingerprint` takes. A row version never changes, and its place and the transaction that
 * made it name it: those of a range with an equal fingerprint are the same ones. `xmin` outlives freezing, and is counted from
 * the fixed point of transaction 3, because `age` counts from now. docs/decisions/0036 has the conditions.
 */
export function fingerprintStatement(table: QualifiedName, range: BlockRange, key: KeyColumn | null): string {
  const values = ['pg_catalog.count(*)', `${hashSql}::pg_catalog.text`];
  if (key) {
    const column = quoteIdentifier(key.name);
    const compared = key.order === 'bytes' ? `${column}::pg_catalog.text collate pg_catalog."C"` : column;
    values.push(
      `pg_catalog.min(${compared})::pg_catalog.text`,
      `pg_catalog.max(${compared})::pg_catalog.text`,
    );
  }
  return `select pg_catalog.json_build_array(${values.join(', ')})::pg_catalog.text from only ${quoteName(table)}${rangeBounds(range)}`;
}

const hashSql = `coalesce(pg_catalog.bit_xor(pg_catalog.hashtidextended(ctid,
  pg_catalog.age(xmin)::pg_catalog.int8 - (select pg_catalog.age('3'::pg_catalog.xid)::pg_catalog.int8))), 0)`;

/** @param answer the value of `fingerprintStatement` */
export function parseFingerprint(answer: string): Fingerprint {
  const [rows, hash, least, greatest] = JSON.parse(answer) as [
    number,
    string,
    (string | null | undefined)?,
    (string | null | undefined)?,
  ];
  const known = least != null && greatest != null && least.length + greatest.length <= keyTextLimit;
  return { rows, hash, keys: known ? [least, greatest] : null };
}

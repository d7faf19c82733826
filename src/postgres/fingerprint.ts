import { quoteIdentifier, quoteLiteral, quoteName, type QualifiedName } from './identifiers.ts';
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
  /** Bounds of the values of the key column, as text: those of a range that was read as a whole are its smallest and greatest; null where there is none, or the texts are long. */
  keys: [least: string, greatest: string] | null;
}

/** Texts of keys that are longer together than this are not kept. */
const keyTextLimit = 160;

/**
 * A query of one value for what `parseFingerprint` takes. A row version never changes, and its place and the transaction that
 * made it name it: those of a range with an equal fingerprint are the same ones. `xmin` outlives freezing, and is counted from
 * the fixed point of transaction 3, because `age` counts from now. docs/decisions/0042 has the conditions.
 */
export function fingerprintStatement(table: QualifiedName, range: BlockRange, key: KeyColumn | null): string {
  const values = ['pg_catalog.count(*)', `${hashSql}::pg_catalog.text`];
  if (key) {
    const compared = comparedKey(key);
    values.push(
      `pg_catalog.min(${compared})::pg_catalog.text`,
      `pg_catalog.max(${compared})::pg_catalog.text`,
    );
  }
  return `select pg_catalog.json_build_array(${values.join(', ')})::pg_catalog.text from only ${quoteName(table)}${rangeBounds(range)}`;
}

/**
 * A query of one value for what `parseKeys` takes: bounds of the keys of a range to which rows came.
 * @param before bounds of the others
 * @param fresh the condition of the rows that came, with its keyword and a space before it
 */
export function keysStatement(
  table: QualifiedName,
  key: KeyColumn,
  before: readonly [least: string, greatest: string],
  fresh: string,
): string {
  const compared = comparedKey(key);
  // A literal takes the type of what it is compared with.
  const collation = key.order === 'bytes' ? ' collate pg_catalog."C"' : '';
  const [least, greatest] = before.map((text) => `${quoteLiteral(text)}${collation}`);
  return `select pg_catalog.json_build_array(least(pg_catalog.min(${compared}), ${least})::pg_catalog.text,
    greatest(pg_catalog.max(${compared}), ${greatest})::pg_catalog.text)::pg_catalog.text from only ${quoteName(table)}${fresh}`;
}

function comparedKey({ name, order }: KeyColumn): string {
  const column = quoteIdentifier(name);
  return order === 'bytes' ? `${column}::pg_catalog.text collate pg_catalog."C"` : column;
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
  return { rows, hash, keys: keysOf(least, greatest) };
}

/** @param answer the value of `keysStatement` */
export function parseKeys(answer: string): Fingerprint['keys'] {
  const [least, greatest] = JSON.parse(answer) as [string | null, string | null];
  return keysOf(least, greatest);
}

function keysOf(least: string | null | undefined, greatest: string | null | undefined): Fingerprint['keys'] {
  const known = least != null && greatest != null && least.length + greatest.length <= keyTextLimit;
  return known ? [least, greatest] : null;
}

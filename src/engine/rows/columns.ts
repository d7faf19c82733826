import { quoteIdentifier, quoteName } from '../../postgres/identifiers.ts';
import type { RowTable } from './rows.ts';

/** `a."id", a."name"`. */
export function columnsOf(alias: string, names: readonly string[]): string {
  return names.map((name) => columnOf(alias, name)).join(', ');
}

export function columnOf(alias: string, name: string): string {
  return `${alias}.${quoteIdentifier(name)}`;
}

/** Whether these columns have the same values, by the operators of a key. */
export function sameValues(
  left: { alias: string; columns: readonly string[] },
  equals: readonly string[],
  right: { alias: string; columns: readonly string[] },
): string {
  const pairs = left.columns.map(
    (name, i) => `${columnOf(left.alias, name)} ${equals[i]} ${columnOf(right.alias, right.columns[i]!)}`,
  );
  return `(${pairs.join(' and ')})`;
}

/** The rows of the live table itself: not those of tables that inherit from it. */
export function liveRows({ partitioned, ...table }: RowTable): string {
  return `${partitioned ? '' : 'only '}${quoteName(table)}`;
}

/** Whether the live row `live` is the one of the backup `saved`, by the key. */
export function sameKey({ key }: RowTable, live: string, saved: string): string {
  if (!key) return 'false';
  return sameValues({ alias: live, columns: key.columns }, key.equals, {
    alias: saved,
    columns: key.columns,
  });
}

/** Whether every value of two rows is the same to the last bit, whatever the type: json and point have no `=`. */
export function sameImage({ columns }: Pick<RowTable, 'columns'>, one: string, other: string): string {
  return sameImageOf(
    columns.map(({ name }) => name),
    one,
    other,
  );
}

/** The whole row as text, which the output functions of its types make and no cast of a user: `before::row` reads it again. */
export function imageText({ columns }: Pick<RowTable, 'columns'>, alias: string): string {
  return `row(${columnsOf(
    alias,
    columns.map(({ name }) => name),
  )})::pg_catalog.text`;
}

/** The same of some columns. */
export function sameImageOf(names: readonly string[], one: string, other: string): string {
  return `pg_catalog.record_image_eq(row(${columnsOf(one, names)}), row(${columnsOf(other, names)}))`;
}

export function noneIsNull(alias: string, names: readonly string[]): string {
  return `(${names.map((name) => `${columnOf(alias, name)} is not null`).join(' and ')})`;
}

import { HoldfastError } from '../../base/errors.ts';
import { sqlState } from '../../postgres/failure.ts';
import { copyLine } from '../../format/copy-fields.ts';
import { displayName, quoteName } from '../../postgres/identifiers.ts';
import { copyInStatement } from '../../postgres/ranges.ts';
import type { Session } from '../../postgres/wire/session.ts';
import { keyValues, type WantedKey } from '../look/key-values.ts';
import { columnOf, columnsOf, liveRows, sameValues } from './columns.ts';
import { isExact, type LineFilter } from './line-filter.ts';
import type { RowTable } from './rows.ts';

/** Keys that rows are looked for by, in a temporary table with the types of the columns. */
export interface WantedKeys {
  filter: LineFilter | undefined;
  /** Whether a row has one of them, as SQL; until other keys are looked for. */
  isWanted(alias: string): string;
}

/** @throws INVALID_REQUEST for keys that are none of this table */
export async function wantedKeys(
  session: Session,
  table: RowTable,
  keys: readonly WantedKey[],
  keyColumn?: string,
): Promise<WantedKeys> {
  const { columns, values } = named(table, keys, keyColumn);
  const keysTable = { schema: 'pg_temp', name: 'holdfast_keys' };
  const name = quoteName(keysTable);
  await session.execute(
    `drop table if exists ${name}; create temporary table ${name} as select ${columnsOf('t', columns)} from ${liveRows(table)} t with no data`,
  );
  const types = columns.map((each) => table.columns.find((column) => column.name === each)!);
  const equals = columns.map((column) => equalsOf(table, column));
  const same = (alias: string): string => sameValues({ alias: 'k', columns }, equals, { alias, columns });
  try {
    // All at once: ten thousand keys would be as many turns.
    await session.copyIn(copyInStatement(keysTable, columns), values.map(copyLine));
    // A type without `=`, such as json, is told before anything is read.
    await session.execute(`select from ${name} k where ${same('k')} limit 0`);
  } catch (error) {
    if (!/^(?:2[23]|42883)/.test(sqlState(error) ?? '')) throw error;
    throw invalid(
      `A key does not fit its column (${columns.join(', ')} of ${displayName(table)}): ${(error as Error).message}.`,
    );
  }
  const texts = types.every(isExact)
    ? await session.query<{ key: string[] }>(
        `select distinct array[${columns.map((column) => `${columnOf('k', column)}::pg_catalog.text`).join(', ')}] as key from ${name} k`,
      )
    : undefined;
  return {
    filter: texts && { columns, values: texts.map(({ key }) => key) },
    isWanted: (alias) => `exists (select from ${name} k where ${same(alias)})`,
  };
}

function named(
  table: RowTable,
  keys: readonly WantedKey[],
  keyColumn: string | undefined,
): { columns: string[]; values: string[][] } {
  const all = keys.map((key) => keyValues(key, keyColumn));
  if (all.some((values) => values === undefined)) {
    throw invalid('The backup does not know which column the keys are of: name it, as in {"id": 5}.');
  }
  const columns = all[0]!.map(({ column }) => column);
  const values = all.map((key) => {
    const byName = new Map(key!.map(({ column, value }) => [column, value]));
    if (byName.size !== columns.length || columns.some((column) => !byName.has(column))) {
      throw invalid('The keys name different columns; all must name the same.');
    }
    return columns.map((column) => {
      const value = byName.get(column);
      if (typeof value === 'string') return value;
      throw invalid(`A key has no value of ${column}: NULL is no key.`);
    });
  });
  const unknown = columns.find((column) => !table.columns.some((each) => each.name === column));
  if (unknown === undefined) return { columns, values };
  throw invalid(`${table.schema}.${table.name} has no column ${unknown} whose values are stored.`);
}

/** The operator by which an index of the table compares the column, else the system's. */
function equalsOf({ keys }: RowTable, column: string): string {
  const key = keys.find(({ columns }) => columns.includes(column));
  return key ? key.equals[key.columns.indexOf(column)]! : 'operator(pg_catalog.=)';
}

function invalid(message: string): HoldfastError {
  return new HoldfastError('INVALID_REQUEST', message, {
    hint: 'Name columns as the backup shows them, with a value for each.',
  });
}

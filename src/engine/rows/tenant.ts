import { HoldfastError } from '../../base/errors.ts';
import type { Session } from '../../postgres/wire/session.ts';
import { selectByPattern } from '../entries/selection.ts';
import type { TenantRequest } from '../requests.ts';
import { liveRows, sameKey } from './columns.ts';
import { rangesHolding } from './line-filter.ts';
import type { LiveTables } from './live-tables.ts';
import type { GatheredRows, RowTable } from './rows.ts';
import type { Scratch } from './scratch.ts';
import { wantedKeys } from './wanted-keys.ts';

/** Which tables have rows of tenants. */
export interface TenantTables {
  /** Those whose rows say themselves whose they are, with the column that does. */
  columnOf: ReadonlyMap<RowTable, string>;
  /** Whether rows of a table are theirs where they refer to theirs. */
  isTheirsByKey(table: RowTable): boolean;
}

/** The rows of one tenant that say themselves whose they are. */
export interface TenantRows {
  sets: GatheredRows[];
  /** How many live rows of theirs each table has that the backup does not have; only those with rows that say so themselves. */
  came: { table: RowTable; count: number }[];
}

/** @throws INVALID_REQUEST where none has the column; TABLES_NOT_FOUND for a table that is excepted and not there */
export function tenantTables(live: LiveTables, { column, except }: TenantRequest['tenant']): TenantTables {
  const tables = [...new Set(live.byOid.values())];
  const excepted = selectByPattern(except, tables);
  const may = (table: RowTable): boolean => table.parts.length > 0 && !excepted.has(table);
  const has = (table: RowTable): boolean => table.columns.some(({ name }) => name === column);
  const columnOf = new Map(
    tables.filter((table) => may(table) && has(table)).map((table) => [table, column]),
  );
  if (columnOf.size === 0) {
    throw new HoldfastError(
      'INVALID_REQUEST',
      `No table that is in this backup and in the database has the column ${column}, which says whose a row is.`,
      { hint: 'Correct the setting tenants.column (HOLDFAST_TENANT_COLUMN).' },
    );
  }
  // The row of the tenant itself.
  for (const { from, to, columns, referenced } of live.references) {
    if (columns.length !== 1 || columns[0] !== column || !may(from) || !may(to) || columnOf.has(to)) continue;
    columnOf.set(to, referenced[0]!);
  }
  return { columnOf, isTheirsByKey: (table) => may(table) && !columnOf.has(table) };
}

/**
 * Reads the rows of a tenant out of the tables that have the column, and out of those that the column refers to.
 * @throws what `allow` throws; INVALID_REQUEST where the id is none
 */
export async function tenantRows(
  session: Session,
  {
    into,
    tables: { columnOf },
    request: { tenant },
    countsNew,
    allow,
  }: {
    into: Scratch;
    tables: TenantTables;
    request: TenantRequest;
    countsNew: boolean;
    allow: (table: RowTable) => Promise<void>;
  },
): Promise<TenantRows> {
  const sets: GatheredRows[] = [];
  const came: TenantRows['came'] = [];
  for (const [table, column] of columnOf) {
    await allow(table);
    const set = await into.of(table);
    const { filter, isWanted } = await wantedKeys(session, table, [{ [column]: tenant.id }]);
    for (const part of table.parts) await into.load(set, part, rangesHolding(part, filter), filter);
    await into.take(set, 0, isWanted('c'));
    await into.clear(set);
    sets.push(set);
    if (!countsNew || !table.key) continue;
    const [row] = await session.query<{ count: string }>(
      `select pg_catalog.count(*) as count from ${liveRows(table)} t
        where ${isWanted('t')} and not exists (select from ${set.rows} s where ${sameKey(table, 't', 's')})`,
    );
    if (Number(row!.count) > 0) came.push({ table, count: Number(row!.count) });
  }
  return { sets, came };
}

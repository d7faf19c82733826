/*
 * sample-shop/ owns the sample data of `holdfast start`, the same on every machine. It never runs in a database of
 * the user.
 */
import { HoldfastError } from '../../base/errors.ts';
import { quoteLiteral } from '../../postgres/identifiers.ts';
import { catalogueRows } from './catalogue-rows.ts';
import { catalogueConstraints, catalogueTables } from './catalogue-tables.ts';
import { orderRows } from './order-rows.ts';
import { orderConstraints, orderTables } from './order-tables.ts';
import { reporting } from './reporting.ts';

/** One connection, not a pool: the shop is made in a transaction. */
interface ShopClient {
  query(sql: string): Promise<unknown>;
}

/** The shop's tables; `visits` is partitioned. */
export const shopTables = [
  'countries',
  'towns',
  'suppliers',
  'categories',
  'products',
  'price_history',
  'warehouses',
  'stock_levels',
  'stock_changes',
  'customers',
  'addresses',
  'coupons',
  'orders',
  'order_lines',
  'payments',
  'shipments',
  'reviews',
  'visits',
] as const;

export interface ShopFigures {
  tables: number;
  partitions: number;
  rows: number;
}

/**
 * Makes the sample shop, a harbour store with a year of trade, in schema public: all of it or nothing.
 * The same rows come out every time. Needs a UTF8 database.
 * @throws INVALID_REQUEST where one of its tables already exists
 */
export async function createSampleShop(client: ShopClient): Promise<ShopFigures> {
  await client.query('begin');
  try {
    // Compiling these long expressions takes far longer than evaluating them.
    await client.query(`set local search_path to public, pg_catalog, pg_temp;
      set local time zone 'UTC'; set local jit to off`);
    await refuseTakenNames(client);
    await client.query(catalogueTables + orderTables);
    await client.query(catalogueRows);
    await client.query(orderRows);
    await client.query(catalogueConstraints + orderConstraints);
    await client.query(reporting);
    const rows = await countRows(client);
    const tables = await countTables(client);
    await client.query('commit');
    return { ...tables, rows };
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  }
}

async function refuseTakenNames(client: ShopClient): Promise<void> {
  const wanted = shopTables.map((table) => quoteLiteral(table)).join(', ');
  const taken = await firstValue(
    client,
    `select string_agg(relname, ', ' order by relname) as value from pg_catalog.pg_class
     where relnamespace = 'public'::regnamespace and relname in (${wanted})`,
  );
  if (taken === null) return;
  throw new HoldfastError('INVALID_REQUEST', `The database already has tables of these names: ${taken}`, {
    hint: 'Make the sample shop in an empty database.',
  });
}

async function countRows(client: ShopClient): Promise<number> {
  const counts = shopTables.map((table) => `(select count(*) from public.${table})`).join(' + ');
  return Number(await firstValue(client, `select (${counts})::text as value`));
}

/** Those that hold rows: each partition is one, as everywhere where Holdfast counts tables. */
async function countTables(client: ShopClient): Promise<{ tables: number; partitions: number }> {
  const count = async (condition: string): Promise<number> =>
    Number(
      await firstValue(
        client,
        `select count(*)::text as value from pg_catalog.pg_class
         where relnamespace = 'public'::regnamespace and relkind = 'r' and ${condition}`,
      ),
    );
  return { tables: await count('true'), partitions: await count('relispartition') };
}

/** The column `value` of the first row. */
async function firstValue(client: ShopClient, sql: string): Promise<string | null> {
  const result = await client.query(sql);
  if (typeof result === 'object' && result !== null && 'rows' in result && Array.isArray(result.rows)) {
    const row: unknown = result.rows[0];
    if (typeof row === 'object' && row !== null && 'value' in row) {
      return typeof row.value === 'string' ? row.value : null;
    }
  }
  throw new Error('the query gave no row');
}

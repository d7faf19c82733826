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

/** The shop's tables; `visits` counts once, whatever its partitions. */
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

/**
 * Makes the sample shop, a harbour store with a year of trade, in schema public: all of it or nothing.
 * The same rows come out every time. Needs a UTF8 database.
 * @throws INVALID_REQUEST where one of its tables already exists
 */
export async function createSampleShop(client: ShopClient): Promise<{ tables: number; rows: number }> {
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
    await client.query('commit');
    // Without statistics the first queries a newcomer tries would be planned blindly.
    await client.query(
      `analyze ${[...shopTables, 'monthly_sales'].map((table) => `public.${table}`).join(', ')}`,
    );
    return { tables: shopTables.length, rows };
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  }
}

async function refuseTakenNames(client: ShopClient): Promise<void> {
  const wanted = shopTables.map((table) => quoteLiteral(table)).join(', ');
  const taken = await firstRow<{ names: string | null }>(
    client,
    `select string_agg(relname, ', ' order by relname) as names from pg_catalog.pg_class
     where relnamespace = 'public'::regnamespace and relname in (${wanted})`,
  );
  if (taken.names === null) return;
  throw new HoldfastError(
    'INVALID_REQUEST',
    `The database already has tables of these names: ${taken.names}`,
    {
      hint: 'Make the sample shop in an empty database.',
    },
  );
}

async function countRows(client: ShopClient): Promise<number> {
  const counts = shopTables.map((table) => `(select count(*) from public.${table})`).join(' + ');
  return Number((await firstRow<{ rows: string }>(client, `select ${counts} as rows`)).rows);
}

async function firstRow<Row>(client: ShopClient, sql: string): Promise<Row> {
  const { rows } = (await client.query(sql)) as { rows: Row[] };
  const [row] = rows;
  if (row === undefined) throw new Error('the server answered without a row');
  return row;
}

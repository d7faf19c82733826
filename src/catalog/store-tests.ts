import type { LastStoreTest, StoreSelfTest } from '../contract/store-test.ts';
import { quoteIdentifier } from '../postgres/identifiers.ts';
import type { Pool } from '../postgres/pool.ts';
import { jsonParameter } from './json.ts';

/** A store by its name, and where it is: a test of another place says nothing about it. */
export interface TestedStore {
  name: string;
  address: string;
}

/** The last self-test of each store, in `system_backup_store_tests`. */
export interface StoreTests {
  /** Of those stores that have one, by name. */
  last(stores: readonly TestedStore[]): Promise<Map<string, LastStoreTest>>;
  /**
   * Of these stores, those whose next test is due; of several processes that ask at once, one gets each.
   * @param hours from one test to the next; one that failed is repeated after an hour at most
   */
  claimDue(stores: readonly TestedStore[], hours: number): Promise<string[]>;
  record(store: TestedStore, result: StoreSelfTest): Promise<void>;
}

interface Row {
  name: string;
  testedAt: Date;
  failingSince: Date | null;
  result: StoreSelfTest;
}

export function storeTests(pool: Pool, schema: string): StoreTests {
  const table = `${quoteIdentifier(schema)}.system_backup_store_tests`;
  const asked =
    'rows from (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[])) as a(name, address)';
  const values = (stores: readonly TestedStore[]): [string[], string[]] => [
    stores.map(({ name }) => name),
    stores.map(({ address }) => address),
  ];
  const isDue = `(t.address <> a.address or t.begun_at <= pg_catalog.now() -
    pg_catalog.make_interval(secs => case when t.failing_since is null then $3 else least($3, 3600) end))`;
  return {
    async last(stores) {
      if (stores.length === 0) return new Map();
      const rows = await pool.query<Row>(
        `select t.name, t.tested_at as "testedAt", t.failing_since as "failingSince", t.result
           from ${table} t join ${asked} on a.name = t.name and a.address = t.address
          where t.tested_at is not null and t.result is not null`,
        values(stores),
      );
      return new Map(
        rows.map(({ name, testedAt, failingSince, result }) => [
          name,
          {
            ...result,
            // One of an earlier version says nothing of that.
            retention: (result as Partial<StoreSelfTest>).retention ?? null,
            testedAt: testedAt.toISOString(),
            failingSince: failingSince?.toISOString() ?? null,
          },
        ]),
      );
    },
    async claimDue(stores, hours) {
      if (stores.length === 0) return [];
      const seconds = hours * 3_600;
      // Most of the time there is none, and then nothing is locked or written.
      const due = await pool.query<TestedStore>(
        `select a.name, a.address from ${asked} left join ${table} t on t.name = a.name
          where t.name is null or ${isDue} order by a.name`,
        [...values(stores), seconds],
      );
      if (due.length === 0) return [];
      const claimed = await pool.query<{ name: string }>(
        `insert into ${table} as t (name, address) select a.name, a.address from ${asked} order by a.name
           on conflict (name) do update set address = excluded.address, begun_at = pg_catalog.now(),
             tested_at = case when t.address = excluded.address then t.tested_at end,
             failing_since = case when t.address = excluded.address then t.failing_since end
           where ${isDue.replaceAll('a.address', 'excluded.address')}
         returning name`,
        [...values(due), seconds],
      );
      return claimed.map(({ name }) => name);
    },
    async record({ name, address }, result) {
      const failing = result.works ? 'null' : 'pg_catalog.now()';
      await pool.query(
        `insert into ${table} as t (name, address, tested_at, failing_since, result)
           values ($1, $2, pg_catalog.now(), ${failing}, $3)
           on conflict (name) do update set address = excluded.address, begun_at = pg_catalog.now(),
             tested_at = excluded.tested_at, result = excluded.result,
             failing_since = case when excluded.failing_since is null then null
               when t.address = excluded.address then coalesce(t.failing_since, excluded.failing_since)
               else excluded.failing_since end`,
        [name, address, jsonParameter(result)],
      );
    },
  };
}

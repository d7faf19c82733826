import type pg from 'pg';
import { openClient } from '../test/support/connect.ts';
import { quoteIdentifier, quoteLiteral } from '../src/postgres/identifiers.ts';
import type { DataSet } from './datasets/dataset.ts';
import type { BenchServer } from './server.ts';

/** Schema of Holdfast's own tables in a data set's database, apart from the data. */
export const ownSchema = 'holdfast';

const prefix = 'holdfast_bench_';
/** Part of the mark on a database; raised when the data sets change, so that old ones are made anew. */
const generation = 1;

export function databaseName(purpose: string): string {
  return prefix + purpose;
}

export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await openClient({ connectionString: url }, { applicationName: 'holdfast bench' });
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export async function createDatabase(server: BenchServer, name: string): Promise<void> {
  await withClient(server.url(), (client) =>
    client.query(`create database ${quoteIdentifier(name)} template template0`),
  );
}

/** Only ever databases of ours: the name must say so. */
export async function dropDatabase(server: BenchServer, name: string): Promise<void> {
  if (!name.startsWith(prefix)) throw new Error(`${name} is not a database of the bench`);
  await withClient(server.url(), (client) =>
    client.query(`drop database if exists ${quoteIdentifier(name)} with (force)`),
  );
}

/** Makes a data set, unless it is there at this scale already. Returns whether it was made. */
export async function provideDataSet(server: BenchServer, set: DataSet, scale: number): Promise<boolean> {
  const name = databaseName(set.name);
  const mark = `holdfast bench: ${set.name}, scale ${scale}, generation ${generation}`;
  const present = await withClient(server.url(), (client) =>
    client.query<{ mark: string | null }>(
      `select shobj_description(oid, 'pg_database') as mark from pg_database where datname = $1`,
      [name],
    ),
  );
  if (present.rows[0]?.mark === mark) return false;
  await dropDatabase(server, name);
  await createDatabase(server, name);
  await withClient(server.url(name), async (client) => {
    // The long expressions that make the rows take longer to compile than to evaluate.
    await client.query('set jit to off');
    await set.make(client, scale);
    await client.query('vacuum analyze');
    await client.query('checkpoint');
    // Last: a half-made data set carries no mark.
    await client.query(`comment on database ${quoteIdentifier(name)} is ${quoteLiteral(mark)}`);
  });
  return true;
}

/**
 * Databases to restore into, a new one for each run. Each goes right after its run, lest autovacuum has work with it
 * while the other side is measured; unless it has thousands of files: for minutes after files were deleted ext4 takes
 * several times as long to make new ones. Those stay until all is measured.
 */
export function restoredDatabases(server: BenchServer, prefix: string, set: DataSet) {
  const names: string[] = [];
  return {
    async next(): Promise<string> {
      const name = databaseName(`${prefix}_${names.length + 1}`);
      await dropDatabase(server, name);
      names.push(name);
      return name;
    },
    latest: (): string | undefined => names.at(-1),
    /** After a run; `last` stays, to be compared with the source. */
    async done(last: boolean): Promise<void> {
      const name = last || set.manyFiles ? undefined : names.pop();
      if (name !== undefined) await dropDatabase(server, name);
    },
    async dropAll(): Promise<void> {
      for (const name of names.splice(0)) await dropDatabase(server, name);
    },
  };
}

export interface Contents {
  rows: bigint;
  tables: Map<string, string>;
}

/** Rows and a checksum of all rows of every table, Holdfast's own left out. */
export async function contentsOf(url: string): Promise<Contents> {
  return await withClient(url, async (client) => {
    await client.query(`set timezone to 'UTC'`);
    const tables = await client.query<{ name: string }>(
      `select format('%I.%I', nspname, relname) as name
       from pg_class join pg_namespace on pg_namespace.oid = relnamespace
       where relkind = 'r' and nspname not like 'pg\\_%' and nspname not in ('information_schema', $1) order by 1`,
      [ownSchema],
    );
    const contents: Contents = { rows: 0n, tables: new Map() };
    for (const { name } of tables.rows) {
      const answer = await client.query<{ rows: string; sum: string | null }>(
        `select count(*) as rows, sum(hashtextextended(t::text, 0)) as sum from ${name} as t`,
      );
      const { rows = '0', sum = null } = answer.rows[0] ?? {};
      contents.rows += BigInt(rows);
      contents.tables.set(name, `${rows} rows, sum ${sum ?? 'none'}`);
    }
    return contents;
  });
}

/** What differs from `expected`; empty when nothing does. */
export function differences(expected: Contents, found: Contents): string[] {
  const names = new Set([...expected.tables.keys(), ...found.tables.keys()]);
  return [...names].flatMap((name) => {
    const [before, after] = [expected.tables.get(name) ?? 'missing', found.tables.get(name) ?? 'missing'];
    return before === after ? [] : [`${name}: ${after} instead of ${before}`];
  });
}

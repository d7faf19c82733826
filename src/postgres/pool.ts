import pg from 'pg';
import { clientConfig, type ConnectionTarget, type OpenOptions } from './connection.ts';
import { databaseFailure, endsConnection, sqlState } from './failure.ts';
import { openLongTextReader, type LongTexts } from './wire/long-text-reader.ts';
import { executeWithLongText } from './wire/long-text.ts';
import { PreparedClient } from './wire/prepared-client.ts';

/** What a repository needs: one statement at a time, on the pool or inside a transaction. */
export interface Queryable {
  /**
   * One statement; its rows, with `bigint` as numbers and `timestamptz` as Date.
   * @throws HoldfastError, see databaseFailure
   */
  query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** One connection inside a transaction. */
export interface Transaction extends Queryable {
  /** See `executeWithLongText` in long-text.ts. */
  executeWithLongText(text: string, values: readonly string[], longText: Uint8Array): Promise<void>;
}

/** A few connections for short statements. Connections that have nothing to do are closed. */
export interface Pool extends Queryable {
  /** Runs `work` on one connection inside a transaction; any error rolls it back. */
  transaction<T>(work: (connection: Transaction) => Promise<T>): Promise<T>;
  /** See `LongTextReader.read`. */
  readLongTexts(texts: LongTexts, keys: readonly string[]): Promise<Map<string, Buffer>>;
  /** Lends one connection. It must come back as it was: no open transaction, no session state. */
  withClient<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T>;
  /** Breaks every connection off: what is under way fails, and the next statement opens another connection. */
  breakOff(): void;
  /** The same for those on which an answer is waited for and whose server process is not at work. */
  breakOffSilent(): void;
  /** Waits a moment for what is under way, then closes every connection. */
  close(): Promise<void>;
}

export interface PoolOptions extends Pick<OpenOptions, 'lockTimeoutMs'> {
  /** Connections at most. */
  max: number;
  applicationName: string;
  /** How long a connection with nothing to do is kept. Default 10 000. */
  idleMs?: number;
}

// Our ids, counts and sizes stay far below 2^53.
const int8 = 20;
const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format) =>
    Number(oid) === int8 ? Number : (pg.types.getTypeParser(oid, format) as (value: string) => unknown),
};

const ignore = (): void => {};
const closeLimitMs = 2_000;

/** What a transaction has locked others wait for: should this process be paused in the middle, the server gives up, not they. */
const beginStatement = `begin; set local idle_in_transaction_session_timeout = '60s'`;

/** What the pool makes and lends. */
type PooledClient = pg.PoolClient & PreparedClient;

export function openPool(target: ConnectionTarget, { max, idleMs = 10_000, ...options }: PoolOptions): Pool {
  const pool = new pg.Pool({
    ...clientConfig(target, options),
    // The pool makes it with these options; its types think that it needs none.
    Client: PreparedClient as unknown as new () => pg.ClientBase,
    types,
    max,
    idleTimeoutMillis: idleMs,
    // A pool nobody uses must not keep a finished program running.
    allowExitOnIdle: true,
  });
  const longTexts = openLongTextReader(target, options);
  // A connection that breaks while idle is simply replaced; without a listener it would end the process.
  pool.on('error', ignore);
  const open = new Set<PooledClient>();
  pool.on('connect', (client) => open.add(client as PooledClient));
  pool.on('remove', (client) => open.delete(client as PooledClient));
  const breakOff = (): void => {
    for (const client of open) client.breakOff();
  };

  async function withClient<T>(work: (client: PooledClient) => Promise<T>): Promise<T> {
    let client: PooledClient | undefined;
    let broken = false;
    let end: Error | undefined;
    // The pool listens on idle clients only, and an error nobody listens to ends the process.
    const noteEnd = (error: Error): void => void (end ??= error);
    try {
      client = (await pool.connect()) as PooledClient;
      client.on('error', noteEnd);
      return await work(client);
    } catch (error) {
      // What the server said as it ended the connection tells more than that it is ended.
      const failure = databaseFailure(
        sqlState(error) === undefined && sqlState(end) !== undefined ? end : error,
      );
      broken = endsConnection(failure);
      throw failure;
    } finally {
      client?.off('error', noteEnd);
      client?.release(broken);
    }
  }

  return {
    withClient,
    query: (text, values) => withClient((client) => rowsOf(client, text, values)),
    transaction: (work) =>
      withClient(async (client) => {
        await client.query(beginStatement);
        try {
          const result = await work({
            query: (text, values) => rowsOf(client, text, values),
            executeWithLongText: (text, values, longText) =>
              executeWithLongText(client, text, values, longText),
          });
          await client.query('commit');
          return result;
        } catch (error) {
          await client.query('rollback').catch(() => {});
          throw error;
        }
      }),
    readLongTexts: (texts, keys) =>
      longTexts.read(texts, keys).catch((error: unknown) => {
        throw databaseFailure(error);
      }),
    breakOff,
    breakOffSilent() {
      for (const client of open) client.lookNow();
    },
    async close() {
      const limit = setTimeout(breakOff, closeLimitMs);
      await longTexts.close();
      await pool.end();
      clearTimeout(limit);
    },
  };
}

async function rowsOf<Row>(
  client: pg.PoolClient,
  text: string,
  values: readonly unknown[] | undefined,
): Promise<Row[]> {
  const result = await client
    .query(text, values === undefined ? undefined : [...values])
    .catch((error: unknown) => {
      throw databaseFailure(error);
    });
  // Several statements in one text, as migrations are, give an array of results.
  return Array.isArray(result) ? [] : (result.rows as Row[]);
}

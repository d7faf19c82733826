import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { silentLogger } from '../../src/base/logger.ts';
import { createBackupSystem, type BackupSystem, type Options } from '../../src/index.ts';
import { openClient } from '../support/connect.ts';
import { testDatabase, type FirstTestDatabase } from '../support/database.ts';

export const token = 'test-token-0123456789';
export const origin = 'http://backup.test';

export interface TestSystem {
  system: BackupSystem;
  api: BackupSystem['api'];
  db: FirstTestDatabase;
  /** Another system on the same database, as a second process would be. */
  another: (options?: Partial<Options>) => BackupSystem;
  /** Calls the HTTP face with the admin token; a `body` that is not a string is sent as JSON. */
  call: (method: string, path: string, options?: CallOptions) => Promise<Reply>;
}

export interface CallOptions {
  body?: unknown;
  headers?: Record<string, string>;
}

export interface Reply {
  status: number;
  headers: Headers;
  /** The body as text. */
  text: string;
  /** The body as JSON; undefined when it is not. */
  // oxlint-disable-next-line typescript/no-explicit-any
  body: any;
}

export interface SystemSetup extends Partial<Options> {
  /** Whether our tables are made. Default true. */
  initialize?: boolean;
  /** SQL that runs first. */
  sql?: string;
}

/** A system on a fresh database; stopped after the test. */
export async function testSystem(t: TestContext, setup: SystemSetup = {}): Promise<TestSystem> {
  const { initialize = true, sql, ...options } = setup;
  const systems: BackupSystem[] = [];
  // Before the database goes.
  t.after(() => Promise.all(systems.map((system) => system.stop())));
  const settings = { auth: { token }, logger: silentLogger, ...options };
  const template = {
    name: JSON.stringify([sql, initialize, options.schema]),
    async fill(database: string) {
      if (sql !== undefined) await onDatabase(database, sql);
      if (!initialize) return;
      const system = createBackupSystem({ ...settings, database });
      await system.api.init();
      await system.stop();
    },
  };
  // What is set on the database itself is not copied with it.
  const copied = (initialize || sql !== undefined) && !/\bdatabase\b/i.test(sql ?? '');
  const db = await testDatabase(t, copied ? { template } : {});
  if (!copied) await template.fill(db.connectionString);
  const another = (more: Partial<Options> = {}): BackupSystem => {
    const system = createBackupSystem({ ...settings, database: db.connectionString, ...more });
    systems.push(system);
    return system;
  };
  const system = another();
  return { system, api: system.api, db, another, call: caller(system) };
}

async function onDatabase(connectionString: string, sql: string): Promise<void> {
  const client = await openClient({ connectionString });
  await client.query(sql);
  await client.end();
}

/** A backup that fails under way, of a second process: its table is locked for longer than that one waits. */
export async function failingBackup(
  { db, another }: Pick<TestSystem, 'db' | 'another'>,
  table: string,
): Promise<void> {
  const { api } = another({ lockTimeoutMs: 200 });
  await db.client.query(`begin; lock table ${table} in access exclusive mode`);
  await assert.rejects(api.createBackup({ wait: true }), { code: 'LOCK_TIMEOUT' });
  await db.client.query('rollback');
}

export function caller(system: BackupSystem): TestSystem['call'] {
  return async (method, path, { body, headers = {} } = {}) => {
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
    const response = await system.fetch(
      new Request(origin + path, {
        method,
        headers: {
          Authorization: `Bearer ${token}`,
          ...(text === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...headers,
        },
        ...(text === undefined ? {} : { body: text }),
      }),
    );
    return reply(response);
  };
}

export async function reply(response: Response): Promise<Reply> {
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson && text !== '' ? JSON.parse(text) : undefined,
  };
}

/** Two tables with a foreign key and some rows. */
export const smallShop = `
  create table customers (id int primary key, name text not null);
  create table orders (id int primary key, customer_id int references customers, amount numeric(10,2));
  insert into customers select n, 'customer ' || n from generate_series(1, 50) n;
  insert into orders select n, 1 + n % 50, n * 1.5 from generate_series(1, 500) n;
`;

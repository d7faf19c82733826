import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import { test } from 'node:test';
import { HoldfastError, type ErrorCode } from '../../src/base/errors.ts';
import { jsonParameter } from '../../src/catalog/json.ts';
import { databaseFailure } from '../../src/postgres/failure.ts';
import { openPool } from '../../src/postgres/pool.ts';
import { openClient } from '../support/connect.ts';
import { testDatabase } from '../support/database.ts';
import { privateServer } from '../support/servers.ts';

test('what the server answers becomes an error of the catalogue', async (t) => {
  const db = await testDatabase(t);
  const pool = openPool(db.target, { max: 2, applicationName: 'test' });
  t.after(() => pool.close());
  const cases: [string, ErrorCode][] = [
    [`do $$ begin raise exception 'x' using errcode = '53100'; end $$`, 'DISK_FULL'],
    [`do $$ begin raise exception 'x' using errcode = '53200'; end $$`, 'SERVER_LIMIT'],
    [`do $$ begin raise exception 'x' using errcode = '54001'; end $$`, 'SERVER_LIMIT'],
    [`do $$ begin raise exception 'x' using errcode = '58030'; end $$`, 'SERVER_FILE_FAILED'],
    [`do $$ begin raise exception 'x' using errcode = 'XX001'; end $$`, 'DATA_CORRUPTED'],
    [`do $$ begin raise exception 'x' using errcode = '40001'; end $$`, 'SERIALIZATION_FAILURE'],
    [`do $$ begin raise exception 'x' using errcode = '40P01'; end $$`, 'DEADLOCK'],
    [`set local transaction read only; create table t ()`, 'READ_ONLY_SERVER'],
    // Nobody here cancelled it, so it is no cancellation.
    [`set local statement_timeout = 10; select pg_sleep(60)`, 'STATEMENT_TIMEOUT'],

    [`do $$ begin raise exception 'x' using errcode = '53300'; end $$`, 'DATABASE_UNREACHABLE'],
    [`do $$ begin raise exception 'x' using errcode = '42501'; end $$`, 'INSUFFICIENT_PRIVILEGE'],
    [`do $$ begin raise exception 'x' using errcode = '28P01'; end $$`, 'DATABASE_AUTHENTICATION'],
    [`do $$ begin raise exception 'x' using errcode = '55P03'; end $$`, 'LOCK_TIMEOUT'],
    [`select pg_terminate_backend(pg_backend_pid())`, 'DATABASE_UNREACHABLE'],
    [`select 1/0`, 'INTERNAL'],
  ];
  for (const [sql, code] of cases) {
    await assert.rejects(pool.query(sql), { name: 'HoldfastError', code }, sql);
  }
  // The pool is none the worse for it.
  assert.deepEqual(await pool.query(`select 9007199254740991::bigint as n, 'x' as t`), [
    { n: 9_007_199_254_740_991, t: 'x' },
  ]);
});

test('what the server advises and tells in detail is kept, but for a row', async (t) => {
  const db = await testDatabase(t);
  const pool = openPool(db.target, { max: 1, applicationName: 'test' });
  t.after(() => pool.close());
  const raise = (state: string): string =>
    `do $$ begin raise exception 'x' using errcode = '${state}', detail = 'the detail', hint = 'the advice'; end $$`;
  await assert.rejects(pool.query(raise('54000')), (error: HoldfastError) => {
    assert.match(error.hint, /Raise it.* The server advises: the advice$/);
    assert.deepEqual(error.details, { sqlState: '54000', detail: 'the detail' });
    return true;
  });
  await assert.rejects(pool.query(raise('23514')), { details: { sqlState: '23514' } });
});

test('a table of locks that is full is told from other memory, whatever the language', async (t) => {
  const { client } = await privateServer(t, {
    settings: { max_locks_per_transaction: '10', max_connections: '10', max_prepared_transactions: '0' },
  });
  const admin = await client();
  await admin.query(
    `do $$ begin for i in 1..2500 loop execute format('create table t%s ()', i); if i % 100 = 0 then commit; end if; end loop; end $$`,
  );
  const failed = await admin
    .query(
      `do $$ begin for i in 1..2500 loop execute format('lock table t%s in share mode', i); end loop; end $$`,
    )
    .catch((error: unknown) => databaseFailure(error));
  assert.ok(failed instanceof HoldfastError);
  assert.equal(failed.code, 'OUT_OF_LOCKS');
  assert.match(failed.hint, /max_locks_per_transaction.*The server advises: .*max_locks_per_transaction/);
});

test('a time limit that ends the connection is named, and the pool takes another connection', async (t) => {
  const db = await testDatabase(t);
  const pool = openPool(db.target, { max: 1, applicationName: 'test' });
  t.after(() => pool.close());
  const limited = pool.transaction(async (connection) => {
    await connection.query('set local idle_in_transaction_session_timeout = 1');
    await new Promise((resolve) => setTimeout(resolve, 200));
    await connection.query('select 1');
  });
  await assert.rejects(limited, { code: 'STATEMENT_TIMEOUT', hint: /idle_in_transaction_session_timeout/ });
  assert.deepEqual(await pool.query('select 1 as one'), [{ one: 1 }]);
});

test('a connection that the server ends inside a transaction does not end the process', async (t) => {
  const db = await testDatabase(t);
  const pool = openPool(db.target, { max: 2, applicationName: 'test' });
  t.after(() => pool.close());
  const broken = pool.transaction(async (connection) => {
    const [row] = await connection.query<{ pid: number }>('select pg_backend_pid() as pid');
    await db.client.query('select pg_terminate_backend($1)', [row!.pid]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await connection.query('select 1');
  });
  await assert.rejects(broken, { code: 'DATABASE_UNREACHABLE' });
  assert.deepEqual(await pool.query('select 1 as one'), [{ one: 1 }]);
});

test('a socket that is not there is a database that cannot be reached, a file that is not there is not', async () => {
  const socket = openClient({ host: '/no/such/folder', port: 5432, user: 'app', database: 'shop' });
  assert.equal(databaseFailure(await socket.catch((error: unknown) => error)).code, 'DATABASE_UNREACHABLE');
  const file = await fs.readFile('/no/such/file').catch((error: unknown) => error);
  assert.equal(databaseFailure(file).code, 'INTERNAL');
});

test('one of ours stays what it is; network errors without a code are known by their words', () => {
  const ours = new HoldfastError('CHUNK_MISSING', 'gone');
  assert.equal(databaseFailure(ours), ours);
  const inner = Object.assign(new Error('connect ECONNREFUSED ::1:5432'), { code: 'ECONNREFUSED' });
  const several = Object.assign(new AggregateError([inner], ''), { code: 'ECONNREFUSED' });
  assert.equal(databaseFailure(several).code, 'DATABASE_UNREACHABLE');
  assert.match(databaseFailure(several).message, /::1:5432/);
  assert.equal(databaseFailure(new Error('Connection terminated unexpectedly')).code, 'DATABASE_UNREACHABLE');
  assert.equal(databaseFailure(undefined).code, 'INTERNAL');
  assert.equal(databaseFailure(new Error('password=hunter2')).message.includes('hunter2'), false);
});

test('whatever an error says can be stored as jsonb', async (t) => {
  const db = await testDatabase(t);
  const value = { message: 'a\0b \ud800 c \\u0000', at: new Date(0), list: ['\0'] };
  const { rows } = await db.client.query('select $1::jsonb as value', [jsonParameter(value)]);
  assert.equal(rows[0].value.message, 'a\ufffdb \ufffd c \\u0000');
});

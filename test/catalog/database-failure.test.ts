import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HoldfastError, type ErrorCode } from '../../src/base/errors.ts';
import { jsonParameter } from '../../src/catalog/json.ts';
import { databaseFailure } from '../../src/postgres/failure.ts';
import { openPool } from '../../src/postgres/pool.ts';
import { testDatabase } from '../support/database.ts';

test('what the server answers becomes an error of the catalogue', async (t) => {
  const db = await testDatabase(t);
  const pool = openPool(db.target, { max: 2, applicationName: 'test' });
  t.after(() => pool.close());
  const cases: [string, ErrorCode][] = [
    [`do $$ begin raise exception 'x' using errcode = '53100'; end $$`, 'STORE_FAILED'],
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

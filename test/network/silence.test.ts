import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openClient } from '../../src/postgres/connection.ts';
import { openPool } from '../../src/postgres/pool.ts';
import { Session } from '../../src/postgres/wire/session.ts';
import { quoteIdentifier } from '../../src/postgres/identifiers.ts';
import { testDatabase } from '../support/database.ts';
import { startProxy, type Fault } from '../support/proxy.ts';
import { privateServer, majorsInTurn } from '../support/servers.ts';
import { until } from '../support/until.ts';

const silenceTimeoutMs = 1_000;

const seen: Record<Fault, RegExp> = {
  stall: /does not answer on another connection either/,
  'half-open': /no process for this connection any more|does not answer|has answered/,
  deaf: /the server says that it (has answered|cannot send its answer)/,
  reset: /ECONNRESET|terminated/,
};
// Most of their time is waiting.
describe('silence', { concurrency: 4 }, () => {
  for (const major of majorsInTurn(4)) {
    test(`a statement that takes several times as long as silence is borne goes on, whoever runs it, on ${major}`, async (t) => {
      const { client, target, freeName } = await testDatabase(t, { major });
      const [plain, login, owner] = [freeName(), freeName(), freeName()];
      for (const role of [plain, owner, login]) {
        await client.query(`create role ${quoteIdentifier(role)} login password 'secret'`);
      }
      await client.query(
        `grant ${quoteIdentifier(owner)} to ${quoteIdentifier(login)};
       alter role ${quoteIdentifier(login)} set role = ${quoteIdentifier(owner)}`,
      );
      const asRole = (user: string): typeof target => ({
        ...target,
        user,
        password: 'secret',
        silenceTimeoutMs,
      });
      for (const each of [{ ...target, silenceTimeoutMs }, asRole(plain), asRole(login)]) {
        const asked = await openClient(each);
        await asked.query('select pg_catalog.pg_sleep(5)');
        await asked.end();
      }
      await client.query(`drop role ${[plain, owner, login].map(quoteIdentifier).join(', ')}`);
    });
  }

  test('waiting for a lock, and a COPY that waits, are no silence', async (t) => {
    const { client, target } = await testDatabase(t);
    await client.query('create table t (i int)');
    await client.query('begin; lock table t in access exclusive mode');
    const session = await Session.open({ ...target, silenceTimeoutMs });
    t.after(() => session.close());
    const written = session.copyIn('copy public.t from stdin', [Buffer.from('1\n')]);
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    await client.query('rollback');
    assert.equal(await written, 1);
  });

  for (const fault of Object.keys(seen) as Fault[]) {
    test(`${fault}: what waits for an answer gets an error that says what the server says`, async (t) => {
      const { client, name, server } = await testDatabase(t);
      const proxy = await startProxy(t, server);
      const target = { ...proxy.target(name), silenceTimeoutMs };
      const pool = openPool(target, { max: 2, applicationName: 'holdfast test' });
      t.after(() => pool.close());
      await pool.query('select 1');
      const session = await Session.open(target);
      proxy.break(fault);
      const code = fault === 'reset' ? 'DATABASE_UNREACHABLE' : 'CONNECTION_STALLED';
      await assert.rejects(pool.query('select 2'), { code, message: seen[fault] });
      if (fault !== 'reset') {
        await assert.rejects(session.query('select 3'), { code, message: seen[fault] });
        // From then on it says so at once.
        await assert.rejects(session.query('select 4'), { code });
      }
      proxy.heal();
      // What was given up here is ended there, too, and the pool goes on.
      await until(async () => {
        const { rowCount } = await client.query(
          `select from pg_stat_activity where datname = current_database() and application_name = 'holdfast'`,
        );
        return rowCount === 0;
      });
      assert.deepEqual(await pool.query('select 5 as five'), [{ five: 5 }]);
    });
  }

  test('a COPY that is read through a network that has stalled, and over TLS', async (t) => {
    const server = await privateServer(t, { ssl: true });
    const proxy = await startProxy(t, { ...server.server, major: server.major });
    const target = {
      ...proxy.target('postgres'),
      silenceTimeoutMs,
      ssl: { ca: server.certificate! },
    };
    for (const ssl of [target.ssl, false]) {
      const session = await Session.open({ ...target, host: 'localhost', ssl });
      let bytes = 0;
      const reading = session.copyOut(
        ['copy (select repeat(i::text, 100) from generate_series(1, 10000000) i) to stdout'],
        {
          data(piece) {
            bytes += piece.length;
            if (bytes > 1_000_000) proxy.break('deaf');
          },
          statementEnd() {},
        },
      );
      await assert.rejects(reading, {
        code: 'CONNECTION_STALLED',
        message: /cannot send its answer \(ClientWrite\)/,
      });
      const other = await server.client();
      await until(async () => {
        const { rowCount } = await other.query(
          `select from pg_stat_activity where application_name = 'holdfast'`,
        );
        return rowCount === 0;
      });
    }
  });

  test('what was sent may be on its way for longer than silence is borne', async (t) => {
    const { client, name, server } = await testDatabase(t);
    await client.query('create table t (line text)');
    const proxy = await startProxy(t, server, { bytesPerSecond: 50_000 });
    const session = await Session.open({ ...proxy.target(name), silenceTimeoutMs });
    t.after(() => session.close());
    // The kernel takes all of it at once.
    const rows = Array.from({ length: 4_000 }, (_, i) => `${i} ${'x'.repeat(100)}\n`).join('');
    assert.equal(await session.copyIn('copy public.t from stdin', [Buffer.from(rows)]), 4_000);
  });
});

import assert from 'node:assert/strict';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { ConnectionTarget } from '../../src/postgres/connection.ts';
import { openClient } from '../support/connect.ts';
import { quoteIdentifier, quoteLiteral } from '../../src/postgres/identifiers.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { contents } from '../support/compare.ts';
import { testDatabase } from '../support/database.ts';
import { privateServer, type PrivateServer } from '../support/servers.ts';
import { assertNoConnections, fails } from './outcomes.ts';
import { runRestore, takeBackup } from './runs.ts';

const certificateFile = path.join(import.meta.dirname, '../support/tls/server.crt');

/** Some 7 MiB of COPY text in rows of every length, so that reads end anywhere in them; and some small tables. */
const data = `
  create table large (id bigserial primary key, text text, bytes bytea);
  insert into large (text, bytes)
    select repeat(md5(i::text), i % 40), decode(repeat(md5((-i)::text), i % 17), 'hex') from generate_series(1, 7000) i;
  create table huge (id int primary key, text text);
  insert into huge select i, (select string_agg(md5((i * j)::text), E'\\t\\n') from generate_series(1, 20000) j)
    from generate_series(1, 2) i;
  create table "odd ""name"" é" (a int references huge, "b c" text);
  insert into "odd ""name"" é" select 1 + i % 2, 'line' || chr(10) || 'é' || i from generate_series(1, 500) i;
  create table empty (a int);
`;

/** A backup and both restores by this way in, compared by another one. */
async function wholeWay(
  way: ConnectionTarget,
  admin: ConnectionTarget,
  client: pg.Client,
  database: string,
  jobs: number,
): Promise<void> {
  const store = memoryStore();
  const manifest = await takeBackup(way, store, { jobs });
  assert.equal(manifest.totals.rows, 7000 + 2 + 500);
  assert.ok(manifest.totals.rawBytes > 6 * 1024 * 1024, String(manifest.totals.rawBytes));
  const before = await contents(client);
  await client.query(
    `delete from large where id % 3 = 0; update huge set text = 'x'; select nextval('large_id_seq')`,
  );
  await runRestore(way, store, manifest, { target: { mode: 'in-place' }, jobs });
  assert.deepEqual(await contents(client), before);
  await runRestore(way, store, manifest, { target: { mode: 'new-database', database }, jobs });
  const other = await openClient({ ...admin, database });
  assert.deepEqual(await contents(other), before);
  await other.end();
  await assertNoConnections(client);
}

async function tlsServer(t: TestContext): Promise<{ server: PrivateServer; client: pg.Client }> {
  const server = await privateServer(t, { ssl: true });
  const client = await server.client();
  await client.query(data);
  return { server, client };
}

test('through TLS, every connection of it', async (t) => {
  const { server, client } = await tlsServer(t);
  assert.ok(server.certificate);
  const way = { ...server.target(), ssl: { ca: server.certificate } };
  await wholeWay(way, server.target(), client, 'restored', 4);

  // Nobody comes in without it any more.
  await client.query(`
    create function public.only_tls() returns event_trigger language plpgsql as $$ begin
      if not (select ssl from pg_stat_ssl where pid = pg_backend_pid()) then
        raise exception 'no TLS: %', current_setting('application_name');
      end if;
    end $$;
    create event trigger only_tls on login execute function public.only_tls();
    alter event trigger only_tls enable always`);
  const store = memoryStore();
  await fails(takeBackup(server.target(), store), 'DATABASE_UNREACHABLE', /no TLS/);
  const manifest = await takeBackup(way, store);
  await runRestore(way, store, manifest, { target: { mode: 'in-place' }, tables: ['large'] });
  const controller = new AbortController();
  const cancelling = { ...store, getChunks: async () => (controller.abort(), await sleep(200), []) };
  await fails(
    runRestore(way, cancelling, manifest, { target: { mode: 'in-place' } }, { signal: controller.signal }),
    'CANCELLED',
  );
  await assertNoConnections(client);
});

test('through TLS that a connection string or the environment asks for', async (t) => {
  const { server, client } = await tlsServer(t);
  const { port, user, password } = server.server;
  const string = `postgres://${user}:${password}@localhost:${port}/postgres`;
  const query = `sslmode=verify-full&sslrootcert=${encodeURIComponent(certificateFile)}`;
  const admin = server.target();
  await wholeWay({ connectionString: `${string}?${query}` }, admin, client, 'restored', 1);

  const untrusted = { connectionString: `${string}?sslmode=verify-full` };
  await fails(takeBackup(untrusted, memoryStore()), 'DATABASE_UNREACHABLE', /certificate/);

  t.after(() => delete process.env['PGSSLMODE']);
  process.env['PGSSLMODE'] = 'no-verify';
  const manifest = await takeBackup({ connectionString: string }, memoryStore());
  assert.equal(manifest.totals.rows, 7000 + 2 + 500);
});

test('a server without TLS is told from one that is down', async (t) => {
  const db = await testDatabase(t);
  await fails(takeBackup({ ...db.target, ssl: true }, memoryStore()), 'DATABASE_UNREACHABLE', /SSL/);
});

test('through a Unix socket', { skip: process.platform === 'win32' }, async (t) => {
  const db = await testDatabase(t);
  await db.client.query(data);
  const { socketDirectory, port, user, password } = db.server;
  const way = { ...db.target, host: socketDirectory };
  await wholeWay(way, db.target, db.client, db.freeName(), 1);
  const host = encodeURIComponent(socketDirectory);
  const string = `postgres://${user}:${password}@/${db.name}?host=${host}&port=${port}`;
  await wholeWay({ connectionString: string }, db.target, db.client, db.freeName(), 4);
});

test('with a password and a database name that a connection string has to escape', async (t) => {
  const db = await testDatabase(t);
  const odd = await db.createDatabase(`${db.freeName()} %2F"'\\ é`);
  await odd.client.query(data);
  const password = `p@ss:w/o?r#d%20&="'\\ é+;$(x)`;
  const role = `${db.name} @/:%`;
  await db.client.query(
    `create role ${quoteIdentifier(role)} superuser login password ${quoteLiteral(password)}`,
  );
  db.afterwards(`drop role ${quoteIdentifier(role)}`);
  const [user, secret, name] = [role, password, odd.name].map(encodeURIComponent);
  const { host, port } = db.server;
  const way = { connectionString: `postgres://${user}:${secret}@${host}:${port}/${name}` };
  await wholeWay(way, odd.target, odd.client, db.freeName(), 2);

  const wrong = { connectionString: `postgres://${user}:${secret}x@${host}:${port}/${name}` };
  const error = await fails(takeBackup(wrong, memoryStore()), 'DATABASE_AUTHENTICATION');
  assert.ok(!JSON.stringify(error).includes('p@ss'), error.message);
});

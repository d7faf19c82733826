import assert from 'node:assert/strict';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { HoldfastError } from '../../src/base/errors.ts';
import { openClient, type ConnectionTarget } from '../../src/postgres/connection.ts';
import { quoteIdentifier, quoteLiteral } from '../../src/postgres/identifiers.ts';
import { memoryStore } from '../../src/store/memory-store.ts';
import { contents } from '../support/compare.ts';
import { testDatabase } from '../support/database.ts';
import { privateServer, type PrivateServer } from '../support/servers.ts';
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
  assert.equal(await connections(client), 0);
}

/** How many connections of ours the server still has; a closed one may need a moment. */
async function connections(client: pg.Client): Promise<number> {
  for (let attempt = 0; ; attempt++) {
    const { rows } = await client.query<{ n: number }>(
      `select count(*)::int as n from pg_stat_activity where application_name like 'holdfast%'
         and (datname = current_database() or datname is null)`,
    );
    const left = rows[0]?.n ?? -1;
    if (left === 0 || attempt === 100) return left;
    await sleep(20);
  }
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
  await client.query(`create table not_by_tls (application text);
    create function public.note_login() returns event_trigger language plpgsql as $$ begin
      if not (select ssl from pg_stat_ssl where pid = pg_backend_pid()) then
        raise exception 'no TLS: %', current_setting('application_name');
      end if;
    end $$;
    create event trigger only_tls on login execute function public.note_login();
    alter event trigger only_tls enable always`);
  const store = memoryStore();
  await assert.rejects(takeBackup(server.target(), store), /no TLS/);
  const manifest = await takeBackup(way, store);
  await runRestore(way, store, manifest, { target: { mode: 'in-place' }, tables: ['large'] });
  const controller = new AbortController();
  const cancelling = { ...store, getChunks: async () => (controller.abort(), await sleep(200), []) };
  await assert.rejects(
    runRestore(way, cancelling, manifest, { target: { mode: 'in-place' } }, { signal: controller.signal }),
    (error: HoldfastError) => error.code === 'CANCELLED',
  );
  assert.equal(await connections(client), 0);
});

test('through TLS that a connection string or the environment asks for', async (t) => {
  const { server, client } = await tlsServer(t);
  const { port, user, password } = server.server;
  const string = `postgres://${user}:${password}@localhost:${port}/postgres`;
  const query = `sslmode=verify-full&sslrootcert=${encodeURIComponent(certificateFile)}`;
  const admin = server.target();
  await wholeWay({ connectionString: `${string}?${query}` }, admin, client, 'restored', 1);

  await assert.rejects(
    takeBackup({ connectionString: `${string}?sslmode=verify-full` }, memoryStore()),
    (error: HoldfastError) => error.code === 'DATABASE_UNREACHABLE' && /certificate/.test(error.message),
  );

  t.after(() => delete process.env['PGSSLMODE']);
  process.env['PGSSLMODE'] = 'no-verify';
  const manifest = await takeBackup({ connectionString: string }, memoryStore());
  assert.equal(manifest.totals.rows, 7000 + 2 + 500);
});

test('a server without TLS is told from one that is down', async (t) => {
  const db = await testDatabase(t);
  await assert.rejects(
    takeBackup({ ...db.target, ssl: true }, memoryStore()),
    (error: HoldfastError) => error.code === 'DATABASE_UNREACHABLE' && /SSL/.test(error.message),
  );
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
  t.after(async () => {
    const other = await testDatabase(t);
    await other.client.query(`drop role ${quoteIdentifier(role)}`);
  });
  const [user, secret, name] = [role, password, odd.name].map(encodeURIComponent);
  const { host, port } = db.server;
  const way = { connectionString: `postgres://${user}:${secret}@${host}:${port}/${name}` };
  await wholeWay(way, odd.target, odd.client, db.freeName(), 2);

  const wrong = { connectionString: `postgres://${user}:${secret}x@${host}:${port}/${name}` };
  await assert.rejects(takeBackup(wrong, memoryStore()), (error: HoldfastError) => {
    assert.equal(error.code, 'DATABASE_AUTHENTICATION');
    assert.ok(!JSON.stringify(error).includes('p@ss'), error.message);
    return true;
  });
});

import { randomBytes } from 'node:crypto';
import { after, type TestContext } from 'node:test';
import type pg from 'pg';
import type { ConnectionTarget } from '../../src/postgres/connection.ts';
import { openClient } from './connect.ts';
import { quoteIdentifier } from '../../src/postgres/identifiers.ts';
import { assertNothingLeaked } from './leaks.ts';
import type { Major } from './majors.ts';
import { isOwnServer, serverTarget, sharedServer, type TestServer } from './servers.ts';

export interface TestDatabase {
  name: string;
  target: ConnectionTarget;
  connectionString: string;
  /** Open, as superuser; closed after the test. */
  client: pg.Client;
}

export interface FirstTestDatabase extends TestDatabase {
  server: TestServer;
  /** Another empty database on the same server, with a name of its own unless one is given. */
  createDatabase: (name?: string) => Promise<TestDatabase>;
  /** Connects to a database that something else made (a restore), which goes after the test as well. */
  adopt: (name: string) => Promise<TestDatabase>;
  /** SQL that is run when the databases of the test are gone: it drops what they depended on. */
  afterwards: (sql: string) => void;
  /** A name that no database has; whatever gets it goes after the test. */
  freeName: () => string;
}

/**
 * Runs `work` at the end of a test, after what the test registers from now on: that closes what is connected to the
 * database. node:test by itself runs such hooks in the order in which they were registered.
 */
function afterAllOthers(t: TestContext, work: () => Promise<void>): void {
  const others: (() => unknown)[] = [];
  t.after(async () => {
    try {
      for (const other of others) await other();
    } finally {
      await work();
    }
  });
  t.after = (other) => void others.push(other as () => unknown);
}

export interface DatabaseSetup {
  /** Default 18. */
  major?: Major;
  /** What the database holds from the beginning; made once a file for each `name`, and copied for each test. */
  template?: Template;
}

export interface Template {
  /** Equal for those that hold the same. */
  name: string;
  /** Fills an empty database, and leaves no connection to it open. */
  fill: (connectionString: string) => Promise<void>;
}

const templates = new Map<string, Promise<{ server: TestServer; database: string }>>();

after(async () => {
  for (const made of templates.values()) {
    const { server, database } = await made;
    if (isOwnServer(server)) continue;
    await onServer(server, (client) => dropDatabase(server, client, database));
  }
});

async function templateOn(server: TestServer, { name, fill }: Template): Promise<string> {
  const key = JSON.stringify([server.major, name]);
  const make = async () => {
    const database = `template_${process.pid}_${randomBytes(5).toString('hex')}`;
    await copyDatabase(server, 'template0', database);
    await fill(connectionStringOf(server, database));
    return { server, database };
  };
  const made = templates.get(key) ?? make();
  templates.set(key, made);
  return (await made).database;
}

async function copyDatabase(server: TestServer, from: string, to: string): Promise<void> {
  // Copying files takes the server a third of the time of writing them to the log, which is its default since 15.
  const strategy = server.major >= 15 ? 'strategy file_copy' : '';
  await onServer(server, (client) =>
    client.query(`create database ${quoteIdentifier(to)} template ${quoteIdentifier(from)} ${strategy}`),
  );
}

/** A fresh database on the shared server of `major`, empty unless it has a template; dropped after the test. */
export async function testDatabase(
  t: TestContext,
  { major = 18, template }: DatabaseSetup = {},
): Promise<FirstTestDatabase> {
  const server = await sharedServer(major);
  const names = new Set<string>();
  const clients: pg.Client[] = [];
  const last: string[] = [];
  afterAllOthers(t, async () => {
    await Promise.all(clients.map((client) => client.end().catch(() => {})));
    await onServer(server, async (client) => {
      try {
        await assertNothingLeaked(client, [...names]);
      } finally {
        for (const name of names) await dropDatabase(server, client, name);
        for (const sql of last) await client.query(sql);
      }
    });
  });

  const freeName = (): string => {
    const name = `test_${process.pid}_${randomBytes(5).toString('hex')}`;
    names.add(name);
    return name;
  };
  const adopt = async (name: string): Promise<TestDatabase> => {
    names.add(name);
    const target = serverTarget(server, name);
    const client = await openClient(target, { applicationName: 'test' });
    clients.push(client);
    return { name, target, client, connectionString: connectionStringOf(server, name) };
  };
  const createDatabase = async (name = freeName()): Promise<TestDatabase> => {
    names.add(name);
    await copyDatabase(server, 'template0', name);
    return await adopt(name);
  };
  const name = freeName();
  await copyDatabase(server, template ? await templateOn(server, template) : 'template0', name);
  return {
    ...(await adopt(name)),
    server,
    createDatabase,
    adopt,
    freeName,
    afterwards: (sql) => void last.push(sql),
  };
}

function connectionStringOf(server: TestServer, database: string): string {
  const { user, password, host, port } = server;
  return `postgres://${user}:${password}@${host}:${port}/${encodeURIComponent(database)}`;
}

async function onServer<T>(
  server: TestServer,
  work: (client: pg.Client) => Promise<T>,
  database = 'postgres',
): Promise<T> {
  const client = await openClient(serverTarget(server, database), { applicationName: 'test' });
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** A subscription keeps its database from being dropped, and its slot is somewhere that does not exist. */
const dropSubscriptions = `do $$
  declare s record;
  begin
    for s in select subname from pg_subscription join pg_database d on d.oid = subdbid
             where d.datname = current_database() loop
      execute format('alter subscription %I disable', s.subname);
      execute format('alter subscription %I set (slot_name = none)', s.subname);
      execute format('drop subscription %I', s.subname);
    end loop;
  end $$`;

async function dropDatabase(server: TestServer, client: pg.Client, name: string): Promise<void> {
  const drop = `drop database if exists ${quoteIdentifier(name)} with (force)`;
  try {
    await client.query(drop);
  } catch (error) {
    if ((error as { code?: string }).code !== '55006') throw error;
    await onServer(server, (inside) => inside.query(dropSubscriptions), name);
    await client.query(drop);
  }
}

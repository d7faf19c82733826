import { existsSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { after, type TestContext } from 'node:test';
import type pg from 'pg';
import type { ConnectionTarget } from '../../src/postgres/connection.ts';
import { startEmbeddedServer, type EmbeddedServer } from '../../src/postgres/embedded/embedded.ts';
import { quoteIdentifier } from '../../src/postgres/identifiers.ts';
import { majors } from '../support/majors.ts';
import { openClient } from '../support/connect.ts';
import { newDirectory } from '../support/server-start.ts';
import { serverTarget } from '../support/servers.ts';

/** PostgreSQL as Debian packages it, with the extensions that come as packages of their own. */

const home = (major: number): string => `/usr/lib/postgresql/${major}`;
const extensionsOf = (major: number): string => `/usr/share/postgresql/${major}/extension`;

/** The newest that is installed with any of the extensions which nothing else brings. */
const installed = majors.findLast(
  (major) => existsSync(path.join(home(major), 'bin', 'initdb')) && has(major, 'postgis'),
);

function has(major: number, extension: string): boolean {
  return existsSync(path.join(extensionsOf(major), `${extension}.control`));
}

/** Options of a test that needs these extensions: without them it is skipped, and says what to install. */
export function needing(...extensions: string[]): { skip?: string } {
  if (installed === undefined) {
    return {
      skip: 'install postgresql-15 with postgresql-15-postgis-3, -cron, -partman and -pgrouting to run this',
    };
  }
  const missing = extensions.filter((extension) => !has(installed, extension));
  return missing.length === 0
    ? {}
    : { skip: `${missing.join(', ')} is not installed for PostgreSQL ${installed}` };
}

/** The one database that pg_cron may be in. */
export const cronDatabase = 'cronhome';

let starting: Promise<{ server: EmbeddedServer; directory: string }> | undefined;

after(async () => {
  const started = await starting?.catch(() => undefined);
  await started?.server.stop('immediate');
  if (started) await fs.rm(started.directory, { recursive: true, force: true });
});

async function start(): Promise<{ server: EmbeddedServer; directory: string }> {
  const directory = await newDirectory();
  const cron = has(installed!, 'pg_cron');
  const server = await startEmbeddedServer({
    dataDirectory: path.join(directory, 'data'),
    binDirectory: path.join(home(installed!), 'bin'),
    settings: {
      fsync: 'off',
      wal_level: 'logical',
      // Jobs are registered, and none is ever started.
      ...(cron
        ? {
            shared_preload_libraries: 'pg_cron',
            'cron.database_name': cronDatabase,
            'cron.launch_active_jobs': 'off',
          }
        : {}),
    },
  });
  return { server, directory };
}

export interface DebianDatabase {
  target: ConnectionTarget;
  connectionString: string;
  client: pg.Client;
}

/** A new empty database on the server that the tests of a file share; dropped after the test. */
export async function debianDatabase(t: TestContext, name: string): Promise<DebianDatabase> {
  await onServer(`create database ${quoteIdentifier(name)} template template0`);
  return openDebianDatabase(t, name);
}

/** One that something else made, which goes after the test as well. */
export async function openDebianDatabase(t: TestContext, name: string): Promise<DebianDatabase> {
  const { server } = await (starting ??= start());
  const target = serverTarget(server, name);
  const client = await openClient(target);
  t.after(async () => {
    await client.end();
    await onServer(`drop database if exists ${quoteIdentifier(name)} with (force)`);
  });
  return { target, client, connectionString: server.connectionString(name) };
}

async function onServer(sql: string): Promise<void> {
  const { server } = await (starting ??= start());
  const admin = await openClient(serverTarget(server));
  try {
    await admin.query(sql);
  } finally {
    await admin.end();
  }
}

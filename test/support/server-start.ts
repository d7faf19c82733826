/** Starting test servers. Used by the runner too, so nothing here may import node:test, which would make the runner a test. */
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { startEmbeddedServer, type EmbeddedServer } from '../../src/postgres/embedded/embedded.ts';
import { installationWithExtension } from './extension.ts';
import { binDirectoryOf, type Major } from './majors.ts';

/** What a test needs to know of a server that somebody else may have started. */
export interface TestServer {
  major: Major;
  host: string;
  port: number;
  user: string;
  password: string;
  socketDirectory: string;
  dataDirectory: string;
}

/** Set by scripts/test.ts: the servers it started, as JSON. */
export const serversVariable = 'HOLDFAST_TEST_SERVERS';

/** Fast and forgetful: a test server that crashes is thrown away. */
const testSettings: Record<string, string> = {
  // Every test has a database of its own, which it would look at.
  autovacuum: 'off',
  fsync: 'off',
  full_page_writes: 'off',
  max_connections: '100',
  max_wal_size: '256MB',
  wal_level: 'logical',
  max_prepared_transactions: '10',
};

export interface StartOptions {
  /** The server's data go to `pg<major>` in this directory, its program to `installation<major>`. The caller removes it. */
  parent: string;
  settings?: Record<string, string>;
  /** Default: any free one. */
  port?: number;
}

/** Starts a server for tests, or starts it again on the data it left. */
export async function startTestServer(
  major: Major,
  { parent, settings, port }: StartOptions,
): Promise<EmbeddedServer> {
  return await startEmbeddedServer({
    dataDirectory: path.join(parent, `pg${major}`),
    binDirectory: await installation(major, parent),
    settings: { ...testSettings, ...settings },
    ...(port === undefined ? {} : { port }),
  });
}

async function installation(major: Major, parent: string): Promise<string> {
  const original = await binDirectoryOf(major);
  const tree = path.join(parent, `installation${major}`);
  const made = await fs.stat(tree).catch(() => undefined);
  return made ? path.join(tree, 'bin') : await installationWithExtension(original, tree);
}

/** The part of a server that can be handed to another process. */
export function describeServer(major: Major, server: EmbeddedServer): TestServer {
  const { host, port, user, password, socketDirectory, dataDirectory } = server;
  return { major, host, port, user, password, socketDirectory, dataDirectory };
}

/** A directory for test servers, named by our pid so that a later run can clear what a killed one left. */
export async function newDirectory(): Promise<string> {
  const directory = await fs.mkdtemp(path.join(os.tmpdir(), `holdfast-test-${process.pid}-`));
  // The server runs as another user when we are root.
  await fs.chmod(directory, 0o755);
  return directory;
}

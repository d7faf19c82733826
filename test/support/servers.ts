import * as fs from 'node:fs/promises';
import path from 'node:path';
import { after, type TestContext } from 'node:test';
import type pg from 'pg';
import type { ConnectionTarget } from '../../src/postgres/connection.ts';
import { openClient } from './connect.ts';
import type { EmbeddedServer } from '../../src/postgres/embedded/embedded.ts';
import { majors, type Major } from './majors.ts';
import {
  describeServer,
  newDirectory,
  serversVariable,
  startTestServer,
  type TestServer,
} from './server-start.ts';

export type { TestServer };

/** For running a test file by itself: `all`, or majors with commas between. */
const majorsVariable = 'HOLDFAST_TEST_MAJORS';

const fromRunner = JSON.parse(process.env[serversVariable] ?? '[]') as TestServer[];

/**
 * The majors that tests "on every major" go through: those of the runner, or 18 alone (or what
 * HOLDFAST_TEST_MAJORS names) when a test file is run by itself.
 */
export const testedMajors: readonly Major[] =
  fromRunner.length > 0 ? fromRunner.map((server) => server.major) : chosenMajors();

function chosenMajors(): Major[] {
  const chosen = process.env[majorsVariable];
  if (chosen === undefined) return [18];
  return chosen === 'all' ? [...majors] : majors.filter((major) => chosen.split(',').includes(String(major)));
}

/** `full`: what by default runs on some majors runs on each. */
const matrixVariable = 'HOLDFAST_TEST_MATRIX';

/** Whether what by default is tried by turns is tried in every way. */
export const everyTest = process.env[matrixVariable] === 'full';

/** What decides what a run takes of what is tried by turns: the same in all files of a run, and in one that repeats what failed. */
const turn = Number(process.env['HOLDFAST_TEST_TURN'] ?? Math.floor(Math.random() * 60));

/** Whether it is this one's turn, of so many that are tried by turns across files. */
export function isTurn(place: number, of: number): boolean {
  return everyTest || turn % of === place;
}

/** For the options of a test that takes long and has its turn with others: why it is skipped in this run, or false. */
export function inTurn(place: number, of: number): { skip: string | false } {
  return {
    skip: isTurn(place, of) ? false : 'has its turn in another run, or with HOLDFAST_TEST_MATRIX=full',
  };
}

/** Every second of a list, others in each run; all of it where everything is asked for. */
export function byTurns<T>(all: readonly T[]): T[] {
  return all.filter((_, place) => everyTest || place % 2 === turn % 2);
}

/** One of a list, another in each run; all of it where everything is asked for. */
export function oneInTurn<T>(all: readonly T[]): T[] {
  // Of another rhythm than the turns above, so that each of these meets each of those.
  return all.filter((_, place) => everyTest || place === Math.floor(turn / 4) % all.length);
}

/** Majors that were asked for by name are all meant. */
const everyMajor = fromRunner.length === 0 || everyTest;

/** For tests that take long and hardly depend on the major: the oldest and the newest of those tested. */
export const outermostMajors: readonly Major[] = everyMajor
  ? testedMajors
  : [...new Set([testedMajors[0]!, testedMajors.at(-1)!])];

/**
 * For what takes long and is the same on every major, as far as is known: one of the tested majors, by turns, so that all such tests together
 * have run on each.
 * @param index the place of the test among others like it
 * @param since the oldest major that has what is tested
 */
export function majorsInTurn(index: number, since: Major = 14): readonly Major[] {
  const able = testedMajors.filter((major) => major >= since);
  return everyMajor ? able : able.slice(index % able.length).slice(0, 1);
}

const ownServers = new Map<Major, Promise<EmbeddedServer>>();
let ownDirectory: Promise<string> | undefined;

// Hooks belong to the test that is running when they are made; made here, this one belongs to the whole file.
after(async () => {
  for (const starting of ownServers.values()) await (await starting.catch(() => undefined))?.stop();
  if (ownDirectory) await fs.rm(await ownDirectory, { recursive: true, force: true });
});

/** The server of a major that all tests share: the runner's, or one that this process starts for itself. */
export async function sharedServer(major: Major = 18): Promise<TestServer> {
  const given = fromRunner.find((server) => server.major === major);
  if (given) return given;
  ownDirectory ??= newDirectory();
  const parent = await ownDirectory;
  let starting = ownServers.get(major);
  if (!starting) {
    starting = startTestServer(major, { parent });
    ownServers.set(major, starting);
  }
  return describeServer(major, await starting);
}

/** Whether the server goes with this process, and with it everything that is on it. */
export function isOwnServer({ port }: TestServer): boolean {
  return !fromRunner.some((server) => server.port === port);
}

export function serverTarget(server: TestServer | EmbeddedServer, database = 'postgres'): ConnectionTarget {
  const { host, port, user, password } = server;
  return { host, port, user, password, database };
}

/** A server of a test's own, which it may restart, kill and reconfigure. */
export interface PrivateServer {
  readonly major: Major;
  /** The running server; another object after `restart`. */
  readonly server: EmbeddedServer;
  /** PEM of the certificate to trust, which names localhost and 127.0.0.1; with `ssl` only. */
  readonly certificate: string | undefined;
  target: (database?: string) => ConnectionTarget;
  /** A connection as superuser, closed after the test. */
  client: (database?: string) => Promise<pg.Client>;
  /** Stops and starts again on the same port with the same data. `immediate` is as a crash. Settings are kept from then on. */
  restart: (mode?: 'fast' | 'immediate', settings?: Record<string, string>) => Promise<void>;
}

export interface PrivateServerOptions {
  major?: Major;
  settings?: Record<string, string>;
  /** Serves TLS with the certificate of test/support/tls. */
  ssl?: boolean;
}

const tlsDirectory = path.join(import.meta.dirname, 'tls');

/** Starts a server for one test and removes it afterwards. */
export async function privateServer(
  t: TestContext,
  { major = 18, settings = {}, ssl = false }: PrivateServerOptions = {},
): Promise<PrivateServer> {
  const parent = await newDirectory();
  const remove = (): Promise<void> => fs.rm(parent, { recursive: true, force: true });
  let server = await startTestServer(major, { parent, settings }).catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  t.after(async () => {
    await server.stop('immediate');
    await remove();
  });
  if (ssl) await serveTls(server);
  return {
    major,
    get server() {
      return server;
    },
    certificate: ssl ? await fs.readFile(path.join(tlsDirectory, 'server.crt'), 'utf8') : undefined,
    target: (database) => serverTarget(server, database),
    async client(database) {
      const client = await openClient(serverTarget(server, database), { applicationName: 'test' });
      t.after(() => client.end().catch(() => {}));
      return client;
    },
    async restart(mode, changed = {}) {
      settings = { ...settings, ...changed };
      await server.stop(mode);
      server = await startTestServer(major, { parent, settings, port: server.port });
    },
  };
}

async function serveTls(server: EmbeddedServer): Promise<void> {
  const owner = await fs.stat(server.dataDirectory);
  for (const name of ['server.crt', 'server.key']) {
    const file = path.join(server.dataDirectory, name);
    await fs.copyFile(path.join(tlsDirectory, name), file);
    await fs.chmod(file, 0o600);
    await fs.chown(file, owner.uid, owner.gid);
  }
  const client = await openClient(serverTarget(server));
  await client.query('alter system set ssl = on');
  await client.query('select pg_reload_conf()');
  await client.end();
}

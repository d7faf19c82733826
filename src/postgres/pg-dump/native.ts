import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { abortReason } from '../../base/errors.ts';
import { errorLines, type DumpOutput } from './messages.ts';
import type { LentConnection, ServerLink } from './link.ts';
import { requestCollector } from './protocol.ts';
import { runDump, type Dump } from './run-dump.ts';

const socketPort = 5432;

/** Major version of a pg_dump program; null when it cannot be run. */
export async function nativeMajor(binary: string): Promise<number | null> {
  try {
    const { stdout } = await promisify(execFile)(binary, ['--version']);
    const major = /\(PostgreSQL\) (\d+)/.exec(stdout)?.[1];
    return major === undefined ? null : Number(major);
  } catch {
    return null;
  }
}

/**
 * Runs an installed pg_dump over an open connection of the driver; when it fails, that is of no more use: the
 * caller closes it. pg_dump reaches it by a Unix socket in a directory that only we may enter, so it needs
 * no address, password or certificate.
 * @throws BACKUP_FAILED, INSUFFICIENT_PRIVILEGE, LOCK_TIMEOUT, DATABASE_UNREACHABLE; CANCELLED or the abort reason
 */
export async function runNativeDump(
  connection: LentConnection,
  binary: string,
  args: string[],
  signal?: AbortSignal,
): Promise<DumpOutput> {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-'));
  let server: Server | undefined;
  let child: ChildProcess | undefined;
  let local: Socket | undefined;
  try {
    return await runDump(
      connection,
      signal,
      (bytes) => void local?.write(bytes),
      async (dump) => {
        server = createServer((socket) => {
          // One conversation is all this connection can carry.
          server?.close();
          local = socket;
          relay(socket, dump.link);
        });
        await listen(server, join(directory, `.s.PGSQL.${socketPort}`));
        if (signal?.aborted) throw abortReason(signal);
        child = start(binary, args, directory, dump);
      },
    );
  } finally {
    child?.kill('SIGKILL');
    server?.close();
    await rm(directory, { recursive: true, force: true });
  }
}

function start(
  binary: string,
  args: string[],
  socketDirectory: string,
  { link, outcome }: Dump,
): ChildProcess {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('PG'));
  const child = spawn(binary, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...Object.fromEntries(inherited),
      LC_ALL: 'C',
      PGHOST: socketDirectory,
      PGPORT: String(socketPort),
      PGUSER: 'holdfast',
      PGDATABASE: 'holdfast',
      PGPASSFILE: '/dev/null',
      PGSSLMODE: 'disable',
      PGGSSENCMODE: 'disable',
      // The login is answered by us, in the protocol as it was before versions were negotiated.
      PGMAXPROTOCOLVERSION: '3.0',
    },
  });
  const output: Buffer[] = [];
  const complaints: Buffer[] = [];
  child.stdout.on('data', (bytes: Buffer) => output.push(bytes));
  child.stderr.on('data', (bytes: Buffer) => complaints.push(bytes));
  child.on('error', (error) => outcome.reject(link.failure(error.message, error)));
  child.on('close', (code, killedBy) => {
    const messages = Buffer.concat(complaints).toString('utf8').split('\n');
    if (code === 0) return outcome.resolve({ archive: Buffer.concat(output), messages });
    const lines = errorLines(messages);
    outcome.reject(link.failure(lines || `it ended with ${killedBy ?? `code ${code}`}`));
  });
  return child;
}

function relay(socket: Socket, link: ServerLink): void {
  const collect = requestCollector();
  socket.on('error', () => {}); // pg_dump's own end tells more
  socket.on('data', (bytes) => {
    const step = collect(bytes);
    if (step.kind === 'refuse-encryption') socket.write('N');
    else if (step.kind === 'startup') socket.write(link.greeting);
    else if (step.kind === 'request') link.send(step.bytes);
    else if (step.kind === 'end') socket.end();
  });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
}

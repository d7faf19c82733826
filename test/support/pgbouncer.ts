import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { freePort, listening } from './ports.ts';
import type { TestServer } from './servers.ts';

/** Debian puts it where only root's PATH looks. */
const binary = ['pgbouncer', '/usr/sbin/pgbouncer'].find((name) => !spawnSync(name, ['--version']).error);

/** For `test(…, { skip })`: why the tests with PgBouncer cannot run here, or false. */
export const withoutPgBouncer: string | false = binary
  ? false
  : 'pgbouncer is not installed (apt-get install pgbouncer): poolers are NOT TESTED here';

export type PoolMode = 'session' | 'transaction' | 'statement';

export interface PgBouncer {
  port: number;
  /** A connection string of a database behind it. */
  url(database: string): string;
  /** Starts it again in another mode, at the same address. */
  restart(mode: PoolMode): Promise<void>;
}

export interface PgBouncerOptions {
  mode: PoolMode;
  /** More lines of its configuration. */
  settings?: string;
}

/** PgBouncer in front of a test server, with the settings it comes with but the mode; ended after the test. */
export async function startPgBouncer(
  t: TestContext,
  server: TestServer,
  { mode, settings = '' }: PgBouncerOptions,
): Promise<PgBouncer> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'holdfast-pgbouncer-'));
  const port = await freePort();
  const file = path.join(folder, 'pgbouncer.ini');
  const write = (poolMode: PoolMode): Promise<void> =>
    fs.writeFile(
      file,
      `[databases]
* = host=${server.host} port=${server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${path.join(folder, 'users.txt')}
logfile = ${path.join(folder, 'log')}
pool_mode = ${poolMode}
${settings}
`,
    );
  await write(mode);
  await fs.writeFile(path.join(folder, 'users.txt'), `"${server.user}" "${server.password}"\n`);
  const user = await unprivileged();
  for (const each of [folder, file, path.join(folder, 'users.txt')]) {
    if (user) await fs.chown(each, user.uid, user.gid);
  }
  const start = async (): Promise<() => Promise<unknown>> => {
    const child = spawn(binary!, [file], { stdio: 'ignore', ...user });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    await Promise.race([
      listening(port),
      ended.then(async () => {
        throw new Error(`pgbouncer did not start: ${await fs.readFile(path.join(folder, 'log'), 'utf8')}`);
      }),
    ]);
    return () => {
      child.kill('SIGKILL');
      return ended;
    };
  };
  let stop = await start();
  t.after(async () => {
    await stop();
    await fs.rm(folder, { recursive: true, force: true });
  });
  return {
    port,
    url: (database) => `postgres://${server.user}:any@127.0.0.1:${port}/${encodeURIComponent(database)}`,
    async restart(poolMode) {
      await stop();
      await write(poolMode);
      stop = await start();
    },
  };
}

/** PgBouncer refuses to run as root. */
async function unprivileged(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const passwd = await fs.readFile('/etc/passwd', 'utf8');
  const [, uid, gid] = /^nobody:[^:]*:(\d+):(\d+)/m.exec(passwd) ?? [];
  return { uid: Number(uid), gid: Number(gid) };
}

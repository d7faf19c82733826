import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { endWithUs } from './end-with-us.ts';
import { freePort, listening } from './ports.ts';

/** sshd starts only by its whole path. */
const sshd = '/usr/sbin/sshd';
const missing = [sshd, 'ssh-keygen'].filter((name) => spawnSync('which', [name]).status !== 0);

/** For `test(…, { skip })`: why the tests with a real SFTP server cannot run here, or false. */
export const withoutSshd: string | false =
  missing.length > 0 &&
  `${missing.join(', ')} not installed (apt-get install openssh-server): SFTP is NOT TESTED here`;

export interface Sshd {
  user: string;
  port: number;
  /** Its own fingerprint, `SHA256:…`. */
  hostKey: string;
  /** A line of known_hosts. */
  knownHost: string;
  privateKeyFile: string;
  /** A key that the server does not let in. */
  otherKeyFile: string;
  /** An empty folder on the server. */
  newFolder(): Promise<string>;
  /** Ends every session, as a server that restarts. */
  dropSessions(): void;
}

let starting: Promise<Sshd> | undefined;
let server: ChildProcess | undefined;
let scratch: string | undefined;

after(async () => {
  await starting?.catch(() => {});
  if (server?.pid !== undefined) {
    endSessions(server.pid);
    if (server.kill('SIGKILL')) await new Promise((resolve) => server!.once('exit', resolve));
  }
  if (scratch) await fs.rm(scratch, { recursive: true, force: true });
});

/** OpenSSH's server with its sftp-server, on a port of loopback and with keys of its own; one for a test file, ended after it. */
export function sharedSshd(): Promise<Sshd> {
  starting ??= start();
  return starting;
}

async function start(): Promise<Sshd> {
  scratch = await fs.mkdtemp(path.join(os.tmpdir(), 'holdfast-sshd-'));
  endWithUs(scratch);
  const inside = (name: string): string => path.join(scratch!, name);
  for (const name of ['host', 'user', 'other']) {
    const made = spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', name, '-f', inside(name)]);
    if (made.status !== 0) throw new Error(`ssh-keygen: ${made.stderr.toString()}`);
  }
  await fs.copyFile(inside('user.pub'), inside('authorized_keys'));
  const port = await freePort();
  await fs.writeFile(
    inside('config'),
    `Port ${port}
ListenAddress 127.0.0.1
HostKey ${inside('host')}
PidFile none
AuthorizedKeysFile ${inside('authorized_keys')}
PasswordAuthentication no
KbdInteractiveAuthentication no
PubkeyAuthentication yes
PermitRootLogin prohibit-password
UsePAM no
StrictModes no
MaxSessions 50
MaxStartups 100
Subsystem sftp internal-sftp
`,
  );
  // Where it drops its privileges while a client logs in.
  if (process.getuid?.() === 0) await fs.mkdir('/run/sshd', { recursive: true, mode: 0o755 });
  server = spawn(sshd, ['-D', '-e', '-f', inside('config')], { stdio: 'ignore' });
  await fs.mkdir(inside('run'));
  await fs.writeFile(inside('run/sshd.pid'), String(server.pid));
  await listening(port);
  const hostKeyLine = await fs.readFile(inside('host.pub'), 'utf8');
  const shown = spawnSync('ssh-keygen', ['-lf', inside('host.pub')], { encoding: 'utf8' }).stdout;
  const { pid } = server;
  return {
    user: os.userInfo().username,
    port,
    hostKey: /SHA256:\S+/.exec(shown)![0],
    knownHost: `[127.0.0.1]:${port} ${hostKeyLine.split(' ').slice(0, 2).join(' ')}`,
    privateKeyFile: inside('user'),
    otherKeyFile: inside('other'),
    async newFolder() {
      const folder = inside(randomUUID());
      await fs.mkdir(folder);
      return folder;
    },
    dropSessions: () => endSessions(pid!),
  };
}

/** A session is a child of the server, and where it runs as root a child of that. */
function endSessions(parent: number): void {
  const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(parent)], { encoding: 'utf8' });
  for (const pid of stdout.split(/\s+/).filter(Boolean).map(Number)) {
    endSessions(pid);
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  }
}

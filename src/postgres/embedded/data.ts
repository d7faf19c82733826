import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { HoldfastError } from '../../base/errors.ts';
import { serverEnvironment, type Binaries, type RunAs } from './binaries.ts';

const run = promisify(execFile);

/**
 * The user that runs the server, when we are root: PostgreSQL refuses to run as root. The owner of an existing
 * data directory stays; else the system's `postgres`, else `nobody`.
 */
export async function serverUser(dataDirectory: string): Promise<RunAs | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const owner = await fs.stat(path.join(dataDirectory, 'PG_VERSION')).catch(() => undefined);
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const users = await fs.readFile('/etc/passwd', 'utf8').catch(() => '');
  for (const name of ['postgres', 'nobody']) {
    const [, , uid, gid] =
      users
        .split('\n')
        .find((line) => line.startsWith(`${name}:`))
        ?.split(':') ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw new HoldfastError(
    'INVALID_CONFIGURATION',
    'PostgreSQL does not run as root, and there is no other user.',
    {
      hint: 'Create a system user named postgres, or start as another user.',
    },
  );
}

/** Where the data really are: a link is followed, and the server is told the real path. */
async function realDirectory(dataDirectory: string): Promise<string> {
  return await fs.realpath(dataDirectory).catch(() => dataDirectory);
}

export function passwordFile(dataDirectory: string): string {
  return `${dataDirectory}.password`;
}

export interface DataDirectory {
  /** The real path, links followed. */
  path: string;
  password: string;
}

/**
 * Opens a data directory, or makes one by initdb: UTF8, scram passwords, and a locale that sorts by bytes, so that
 * the same data sort the same on every machine. The superuser `postgres` gets a random password, kept in a file of
 * mode 0600 beside the directory. Unless `durable`, initdb does not wait for the disk.
 * @throws INVALID_CONFIGURATION when the directory cannot be used, DATABASE_UNREACHABLE when initdb fails
 */
export async function openDataDirectory(
  dataDirectory: string,
  binaries: Binaries,
  runAs: RunAs | undefined,
  durable: boolean,
): Promise<DataDirectory> {
  const version = await fs.readFile(path.join(dataDirectory, 'PG_VERSION'), 'utf8').catch(() => undefined);
  if (version === undefined) {
    await refuseOccupied(dataDirectory);
    await initialize(dataDirectory, binaries, runAs, durable);
  } else if (Number(version.trim()) !== binaries.major) {
    throw new HoldfastError(
      'INVALID_CONFIGURATION',
      `${dataDirectory} was created by PostgreSQL ${version.trim()}, but this is PostgreSQL ${binaries.version}.`,
      { hint: 'Choose another data directory, and move the data with a backup and a restore.' },
    );
  }
  const password = await fs.readFile(passwordFile(dataDirectory), 'utf8').catch((cause: unknown) => {
    throw new HoldfastError('INVALID_CONFIGURATION', `Cannot read ${passwordFile(dataDirectory)}`, {
      hint: 'It holds the password of the superuser: restore the file, or choose another data directory.',
      cause,
    });
  });
  return { path: await realDirectory(dataDirectory), password: password.trim() };
}

async function refuseOccupied(dataDirectory: string): Promise<void> {
  const entries = await fs.readdir(dataDirectory).catch(() => []);
  if (entries.length === 0) return;
  throw new HoldfastError(
    'INVALID_CONFIGURATION',
    `${dataDirectory} is neither empty nor a PostgreSQL directory.`,
    {
      hint: 'Choose another data directory.',
    },
  );
}

/** initdb in a directory beside the final one and a rename at the end: a half made directory is never taken for a whole one. */
async function initialize(
  dataDirectory: string,
  binaries: Binaries,
  runAs: RunAs | undefined,
  durable: boolean,
): Promise<void> {
  const parent = path.dirname(dataDirectory);
  await fs.mkdir(parent, { recursive: true });
  const home = runAs && !(await canReach(parent, runAs)) ? await reachableHome() : parent;
  const staging = await fs.mkdtemp(path.join(home, `${path.basename(dataDirectory)}.new-`));
  try {
    const password = randomBytes(24).toString('base64url');
    const data = path.join(staging, 'data');
    const secret = path.join(staging, 'password');
    await fs.writeFile(secret, `${password}\n`, { mode: 0o600 });
    if (runAs) await Promise.all([staging, secret].map((file) => fs.chown(file, runAs.uid, runAs.gid)));
    await initdb(data, secret, binaries, runAs, durable);
    // The password first: a data directory without it would be of no use.
    await fs.writeFile(passwordFile(dataDirectory), `${password}\n`, { mode: 0o600 });
    if (home === parent) {
      await fs.rename(data, dataDirectory);
    } else {
      const place = path.join(home, `data-${randomBytes(6).toString('hex')}`);
      await fs.rename(data, place);
      await fs.rm(dataDirectory, { recursive: true, force: true });
      await fs.symlink(place, dataDirectory);
    }
  } finally {
    await fs.rm(staging, { recursive: true, force: true });
  }
}

async function initdb(
  directory: string,
  secret: string,
  binaries: Binaries,
  runAs: RunAs | undefined,
  durable: boolean,
): Promise<void> {
  const args = [
    `--pgdata=${directory}`,
    '--username=postgres',
    `--pwfile=${secret}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--no-instructions',
    ...(durable ? [] : ['--no-sync']),
    ...(binaries.major >= 17 ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : []),
  ];
  try {
    await run(path.join(binaries.directory, 'initdb'), args, { env: serverEnvironment, cwd: '/', ...runAs });
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    throw new HoldfastError('DATABASE_UNREACHABLE', `initdb failed: ${stderr?.trim() || message}`, {
      hint: 'Check that the data directory can be written and that there is space.',
      cause: error,
    });
  }
}

/** Whether `runAs` may pass through every directory on the way. Looks at the mode bits, as the kernel does for a plain user. */
async function canReach(directory: string, runAs: RunAs): Promise<boolean> {
  const real = await realDirectory(directory);
  for (let current = real; ; current = path.dirname(current)) {
    const { uid, gid, mode } = await fs.stat(current);
    const bit = uid === runAs.uid ? 0o100 : gid === runAs.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (current === path.dirname(current)) return true;
  }
}

/**
 * Where the data go when the server's user cannot reach the chosen place (root with a checkout in /root): the
 * chosen place becomes a link. Not below /tmp, whose content the system may remove.
 */
async function reachableHome(): Promise<string> {
  const home = '/var/lib/holdfast';
  await fs.mkdir(home, { recursive: true, mode: 0o755 });
  await fs.chmod(home, 0o755);
  return home;
}

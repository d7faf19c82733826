/** The package as users get it: built and packed, once for the sources as they are. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { isAlive } from '../../src/postgres/embedded/process.ts';
import { until } from './until.ts';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '../..');
const kept = path.join(root, '.cache/packed');

/** What is packed as it is; dist/ is built. */
const asItIs = ['package.json', 'bin', 'README.md', 'CHANGELOG.md', 'LICENSE', 'docs', 'deploy'];
/** What dist/ is built from. */
const sources = [
  'src',
  'web',
  'tsconfig.json',
  'tsconfig.build.json',
  'package-lock.json',
  ...['build.ts', 'bundle.ts', 'pg-dump-files.ts', 'pg-dump', 'web.ts'].map((name) => `scripts/${name}`),
];

/** The path of the tarball. */
export async function packedPackage(): Promise<string> {
  const file = path.join(kept, `holdfast-${await digestOf([...asItIs, ...sources])}.tgz`);
  await fs.mkdir(kept, { recursive: true });
  await alone(path.join(kept, 'building'), async () => {
    if (await isThere(file)) return;
    await clear();
    await pack(file);
  });
  return file;
}

async function pack(file: string): Promise<void> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'holdfast-source-'));
  try {
    for (const name of asItIs) {
      await fs.cp(path.join(root, name), path.join(folder, name), { recursive: true });
    }
    await run(process.execPath, ['scripts/build.ts', path.join(folder, 'dist')], { cwd: root });
    await npm(['pack', '--silent'], folder);
    const made = (await fs.readdir(folder)).find((name) => name.endsWith('.tgz'))!;
    await fs.copyFile(path.join(folder, made), `${file}.new`);
    await fs.rename(`${file}.new`, file);
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}

/** One after the other, for test files that ask at the same time. */
async function alone(lock: string, work: () => Promise<void>): Promise<void> {
  await until(async () => {
    const owner = await fs.writeFile(lock, String(process.pid), { flag: 'wx' }).then(
      () => process.pid,
      async () => Number(await fs.readFile(lock, 'utf8').catch(() => '')),
    );
    if (owner === process.pid) return true;
    // It was killed. Nothing is lost when two come to this at once: both build the same.
    if (owner > 0 && !isAlive(owner)) await fs.rm(lock, { force: true });
    return false;
  }, 600_000);
  try {
    await work();
  } finally {
    await fs.rm(lock, { force: true });
  }
}

/** Runs npm as a user would, without what a surrounding `npm test` has set. */
export async function npm(args: readonly string[], cwd: string): Promise<void> {
  const environment = Object.entries(process.env).filter(([name]) => !name.startsWith('npm_'));
  await run('npm', args, { cwd, env: Object.fromEntries(environment) });
}

/** The names and contents of files and folders of the checkout, as one short text. */
async function digestOf(names: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const name of names) {
    const full = path.join(root, name);
    const files = (await fs.stat(full)).isDirectory()
      ? (await fs.readdir(full, { recursive: true, withFileTypes: true }))
          .filter((entry) => entry.isFile())
          .map((entry) => path.join(entry.parentPath, entry.name))
          .toSorted()
      : [full];
    for (const file of files) hash.update(`${path.relative(root, file)}\0`).update(await fs.readFile(file));
  }
  return hash.digest('hex').slice(0, 16);
}

async function isThere(file: string): Promise<boolean> {
  return await fs.access(file).then(
    () => true,
    () => false,
  );
}

/** Removes the packages of other sources, a day after they were made. */
async function clear(): Promise<void> {
  for (const name of await fs.readdir(kept)) {
    const full = path.join(kept, name);
    const { mtimeMs } = await fs.stat(full);
    if (mtimeMs < Date.now() - 24 * 3_600_000) await fs.rm(full, { force: true });
  }
}

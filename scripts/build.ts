/**
 * `npm run build`: the package as it is published, in dist/.
 *
 *   node scripts/build.ts [folder]   into another folder than dist/
 */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { bundle } from './bundle.ts';
import { copyDumpFiles } from './pg-dump-files.ts';
import { asText, sbom } from './sbom.ts';
import { buildPageIfStale, builtPage, packagesOfPage } from './web.ts';

const root = path.resolve(import.meta.dirname, '..');
const dist = path.resolve(process.argv[2] ?? path.join(root, 'dist'));

await fs.rm(dist, { recursive: true, force: true });
const code = await bundle(dist);
await writeTypes(path.join(dist, 'types'), ['index', 'integrations/node', 'client/client']);
await copyDumpFiles(path.join(dist, 'pg-dump'));
await buildPageIfStale();
await fs.cp(builtPage, path.join(dist, 'web'), { recursive: true });
await fs.writeFile(
  path.join(dist, 'sbom.cdx.json'),
  asText(await sbom({ code, page: await packagesOfPage() })),
);

/** The declarations of these modules, and of the modules that theirs name. */
async function writeTypes(folder: string, entries: readonly string[]): Promise<void> {
  const compiler = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const args = [compiler, '-p', 'tsconfig.build.json', '--outDir', folder];
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
  const used = new Set(entries.map((entry) => path.join(folder, `${entry}.d.ts`)));
  for (const file of used) {
    const text = await fs.readFile(file, 'utf8');
    for (const [, imported = ''] of text.matchAll(/\b(?:from |import\()['"](\.[^'"]+)\.[jt]s['"]/g)) {
      used.add(path.join(path.dirname(file), `${imported}.d.ts`));
    }
  }
  for (const entry of await fs.readdir(folder, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (entry.isFile() && !used.has(file)) await fs.rm(file);
  }
  await removeEmptyFolders(folder);
}

async function removeEmptyFolders(folder: string): Promise<void> {
  for (const entry of await fs.readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const inner = path.join(folder, entry.name);
    await removeEmptyFolders(inner);
    if ((await fs.readdir(inner)).length === 0) await fs.rmdir(inner);
  }
}

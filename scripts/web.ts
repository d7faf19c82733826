/**
 * Builds the admin page, web/, into .cache/web/, from where a checkout serves it; `npm run build` copies it into dist/.
 *
 *   node scripts/web.ts              builds it
 *   node scripts/web.ts --if-stale   builds it only when it is older than its sources; says so and does no more when
 *                                    that fails, because what comes after it works without the page
 *
 * Prints on stderr alone: what comes after it may print a document.
 */
import { createHash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Plugin } from 'vite';
import { licencesOf, packagesOf, type ThirdParty } from './third-party.ts';

const root = path.resolve(import.meta.dirname, '..');
export const builtPage = path.join(root, '.cache', 'web');
/** Beside the page and not in it: what is in it is served. */
const stampFile = path.join(root, '.cache', 'web.stamp');
const packagesFile = path.join(root, '.cache', 'web.packages.json');

/** Files and folders that the page is built from. */
const sources = [
  'web',
  'src/client',
  'src/contract',
  'src/base',
  'scripts/web.ts',
  'scripts/third-party.ts',
  'package-lock.json',
];
/** Smaller ones gain nothing. */
const compressFromBytes = 1_024;

/** Builds the page when it is missing or its sources are not those it was built from. */
export async function buildPageIfStale(): Promise<void> {
  const stamp = await stampOfSources();
  if ((await fs.readFile(stampFile, 'utf8').catch(() => '')) === stamp) return;
  console.error('Building the admin page …');
  await buildPage();
}

export async function buildPage(): Promise<void> {
  const stamp = await stampOfSources();
  // Here and not above: it takes longer to load than all else when there is nothing to build.
  const { build } = await import('vite');
  // Its own folder, moved into place when it is whole: two builds at once do no harm.
  const fresh = `${builtPage}.${process.pid}`;
  const modules = new Set<string>();
  await build({
    configFile: false,
    root: path.join(root, 'web'),
    // Relative addresses: the page does not know where it will be mounted.
    base: './',
    logLevel: 'error',
    // The style-src of the page's policy wants it; the server puts a fresh one in its place in every answer.
    html: { cspNonce: 'HOLDFAST_NONCE' },
    plugins: [noteModules(modules)],
    build: {
      outDir: fresh,
      emptyOutDir: true,
      target: 'es2022',
      modulePreload: { polyfill: false },
      // Data addresses would need another policy; and small files are few.
      assetsInlineLimit: 0,
      reportCompressedSize: false,
    },
  });
  const packages = await packagesOf(modules);
  await fs.writeFile(path.join(fresh, 'licenses.md'), await licencesOf(packages));
  await compress(fresh);
  await fs.rm(builtPage, { recursive: true, force: true });
  await fs.rename(fresh, builtPage);
  const named = packages.map(({ name, version, licence }) => ({ name, version, licence }));
  await fs.writeFile(packagesFile, JSON.stringify(named));
  await fs.writeFile(stampFile, stamp);
}

/** The npm packages in the page as it is built. */
export async function packagesOfPage(): Promise<ThirdParty[]> {
  return JSON.parse(await fs.readFile(packagesFile, 'utf8')) as ThirdParty[];
}

/** Notes what the bundler has put into the page: modules, and the styles that they import. */
function noteModules(modules: Set<string>): Plugin {
  return {
    name: 'note-modules',
    generateBundle(_options, files) {
      for (const file of Object.values(files)) {
        if (file.type === 'chunk') for (const id of file.moduleIds) modules.add(id);
      }
    },
  };
}

async function stampOfSources(): Promise<string> {
  const hash = createHash('sha256');
  for (const source of sources) {
    const start = path.join(root, source);
    const files = (await fs.stat(start)).isDirectory()
      ? (await fs.readdir(start, { recursive: true, withFileTypes: true }))
          .filter((entry) => entry.isFile())
          .map((entry) => path.join(entry.parentPath, entry.name))
          .toSorted()
      : [start];
    for (const file of files) hash.update(`${path.relative(root, file)}\0`).update(await fs.readFile(file));
  }
  return hash.digest('hex');
}

/** Beside each file its compressed forms, so that the server has nothing to compress. */
async function compress(folder: string): Promise<void> {
  const entries = await fs.readdir(folder, { recursive: true, withFileTypes: true });
  await Promise.all(
    entries.map(async (entry) => {
      if (!entry.isFile() || entry.name === 'index.html') return;
      const file = path.join(entry.parentPath, entry.name);
      const bytes = await fs.readFile(file);
      if (bytes.length < compressFromBytes) return;
      const text = { [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT };
      await fs.writeFile(`${file}.br`, await promisify(brotliCompress)(bytes, { params: text }));
      await fs.writeFile(`${file}.gz`, await promisify(gzip)(bytes, { level: 9 }));
    }),
  );
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { 'if-stale': { type: 'boolean', default: false } } });
  if (!values['if-stale']) return buildPage();
  await buildPageIfStale().catch((error: Error) => {
    console.error(`The admin page could not be built, and is left as it is: ${error.message}`);
  });
}

if (import.meta.main) await main();

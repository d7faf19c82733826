import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import * as fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { changelogProblems } from '../../scripts/changelog.ts';
import { releaseProblems } from '../../scripts/release.ts';
import { acceptedLicences, licencesOf, packagesOf } from '../../scripts/third-party.ts';
import { importGraph } from '../support/imports.ts';
import { packedPackage } from '../support/packed.ts';

/** What is in the tarball: exports, scripts, size, bill of materials, licences. What runs is in packed.test.ts. */

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname, '../..');

let folder: string;
let tarball: Buffer<ArrayBuffer>;
let unpacked: string;
let files: string[];

before(async () => {
  folder = await fs.mkdtemp(path.join(os.tmpdir(), 'holdfast-contents-'));
  const file = await packedPackage();
  tarball = await fs.readFile(file);
  await run('tar', ['xzf', file, '-C', folder]);
  unpacked = path.join(folder, 'package');
  const entries = await fs.readdir(unpacked, { recursive: true, withFileTypes: true });
  files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(unpacked, path.join(entry.parentPath, entry.name)));
});

after(() => fs.rm(folder, { recursive: true, force: true }));

const text = (file: string): Promise<string> => fs.readFile(path.join(unpacked, file), 'utf8');
const json = async <T>(file: string): Promise<T> => JSON.parse(await text(file)) as T;

interface Manifest {
  name: string;
  version: string;
  scripts: Record<string, string>;
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
  peerDependenciesMeta: Record<string, { optional: boolean }>;
  publishConfig: object;
  exports: Record<string, unknown>;
}

test('publint finds nothing in it', async () => {
  const data = tarball.buffer.slice(tarball.byteOffset, tarball.byteOffset + tarball.byteLength);
  const { messages } = await publint({ pack: { tarball: data }, level: 'suggestion', strict: true });
  const manifest = await json<Record<string, unknown>>('package.json');
  assert.deepEqual(
    messages.map((message) => formatMessage(message, manifest)),
    [],
  );
});

test('the types of every export are found, and are those of what is loaded', async () => {
  const analysis = await checkPackage(createPackageFromTarballData(new Uint8Array(tarball)));
  assert.ok(analysis.types !== false && analysis.types.kind === 'included');
  assert.deepEqual(Object.keys(analysis.entrypoints).toSorted(), [
    '.',
    './client',
    './node',
    './package.json',
  ]);
  const serious = analysis.problems.filter((problem) => {
    // `require` of an ES module is what every Node has on which we run; packed.test.ts does it.
    if (problem.kind === 'CJSResolvesToESM') return false;
    // `moduleResolution: node10` knows no `exports`, and TypeScript 7 does not have it.
    return !('resolutionKind' in problem && problem.resolutionKind === 'node10');
  });
  assert.deepEqual(serious, []);
});

test('npm runs nothing of it when it is installed, and installs little with it', async () => {
  const { scripts, dependencies, peerDependencies, peerDependenciesMeta } =
    await json<Manifest>('package.json');
  const hooks = ['preinstall', 'install', 'postinstall', 'prepare', 'preprepare', 'postprepare'];
  assert.deepEqual(
    Object.keys(scripts).filter((name) => hooks.includes(name)),
    [],
  );
  // npm would compile what such a file describes.
  assert.ok(!files.includes('binding.gyp'));
  assert.deepEqual(Object.keys(dependencies), ['@types/pg', 'pg', 'pg-connection-string', 'zod']);
  for (const name of Object.keys(peerDependencies))
    assert.equal(peerDependenciesMeta[name]?.optional, true, name);
});

test('nothing is in it that is for us alone, or that is secret', () => {
  const kinds = /^(?:bin|deploy|dist|docs)\/|^(?:package\.json|README\.md|CHANGELOG\.md|LICENSE)$/;
  assert.deepEqual(
    files.filter(
      (file) =>
        !kinds.test(file) || /(?:^|\/)(?:\.env|\.npmrc|node_modules|[^/]*\.key)(?:\/|$)|\.test\./.test(file),
    ),
    [],
  );
});

/** In thousands of bytes, a tenth above what it is. Raise them for what is worth it; docs/SPEED.md has the figures. */
const limits = { packed: 4_550, unpacked: 16_600, code: 3_050, page: 1_980, types: 2_620 };

test('it stays small', async () => {
  const sizes = await Promise.all(
    files.map(async (file) => [file, (await fs.stat(path.join(unpacked, file))).size] as const),
  );
  const sum = (which: RegExp): number =>
    Math.round(sizes.reduce((total, [file, size]) => total + (which.test(file) ? size : 0), 0) / 1_000);
  const found = {
    packed: Math.round(tarball.length / 1_000),
    unpacked: sum(/./),
    code: sum(/^dist\/[^/]+\.js$/),
    page: sum(/^dist\/web\//),
    types: sum(/^dist\/types\//),
  };
  for (const [what, limit] of Object.entries(limits)) {
    const size = found[what as keyof typeof found];
    assert.ok(size <= limit, `${what}: ${size} kB, and not at most ${limit}: ${JSON.stringify(found)}`);
    assert.ok(
      size > limit * 0.75,
      `${what}: ${size} kB. Lower its limit of ${limit}: ${JSON.stringify(found)}`,
    );
  }
});

interface Component {
  'bom-ref': string;
  name: string;
  group?: string;
  version: string;
  purl: string;
  scope: string;
  hashes?: { alg: string; content: string }[];
  properties?: { value: string }[];
}

interface Sbom {
  components: Component[];
  dependencies: { ref: string; dependsOn: string[] }[];
}

const fullName = ({ group, name }: Component): string => (group === undefined ? name : `${group}/${name}`);

interface Locked {
  version: string;
  dev?: boolean;
  devOptional?: boolean;
  peer?: boolean;
  integrity?: string;
}

test('its bill of materials is valid, and has all that is installed and all that is in its files', async (t) => {
  const source = await text('dist/sbom.cdx.json');
  const problem = await new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(source);
  assert.equal(problem, null);
  const { components, dependencies } = JSON.parse(source) as Sbom;
  const named = (way: string): string[] =>
    components
      .filter(({ properties = [] }) => properties.some(({ value }) => value === way))
      .map((each) => `${fullName(each)} ${each.version}`)
      .toSorted();

  const lock = JSON.parse(await fs.readFile(path.join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, Locked>;
  };
  const production = Object.entries(lock.packages).filter(
    ([place, { dev, devOptional, peer }]) => place !== '' && !dev && !devOptional && !peer,
  );
  assert.ok(production.length > 10);
  assert.deepEqual(
    named('installed'),
    production.map(([place, { version }]) => `${place.slice('node_modules/'.length)} ${version}`).toSorted(),
  );
  for (const part of components.filter(({ purl }) => purl.startsWith('pkg:npm/'))) {
    const { integrity = '' } = lock.packages[`node_modules/${fullName(part)}`] ?? {};
    const hash = Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex');
    assert.equal(part.hashes?.[0]?.content, hash, part.purl);
  }

  // By the source maps, which a bundler writes for another reason.
  const bundled = new Set<string>();
  for (const file of files.filter((each) => /^dist\/[^/]+\.js\.map$/.test(each))) {
    for (const each of (await json<{ sources: string[] }>(file)).sources) {
      const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(each)?.[1];
      if (name !== undefined) bundled.add(name);
    }
  }
  assert.ok(bundled.has('zod') && bundled.has('jose'));
  assert.deepEqual(
    named('code').map((each) => each.split(' ')[0]),
    [...bundled].toSorted(),
  );
  assert.match(named('pg_dump').join(), /^@electric-sql\/pglite-tools \d/);
  assert.ok(components.some(({ purl }) => /^pkg:generic\/postgresql@\d+\.\d+$/.test(purl)));
  const refs = new Set(components.map((each) => each['bom-ref']));
  assert.equal(refs.size, components.length);
  assert.deepEqual(
    dependencies.flatMap(({ dependsOn }) => dependsOn).filter((ref) => !refs.has(ref)),
    [],
  );
  assert.deepEqual(new Set(dependencies[0]!.dependsOn), refs);

  await t.test('and so have the files of licences, each with its text', async () => {
    for (const [way, file] of [
      ['code', 'dist/licenses.md'],
      ['page', 'dist/web/licenses.md'],
    ] as const) {
      const sections = (await text(file)).split(/^## /m).slice(1);
      const found = sections.map((section) => {
        const [, name = '', licence, words = ''] = /^(\S+ \S+) \(([^)]+)\)\n([^]*)$/.exec(section) ?? [];
        assert.ok(acceptedLicences.includes(licence!), section.slice(0, 60));
        assert.ok(words.length > 400 && /WITHOUT|warrant/i.test(words), section.slice(0, 60));
        return name;
      });
      assert.deepEqual(found.toSorted(), named(way), file);
    }
  });
  await t.test('and all that the page asks for', () => {
    const page = path.join(root, 'web/src');
    const asked = importGraph(page).flatMap(({ to, specifier, typeOnly }) =>
      to === undefined && !typeOnly && !specifier.startsWith('.') && !specifier.startsWith('node:')
        ? [/^(?:@[^/]+\/)?[^/]+/.exec(specifier)![0]]
        : [],
    );
    assert.ok(asked.includes('react') && asked.includes('@mantine/core'));
    const inPage = new Set(named('page').map((each) => each.split(' ')[0]));
    assert.deepEqual(
      [...new Set(asked)].filter((name) => !inPage.has(name)),
      [],
    );
  });
});

test('a package whose licence is not accepted, or not to be found, ends the build', async () => {
  const place = path.join(folder, 'node_modules', 'other');
  await fs.mkdir(place, { recursive: true });
  const write = (licence?: string): Promise<void> =>
    fs.writeFile(
      path.join(place, 'package.json'),
      JSON.stringify({ name: 'other', version: '1.0.0', license: licence }),
    );
  const modules = [path.join(place, 'lib/index.js')];
  for (const licence of ['GPL-3.0-only', undefined]) {
    await write(licence);
    await assert.rejects(packagesOf(modules), /other has the licence/);
  }
  await write('MIT');
  await assert.rejects(licencesOf(await packagesOf(modules)), /no file with its licence/);
  await fs.writeFile(path.join(place, 'LICENCE.txt'), 'as you like');
  assert.match(
    await licencesOf(await packagesOf([`\0${modules[0]}?x`])),
    /## other 1\.0\.0 \(MIT\)\n\nas you like/,
  );
});

test('the changelog has this version, and no version is published without its entry', async () => {
  const { version, publishConfig } = await json<Manifest>('package.json');
  const changelog = await text('CHANGELOG.md');
  assert.deepEqual(changelogProblems(changelog, version, { released: false }), []);
  assert.deepEqual(publishConfig, { access: 'public', provenance: true });
  const [major = '0'] = version.split('.');
  const later = `${Number(major) + 1}.0.0`;
  assert.equal(changelogProblems(changelog, later, { released: false }).length, 1);
  assert.match(changelogProblems(changelog, later, { released: true }).join(), /no section/);
  const entry = (heading: string, rest = '### Added\n\n* Something.\n'): string =>
    `# Changelog\n\n## ${heading}\n\n${rest}`;
  assert.deepEqual(changelogProblems(entry(`[${later}] - 2027-01-31`), later, { released: true }), []);
  assert.match(changelogProblems(entry(`[${later}]`), later, { released: true }).join(), /no date/);
  assert.match(
    changelogProblems(entry(`[${later}] - 2027-01-31`, '### News\n\n* x'), later, { released: true }).join(),
    /News/,
  );
  assert.match(
    changelogProblems(entry(`[${later}] - 2027-01-31`, ''), later, { released: true }).join(),
    /says nothing/,
  );
  // This checkout is no release: a publication is refused, and says why.
  assert.match((await releaseProblems()).join('\n'), /tag v|repository\.url/);
});

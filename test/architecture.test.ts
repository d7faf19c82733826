import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { endpoints, operations } from '../src/api/operations.ts';
import { silentLogger } from '../src/base/logger.ts';
import { routes } from '../src/contract/routes.ts';
import { createBackupSystem } from '../src/index.ts';
import {
  findCycle,
  importGraph,
  importsOf,
  sourceFiles,
  withoutComments,
  type Import,
} from './support/imports.ts';

const root = path.resolve(import.meta.dirname, '..');
const src = path.join(root, 'src');
const graph = importGraph(src);

/**
 * The layers of docs/ARCHITECTURE.md from the bottom to the top. A folder loads only what stands in a line below
 * its own. Types may also come from the same line: they leave no trace at run time.
 */
const layers: string[][] = [
  ['base'],
  ['contract'],
  ['format', 'postgres', 'store', 'schedule', 'retention', 'radar', 'channel'],
  ['catalog', 'engine'],
  ['runs'],
  ['api'],
  ['option-groups'],
  ['settings'],
  ['option-problems', 'secret-files'],
  ['options', 'environment'],
  ['config-options'],
  ['databases'],
  ['index'],
  ['integrations'],
  ['cli'],
];

/** Files above 300 lines, each with the reason why it is better whole. */
const longFiles: Record<string, string> = {
  'base/errors.ts': 'the one error catalogue: an entry a code, nothing to divide',
};

/** Files that hand the environment on without reading anything out of it. */
const environmentPassers: Record<string, string> = {
  'base/runtime.ts': 'threads of ours get where Node keeps compiled code, and nothing else',
  'postgres/pg-dump/native.ts': 'a program of the system needs our PATH and the like; PG* is taken out',
};

/** The folder of a file, or the name of a file that lies in src itself. */
function unitOf(file: string): string {
  return file.includes('/') ? (file.split('/')[0] ?? '') : file.replace(/\.ts$/, '');
}

function rankOf(file: string): number {
  return layers.findIndex((layer) => layer.includes(unitOf(file)));
}

function arrow({ from, to, specifier, typeOnly }: Import): string {
  return `${from} -> ${to ?? specifier}${typeOnly ? ' (type)' : ''}`;
}

test('imports go downwards only', () => {
  const wrong = graph.filter(({ from, to, typeOnly }) => {
    if (to === undefined || unitOf(from) === unitOf(to) || unitOf(from) === 'client') return false;
    return typeOnly ? rankOf(to) > rankOf(from) : rankOf(to) >= rankOf(from);
  });
  assert.deepEqual(wrong.map(arrow), []);
});

/**
 * The rooms of a folder from the bottom to the top: folders in it, files of it, and `.` for the files that are not named.
 * A room loads only what comes before it, types included; rooms in one string load nothing of each other.
 */
const rooms: Record<string, string[]> = {
  engine: [
    'sharing',
    '.',
    'entries globals progress',
    'read',
    'adapt beside',
    'backup look plan stores sweep',
    'copy diff restore',
    'scratch',
    'drill query rows',
  ],
  postgres: [
    'failure.ts identifiers.ts server-version.ts silence.ts table-change.ts',
    'session-settings.ts wire/driver.ts',
    'pooler.ts',
    'wire',
    'connection.ts',
    'wire/session.ts',
    'wire/long-text-reader.ts',
    '.',
    'inspect pg-dump embedded',
    'globals',
  ],
  runs: ['.', 'kinds', 'perform.ts reaper.ts scheduler.ts', 'worker.ts keyed-runs.ts', 'runs.ts'],
  store: ['objects checks.ts', 'store.ts', 'chunk-rows', 'memory.ts database object-store', 'stores.ts'],
};

/** What arrows between rooms there are that `order` does not have. */
function wrongArrows(folder: string, order: readonly string[]): string[] {
  const inside = graph.filter(({ from, to }) => unitOf(from) === folder && to?.startsWith(`${folder}/`));
  const named = order.flatMap((names) => names.split(' '));
  const roomOf = (file: string): string => {
    const inFolder = file.slice(folder.length + 1);
    return named.includes(inFolder) ? inFolder : inFolder.split('/').slice(0, -1).join('/') || '.';
  };
  const rank = (file: string): number => order.findIndex((names) => names.split(' ').includes(roomOf(file)));
  return inside
    .filter(({ from, to }) => roomOf(from) !== roomOf(to!) && !(rank(from) > rank(to!) && rank(to!) >= 0))
    .map(arrow);
}

for (const [folder, order] of Object.entries(rooms)) {
  test(`the rooms of ${folder} load only what is below them`, () => {
    assert.deepEqual(wrongArrows(folder, order), []);
  });
}

test('one file of each folder says in its head what the folder owns and what it never does', () => {
  const wrong = [src, path.join(root, 'web/src')].flatMap((top) => {
    const folders = Map.groupBy(sourceFiles(top), (file) => path.dirname(path.join(top, file)));
    return [...folders].flatMap(([folder, files]) => {
      const name = path.relative(root, folder) === 'web/src' ? 'web' : path.basename(folder);
      const heads = files
        .map((file) => /^\/\*\n[^]*?\*\//.exec(fs.readFileSync(path.join(top, file), 'utf8'))?.[0])
        .filter((head) => head?.includes(` * ${name}/ owns`));
      const good = heads.length === 1 && /\bnever\b/.test(heads[0]!);
      return good ? [] : [`${path.relative(root, folder)}: ${heads.length} heads`];
    });
  });
  assert.deepEqual(wrong, [], 'begin one file with: /* folder/ owns …. It never …. */');
});

test('folders of one line know the types of each other in one direction only', () => {
  const between = graph.flatMap((each) => {
    const [from, to] = [unitOf(each.from), each.to === undefined ? '' : unitOf(each.to)];
    return from !== to && rankOf(from) >= 0 && rankOf(from) === rankOf(to)
      ? [{ from, to, specifier: to, typeOnly: false }]
      : [];
  });
  assert.ok(between.length > 0);
  assert.equal(findCycle(between)?.join(' -> '), undefined);
});

test('every folder and file of src has its place in the layers', () => {
  const unplaced = sourceFiles(src).filter((file) => rankOf(file) < 0 && unitOf(file) !== 'client');
  assert.deepEqual(unplaced, []);
});

test('nothing of ours leaves src', () => {
  assert.deepEqual(graph.filter(({ to }) => to?.startsWith('..') && to !== '../package.json').map(arrow), []);
});

const architecture = fs.readFileSync(path.join(root, 'docs/ARCHITECTURE.md'), 'utf8');

test('the table of layers in docs/ARCHITECTURE.md is the one that holds', () => {
  const rows = architecture.matchAll(/^\| ((?:`[\w.-]+`(?: · )?)+) \|/gm);
  const written = Array.from(rows, ([, names]) =>
    Array.from(names!.matchAll(/`([\w-]+)(?:\.ts)?`/g), ([, name]) => name!),
  );
  // The client is beside them: it loads nothing of ours.
  assert.deepEqual(
    written.filter(([name]) => name !== 'client').map((names) => names.toSorted()),
    layers.map((names) => names.toSorted()),
  );
});

test('nothing of the HTTP API but an operation reaches the system', () => {
  /** Where `system.api` is made, and what it is made of. */
  const works =
    /^api\/(operations\/|metrics\/|(api|status|run-access|waiting|present|present-contents|present-event|listeners|initialized|context)\.ts$)/;
  /** What tells of an error, and whose session has ended. */
  const allowed = new Set(['postgres/failure.ts']);
  const wrong = graph.filter(
    ({ from, to, typeOnly }) =>
      unitOf(from) === 'api' &&
      !works.test(from) &&
      to !== undefined &&
      !typeOnly &&
      !['base', 'contract', 'api'].includes(unitOf(to)) &&
      !allowed.has(to),
  );
  assert.deepEqual(wrong.map(arrow), []);
});

test('every operation is a method of system.api and has an endpoint that calls it', () => {
  const system = createBackupSystem({
    database: 'postgres://nobody@127.0.0.1:1/none',
    auth: { token: 'a-token-0123456789' },
    logger: silentLogger,
  });
  const methods = Object.keys(system.api).filter((name) => name !== 'on');
  assert.deepEqual(methods.toSorted(), operations.map(({ name }) => name).toSorted());
  const folder = path.join(src, 'api/operations');
  const code = fs.readdirSync(folder).map((file) => fs.readFileSync(path.join(folder, file), 'utf8'));
  // The answer of one backup, and the stream of events, are files of their own.
  code.push(
    ...['backup-answer.ts', 'event-stream.ts'].map((file) =>
      fs.readFileSync(path.join(src, 'api', file), 'utf8'),
    ),
  );
  const called = new Set(code.flatMap((text) => text.match(/(?<=\bapi\.)\w+(?=\()/g) ?? []));
  // Over HTTP, waiting is `?wait=` or asking again.
  assert.deepEqual([...called].toSorted(), methods.filter((name) => !name.startsWith('waitFor')).toSorted());
});

test('every route of the contract is served, once', () => {
  const served = endpoints.map(({ route }) => route);
  assert.deepEqual(new Set(served), new Set(Object.values(routes)));
  assert.equal(
    new Set(served.map(({ method, path: address }) => `${method} ${address}`)).size,
    served.length,
  );
});

/** What of the command line has questions of its own to a server, makes one, or reads a store where no system can be. */
const besideTheApi = /^cli\/(alone\/|doctor\/|sql\.ts|start\/|sample-shop\/)/;
const fromBelow: Record<string, string> = {
  'cli/commands/backup.ts -> postgres/pg-dump/thread.ts':
    'starts a thread ahead of everything else; reads and changes nothing',
  'cli/copies.ts -> engine/stores/configured-stores.ts':
    'the name that a store has which is given by its address',
  'cli/key-file.ts -> engine/stores/key-texts.ts': 'a key is read from its file here, and goes on as text',
  'cli/keygen.ts -> format/sealing/key-set.ts': 'makes keys; there is no system yet that they belong to',
  'cli/store/create.ts -> engine/stores/create-store.ts': 'a store is made before any database knows of it',
  'cli/store/self-test.ts -> engine/stores/test-store.ts': 'a place is tried before there is a store in it',
  'cli/store/keys.ts -> engine/stores/change-keys.ts':
    'a store is opened with a recovery key where there is no database',
  'cli/system.ts -> postgres/connection.ts': 'which database is meant',
};

test('the command line reaches the system through system.api alone, a file a command', async () => {
  const below = graph.filter(
    ({ from, to, typeOnly }) =>
      unitOf(from) === 'cli' &&
      !besideTheApi.test(from) &&
      to !== undefined &&
      !typeOnly &&
      ['format', 'postgres', 'store', 'catalog', 'engine', 'runs', 'api'].includes(unitOf(to)),
  );
  assert.deepEqual(below.map(arrow).toSorted(), Object.keys(fromBelow).toSorted());
  const folder = path.join(src, 'cli/commands');
  const program = fs.readFileSync(path.join(src, 'cli/program.ts'), 'utf8');
  for (const file of fs.readdirSync(folder)) {
    const code = fs.readFileSync(path.join(folder, file), 'utf8');
    assert.equal(code.match(/\.command\(/g)?.length, 1, file);
    const [add] = /(?<=export function )add\w+Command/.exec(code) ?? [];
    assert.ok(add !== undefined && new RegExp(`^    ${add},$`, 'm').test(program), file);
  }
});

const web = path.join(root, 'web/src');
const pageGraph = importGraph(web);

/**
 * The folders of the page from the bottom to the top, `.` for the files in web/src itself. A folder loads only what is
 * in a line above its own here; of the screens only the overview shows pieces of another one.
 */
const pageLayers: string[][] = [
  ['format'],
  ['data'],
  ['parts'],
  ['session'],
  [
    'access',
    'backups',
    'channels',
    'databases',
    'history',
    'radar',
    'restore',
    'schedule',
    'setup',
    'stores',
  ],
  ['overview'],
  ['shell'],
  ['.'],
];

/** Code of src that runs in the page too: numbers, sizes and sentences, the same as on the command line. */
const sharedWithPage =
  /^(base\/(units|words)|contract\/(scopes|needed-scopes|topics|channel-kinds)|contract\/(approval|audit|channel|finding|health|left-behind|recovery|replace|scope|undo|verification)-words)\.ts$/;

test('the folders of the page load only what is below them', () => {
  const folderOf = (file: string): string => (file.includes('/') ? file.split('/')[0]! : '.');
  const rank = (file: string): number => pageLayers.findIndex((layer) => layer.includes(folderOf(file)));
  assert.deepEqual(
    sourceFiles(web).filter((file) => rank(file) < 0),
    [],
    'a folder without a place',
  );
  const wrong = pageGraph.filter(({ from, to }) => {
    if (to === undefined || to.startsWith('..') || folderOf(from) === folderOf(to)) return false;
    return rank(to) >= rank(from);
  });
  assert.deepEqual(wrong.map(arrow), []);
  assert.equal(findCycle(pageGraph)?.join(' -> '), undefined);
});

test('the page knows the server through the client alone', () => {
  const wrong = pageGraph.filter(({ to, typeOnly }) => {
    const target = /^\.\.\/\.\.\/src\/(.*)$/.exec(to ?? '')?.[1];
    if (to?.startsWith('..') && target === undefined) return true;
    if (target === undefined || sharedWithPage.test(target)) return false;
    return typeOnly ? !target.startsWith('contract/') : !target.startsWith('client/');
  });
  assert.deepEqual(wrong.map(arrow), []);
  const clientUsers = pageGraph.filter(({ to }) => to?.includes('/src/client/')).map(({ from }) => from);
  assert.deepEqual([...new Set(clientUsers)], ['data/client.ts']);
});

test('only src/postgres loads the driver', () => {
  const wrong = graph.filter(
    ({ from, specifier, typeOnly }) =>
      /^(pg|pg-connection-string|pg-protocol|pg-pool|pg-copy-streams)(\/|$)/.test(specifier) &&
      !typeOnly &&
      unitOf(from) !== 'postgres',
  );
  assert.deepEqual(wrong.map(arrow), []);
});

/** The packages that speak with places outside the database, each loaded by one file when it is used. */
const placeDrivers: Record<string, string> = {
  '@aws-sdk/client-s3': 'store/objects/s3.ts',
  '@azure/storage-blob': 'store/objects/azure.ts',
  ssh2: 'store/objects/sftp.ts',
};

test('the driver of a place is loaded by its file alone, when the place is used', () => {
  const own = /^(?:@aws-sdk|@smithy|@azure|ssh2)(?:\/|$)/;
  const loaded = graph.filter(({ specifier, typeOnly }) => own.test(specifier) && !typeOnly);
  assert.deepEqual(
    loaded.map(arrow).toSorted(),
    Object.entries(placeDrivers)
      .map(([name, file]) => `${file} -> ${name}`)
      .toSorted(),
  );
  for (const [name, file] of Object.entries(placeDrivers)) {
    const code = withoutComments(fs.readFileSync(path.join(src, file), 'utf8'));
    assert.ok(code.includes(`await loadDriver('${name}', () => import('${name}'))`), file);
  }
  // What is loaded when a place is used is not loaded by anything else beforehand.
  const places = /^store\/objects\/(?:directory|s3|azure|sftp)\.ts$/;
  const before = graph.filter(({ to, typeOnly }) => places.test(to ?? '') && !typeOnly);
  assert.deepEqual([...new Set(before.map(({ from }) => from))], ['store/objects/open.ts']);
  const opening = fs.readFileSync(path.join(src, 'store/objects/open.ts'), 'utf8');
  assert.equal(opening.match(/await import\('\.\/(?:directory|s3|azure|sftp)\.ts'\)/g)?.length, 4);
  // They are optional, in one version.
  const described = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')) as Record<
    'peerDependencies' | 'devDependencies' | 'dependencies',
    Record<string, string>
  > & { peerDependenciesMeta: Record<string, { optional: boolean }> };
  for (const name of Object.keys(placeDrivers)) {
    assert.match(described.peerDependencies[name]!, /^\d+\.\d+\.\d+$/, name);
    assert.equal(described.devDependencies[name], described.peerDependencies[name], name);
    assert.equal(described.peerDependenciesMeta[name]?.optional, true, name);
    assert.equal(described.dependencies[name], undefined, name);
  }
});

test('one file alone reads what the driver does not declare', () => {
  const casts = sourceFiles(src).filter((file) => {
    const code = withoutComments(fs.readFileSync(path.join(src, file), 'utf8'));
    return (
      /\b(?:pg|prepared-client\.ts)'/.test(code) &&
      /\b(?:client|connection|other|this)\s+as\s+(?:unknown|any)\b|from 'pg\/lib/.test(code)
    );
  });
  assert.deepEqual(casts, ['postgres/wire/driver.ts']);
});

test('the client loads nothing but itself and zod, and nothing loads the client', () => {
  const wrong = graph.filter(({ from, to, specifier, typeOnly }) => {
    if (unitOf(from) !== 'client') return to !== undefined && unitOf(to) === 'client';
    const own = to !== undefined && unitOf(to) === 'client';
    return !typeOnly && !own && !/^zod(\/|$)/.test(specifier);
  });
  assert.deepEqual(wrong.map(arrow), []);
});

test('the environment is read by environment.ts and the CLI only', () => {
  const allowed = (file: string): boolean =>
    file === 'environment.ts' || unitOf(file) === 'cli' || file in environmentPassers;
  const wrong = sourceFiles(src).filter((file) => {
    const code = withoutComments(fs.readFileSync(path.join(src, file), 'utf8'));
    return !allowed(file) && /\bprocess\s*\.\s*env\b|\bprocess\[|from 'node:process'/.test(code);
  });
  assert.deepEqual(wrong, []);
});

test('no files load each other in a circle', () => {
  assert.equal(findCycle(graph)?.join(' -> '), undefined);
});

test('no file is named for nothing in particular', () => {
  const folders = ['src', 'test', 'scripts', 'bench', 'web'].filter((folder) =>
    fs.existsSync(path.join(root, folder)),
  );
  const files = folders.flatMap((folder) =>
    sourceFiles(path.join(root, folder)).map((file) => `${folder}/${file}`),
  );
  const wrong = files.filter((file) =>
    /(^|[/.-])(utils?|helpers?|commons?|misc|shared)([/.-]|$)/i.test(file),
  );
  assert.deepEqual(wrong, []);
});

test('no source file is longer than 300 lines without a reason', () => {
  const lengths = new Map(
    sourceFiles(src).map((file) => [
      file,
      fs.readFileSync(path.join(src, file), 'utf8').split('\n').length - 1,
    ]),
  );
  const long = [...lengths].filter(([, lines]) => lines > 300).map(([file]) => file);
  assert.deepEqual(
    long.filter((file) => !(file in longFiles)),
    [],
    'too long',
  );
  assert.deepEqual(
    Object.keys(longFiles).filter((file) => lengths.has(file) && !long.includes(file)),
    [],
    'no exception needed any more',
  );
});

test('the scanner sees every form of import', () => {
  const source = `
    import a from 'a';
    import type { B } from './b.ts';
    import {
      c,
      type D,
    } from "../c.ts";
    import './e.ts';
    import * as f from 'node:f';
    export * from './g.ts';
    export type { H } from './h.ts';
    export { i } from './i.ts';
    // import x from 'comment';
    /* import y from 'comment'; */
    const address = 'http://example.test'; const j = await import('./j.ts');
    new Worker(new URL('./k.ts', import.meta.url));
    export const notAnImport = 'from';
    export function from() { return 'l'; }
  `;
  assert.deepEqual(
    importsOf(source).map(({ specifier, typeOnly }) => `${specifier}${typeOnly ? ' type' : ''}`),
    [
      'a',
      './b.ts type',
      '../c.ts',
      './e.ts',
      'node:f',
      './g.ts',
      './h.ts type',
      './i.ts',
      './j.ts',
      './k.ts',
    ],
  );
});

test('nothing is copied by slice(), which of a Buffer is a view of the same memory', () => {
  const copying = sourceFiles(src).filter((file) =>
    /\.slice\(\)/.test(fs.readFileSync(path.join(src, file), 'utf8').replaceAll(/^\s*(\/\/|\*).*$/gm, '')),
  );
  assert.deepEqual(copying, []);
});

test('the cycle finder finds a cycle', () => {
  const edge = (from: string, to: string): Import => ({ from, to, specifier: to, typeOnly: false });
  assert.deepEqual(findCycle([edge('a', 'b'), edge('b', 'c'), edge('c', 'b')]), ['b', 'c', 'b']);
  assert.equal(findCycle([edge('a', 'b'), edge('a', 'c'), edge('b', 'c')]), undefined);
});

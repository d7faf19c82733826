import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
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
  ['format', 'postgres', 'store'],
  ['catalog', 'engine'],
  ['jobs'],
  ['api'],
  ['options', 'environment'],
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
  'postgres/pg-dump-native.ts': 'a program of the system needs our PATH and the like; PG* is taken out',
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

test('every folder and file of src has its place in the layers', () => {
  const unplaced = sourceFiles(src).filter((file) => rankOf(file) < 0 && unitOf(file) !== 'client');
  assert.deepEqual(unplaced, []);
});

test('nothing of ours leaves src', () => {
  assert.deepEqual(graph.filter(({ to }) => to?.startsWith('..') && to !== '../package.json').map(arrow), []);
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

test('the cycle finder finds a cycle', () => {
  const edge = (from: string, to: string): Import => ({ from, to, specifier: to, typeOnly: false });
  assert.deepEqual(findCycle([edge('a', 'b'), edge('b', 'c'), edge('c', 'b')]), ['b', 'c', 'b']);
  assert.equal(findCycle([edge('a', 'b'), edge('a', 'c'), edge('b', 'c')]), undefined);
});

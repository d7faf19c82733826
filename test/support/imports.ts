import * as fs from 'node:fs';
import path from 'node:path';

export interface Import {
  /** The importing file, relative to the scanned root, with `/`. */
  from: string;
  /** As written. */
  specifier: string;
  /** The imported file, relative to the root; undefined for a package or a node: module. */
  to: string | undefined;
  /** Gone at run time. `import { type A }` is not: it still loads the module. */
  typeOnly: boolean;
}

const statement = /^[ \t]*(?:import|export)\s+(type\s+)?(?:[\w$*{][^'"`;]*?\sfrom\s*)?['"]([^'"]+)['"]/gm;
const dynamic = /\bimport\s*\(\s*['"]([^'"]+)['"]/g;
/** How a worker of ours is started: `new URL('./worker.ts', import.meta.url)`. Other files that are named so are none of the sources. */
const worker = /new URL\(\s*['"](\.[^'"]+\.ts)['"]\s*,\s*import\.meta\.url/g;

/** The imports, re-exports, dynamic imports and worker files that a source text names. */
export function importsOf(source: string): { specifier: string; typeOnly: boolean }[] {
  const code = withoutComments(source);
  return [
    ...[...code.matchAll(statement)].map((match) => ({
      specifier: match[2] ?? '',
      typeOnly: Boolean(match[1]),
    })),
    ...[...code.matchAll(dynamic), ...code.matchAll(worker)].map((match) => ({
      specifier: match[1] ?? '',
      typeOnly: false,
    })),
  ];
}

/** Removes comments; quotes are looked at only so far that an address in a string does not begin a comment. */
export function withoutComments(source: string): string {
  const strings = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`/.source;
  const comments = /\/\*[\s\S]*?\*\/|\/\/[^\n]*/.source;
  return source.replaceAll(new RegExp(`(${strings})|${comments}`, 'g'), (_, string?: string) => string ?? '');
}

/** Every .ts and .tsx file below `root`, relative to it, with `/`. */
export function sourceFiles(root: string): string[] {
  return fs
    .readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => file.replaceAll(path.sep, '/'))
    .toSorted();
}

/** The import graph of all sources below `root`. */
export function importGraph(root: string): Import[] {
  return sourceFiles(root).flatMap((from) =>
    importsOf(fs.readFileSync(path.join(root, from), 'utf8')).map(({ specifier, typeOnly }) => {
      const to = specifier.startsWith('.') ? path.posix.join(path.posix.dirname(from), specifier) : undefined;
      return { from, specifier, to, typeOnly };
    }),
  );
}

/** One cycle of files that load each other at run time, or undefined. */
export function findCycle(graph: Import[]): string[] | undefined {
  const next = new Map<string, string[]>();
  for (const { from, to, typeOnly } of graph) {
    if (to !== undefined && !typeOnly) next.set(from, [...(next.get(from) ?? []), to]);
  }
  const done = new Set<string>();
  const visit = (file: string, trail: string[]): string[] | undefined => {
    if (trail.includes(file)) return [...trail.slice(trail.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const to of next.get(file) ?? []) {
      const cycle = visit(to, [...trail, file]);
      if (cycle) return cycle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of next.keys()) {
    const cycle = visit(file, []);
    if (cycle) return cycle;
  }
  return undefined;
}

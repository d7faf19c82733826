import * as fs from 'node:fs';
import path from 'node:path';
import { parseAst } from 'vite';
import { sourceFiles } from './imports.ts';

export interface SourceText {
  /** Relative to src. */
  file: string;
  /** A string of the program, with `$$` in place of what is put in at run time. */
  text: string;
}

const src = path.resolve(import.meta.dirname, '../../src');
/** The sample shop is an application's SQL, run once in a database of its own server that nobody else has seen. */
const notOurs = /^cli\/sample-shop\//;

/** Every string and template of our sources. What is SQL among them is for the caller to tell. */
export function sourceTexts(): SourceText[] {
  return sourceFiles(src)
    .filter((file) => !notOurs.test(file))
    .flatMap((file) => {
      const texts: SourceText[] = [];
      const ast: unknown = parseAst(fs.readFileSync(path.join(src, file), 'utf8'), { lang: 'ts' });
      walk(ast, (text) => texts.push({ file, text }));
      return texts;
    });
}

function walk(node: unknown, found: (text: string) => void): void {
  if (Array.isArray(node)) return node.forEach((each) => walk(each, found));
  if (typeof node !== 'object' || node === null) return;
  const { type, value, quasis } = node as {
    type?: string;
    value?: unknown;
    quasis?: { value: { cooked: string } }[];
  };
  if (type === 'Literal' && typeof value === 'string') found(value);
  if (type === 'TemplateLiteral' && quasis) found(quasis.map((quasi) => quasi.value.cooked).join('$$'));
  for (const child of Object.values(node)) walk(child, found);
}

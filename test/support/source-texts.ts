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
  return collect((node) => {
    if (node.type === 'TemplateLiteral') {
      return node.quasis?.map((quasi) => quasi.value.cooked).join('$$');
    }
    return node.type === 'Literal' && typeof node.value === 'string' ? node.value : undefined;
  });
}

const comparing = new Set(['includes', 'startsWith', 'endsWith', 'indexOf', 'match', 'search', 'split']);

/** What our sources look for in texts: regular expressions, and strings given to the methods that compare. */
export function soughtTexts(): SourceText[] {
  return collect((node) => {
    if (node.regex) return node.regex.pattern;
    const sought = node.arguments?.[0]?.value;
    return comparing.has(node.callee?.property?.name ?? '') && typeof sought === 'string'
      ? sought
      : undefined;
  });
}

/** As much of a syntax tree's node as is looked at here. */
interface SyntaxNode {
  type?: string;
  value?: unknown;
  quasis?: { value: { cooked: string } }[];
  regex?: { pattern: string };
  callee?: { property?: { name?: string } };
  arguments?: { value?: unknown }[];
}

function collect(textOf: (node: SyntaxNode) => string | undefined): SourceText[] {
  return sourceFiles(src)
    .filter((file) => !notOurs.test(file))
    .flatMap((file) => {
      const texts: SourceText[] = [];
      const visit = (node: unknown): void => {
        if (typeof node !== 'object' || node === null) return;
        const text = Array.isArray(node) ? undefined : textOf(node as SyntaxNode);
        if (text !== undefined) texts.push({ file, text });
        for (const child of Object.values(node)) visit(child);
      };
      visit(parseAst(fs.readFileSync(path.join(src, file), 'utf8'), { lang: 'ts' }));
      return texts;
    });
}

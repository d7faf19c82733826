/**
 * Writes the table of settings in docs/OPERATIONS.md from src/settings.ts.
 *
 *   node scripts/settings-doc.ts            writes it
 *   node scripts/settings-doc.ts --check    fails when it differs
 */
import * as fs from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { fileVariable } from '../src/secret-files.ts';
import { settings, type Setting } from '../src/settings.ts';

export const settingsFile = path.resolve(import.meta.dirname, '../docs/OPERATIONS.md');

const begin = '<!-- Written by scripts/settings-doc.ts from src/settings.ts; change it there. -->';
const end = '<!-- The end of what is written. -->';

/** The document with the table as it has to be. */
export function withSettings(document: string): string {
  const [before, rest] = document.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined)
    throw new Error(`${settingsFile} has no place for the table`);
  return `${before}${begin}\n\n${table()}\n\n${end}${after}`;
}

function table(): string {
  const rows = settings.map((setting) => {
    const { variable, secret } = setting;
    const ofFile = variable !== undefined && secret ? fileVariable(variable) : undefined;
    const ways = [variable, ofFile, setting.flag].flatMap((name) => (name === undefined ? [] : [code(name)]));
    const cells = [
      code(setting.path.join('.')),
      inFile(setting),
      ways.join(' '),
      defaultOf(setting),
      valuesOf(setting),
      setting.meaning,
    ];
    return `| ${cells.join(' | ')} |`;
  });
  return [
    '| Option | In the file | Variable, flag | Default | Values | Meaning |',
    '|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

/** How a configuration file says it, and what its value is there. */
function inFile({ path: place, schema }: Setting): string {
  const name = place.toReversed().reduce((inner, group) => `${group}: { ${inner} }`);
  const kinds = kindsOf(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
  return `${code(name)}: ${kinds.length === 0 ? 'code, not in JSON' : kinds.join(' or ')}`;
}

const kindNames: Record<string, string> = {
  string: 'text',
  number: 'number',
  integer: 'number',
  boolean: '`true` or `false`',
  array: 'list',
  object: 'object',
};

function kindsOf({ type, anyOf = [] }: z.core.JSONSchema.BaseSchema): string[] {
  const own = typeof type === 'string' ? [kindNames[type]!] : [];
  const each = anyOf.flatMap((inner) => (typeof inner === 'object' ? kindsOf(inner) : []));
  return [...new Set([...own, ...each])];
}

function code(text: string): string {
  return `\`${text}\``;
}

function defaultOf({ schema, as, otherwise }: Setting): string {
  if (otherwise !== undefined) return otherwise;
  const value: unknown = schema.safeParse(undefined).data;
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return '';
  if (as === 'switch') return value === true ? `\`true\` (${code('on')})` : `\`false\` (${code('off')})`;
  return code(String(value as string | number));
}

function valuesOf({ schema, as }: Setting): string {
  if (as === 'switch') return '`true`, `false` (`on`, `off`)';
  if (as !== 'number') return '';
  const { minimum, maximum } = z.toJSONSchema(schema, { io: 'input' });
  return `${grouped(minimum)} to ${grouped(maximum)}`;
}

/** 2147483647 as 2 147 483 647. */
function grouped(value: number | undefined): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ' ');
}

async function main(): Promise<void> {
  const found = await fs.readFile(settingsFile, 'utf8');
  const wanted = withSettings(found);
  if (found === wanted) return;
  if (process.argv.includes('--check')) {
    console.error(
      'The settings in docs/OPERATIONS.md are out of date. Write them with: node scripts/settings-doc.ts',
    );
    process.exitCode = 1;
    return;
  }
  await fs.writeFile(settingsFile, wanted);
}

if (import.meta.main) await main();

import type { AdaptWishes } from '../contract/adapt.ts';
import { unquoted } from '../base/quoted-name.ts';
import { usage } from './alone/options.ts';

/** Options of `restore` for tables that have changed since the backup. */
export interface AdaptOptions {
  onDrift: 'fail' | 'adapt' | 'replace';
  dropNew?: boolean;
  fill?: string[];
  rename?: string[];
  dropColumn?: string[];
  value?: string[];
  timestampZone?: string;
}

const part = String.raw`("(?:[^"]|"")*"|[^".=]+)`;
const columnReference = new RegExp(`^(?:${part}\\.)?${part}\\.${part}(?:=(.*))?$`, 's');

/** What was typed as `orders.total=amount`, as the API takes it. @throws INVALID_REQUEST naming the option */
export function adaptWishes(options: AdaptOptions): Partial<AdaptWishes> {
  const wishes: Partial<AdaptWishes> = {};
  const fill = parsed('--fill', options.fill, 'orders.currency=EUR');
  if (fill) wishes.fill = byTable(fill);
  const renames = parsed('--rename', options.rename, 'orders.total=amount');
  if (renames) wishes.renames = byTable(renames);
  if (options.value) {
    wishes.values = {};
    for (const { table, column, text } of parsed('--value', options.value, 'orders.status=old=new') ?? []) {
      const [old = '', ...rest] = text.split('=');
      if (rest.length === 0) throw malformed('--value', 'orders.status=old=new');
      const columns = (wishes.values[table] ??= {});
      (columns[column] ??= {})[old] = rest.join('=');
    }
  }
  if (options.dropColumn) {
    wishes.dropColumns = {};
    for (const typed of options.dropColumn) {
      const { table, column, text } = reference('--drop-column', typed, 'orders.note');
      if (text !== undefined) throw malformed('--drop-column', 'orders.note');
      (wishes.dropColumns[table] ??= []).push(column);
    }
  }
  if (options.timestampZone !== undefined) wishes.timestampZone = options.timestampZone;
  return wishes;
}

interface Reference {
  table: string;
  column: string;
}

function parsed(
  option: string,
  typed: readonly string[] | undefined,
  example: string,
): (Reference & { text: string })[] | undefined {
  return typed?.map((each) => {
    const { text, ...named } = reference(option, each, example);
    if (text === undefined) throw malformed(option, example);
    return { ...named, text };
  });
}

function byTable(
  references: readonly (Reference & { text: string })[],
): Record<string, Record<string, string>> {
  const tables: Record<string, Record<string, string>> = {};
  for (const { table, column, text } of references) (tables[table] ??= {})[column] = text;
  return tables;
}

function reference(option: string, typed: string, example: string): Reference & { text: string | undefined } {
  const [whole, schema, table, column, text] = columnReference.exec(typed) ?? [];
  if (whole === undefined || table === undefined || column === undefined) throw malformed(option, example);
  const name = unquoted(table);
  return {
    table: schema === undefined ? name : `${unquoted(schema)}.${name}`,
    column: unquoted(column),
    text,
  };
}

function malformed(option: string, example: string): Error {
  return usage('restore', `${option} takes what is written like ${example}, or with the schema before it.`);
}

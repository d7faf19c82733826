import { unquoted } from '../../base/quoted-name.ts';
import type { SchemaEntry } from '../../format/manifest.ts';
import { quoteIdentifier, quoteLiteral, quoteName, type QualifiedName } from '../../postgres/identifiers.ts';
import { isBlank, isName, isText, sqlTokens, textOf } from '../../base/sql-tokens.ts';
import type { NameSpace, NewNames } from './names.ts';

/**
 * After these a qualified name is that of a relation. pg_dump and the server write keywords in capitals and quote every name
 * that has some, so a word in capitals without quotes is a keyword.
 */
const beforeRelation = new Set([
  'TABLE',
  'ONLY',
  'ON',
  'REFERENCES',
  'FROM',
  'SEQUENCE',
  'NAME',
  'BY',
  'PARTITION',
  'INDEX',
  'COLUMN',
]);

/** Entries in which the operator classes of an index may be named: types are only those after `::`. */
const withOperatorClasses = new Set(['INDEX', 'CONSTRAINT']);

export interface RenamedEntry {
  entry: SchemaEntry;
  /** Texts that read like a table that has another name now, and that stay as they are. */
  suspects: string[];
}

/**
 * The same definition under the new names. Statements of pg_dump qualify every name that is not the system's, and name columns
 * never by their table, so that a name with a dot in it is one of few things, which the word before it tells apart.
 * @param of.ofKey whether the entry is about a constraint whose index has a new name: a key, or the comment on one
 * @param of.relation what it belongs to by its tag
 */
export function renameEntry(
  entry: SchemaEntry,
  names: NewNames,
  { ofKey, relation }: { ofKey: boolean; relation: SchemaEntry | undefined },
): RenamedEntry {
  const suspects: string[] = [];
  const renamed = (sql: string): string => rename(sql, entry, names, ofKey, suspects);
  return {
    entry: {
      ...entry,
      ...renamedTag(entry, names, relation),
      sql: renamed(entry.sql),
      ownerSql: renamed(entry.ownerSql),
    },
    suspects,
  };
}

function rename(
  sql: string,
  { kind, schema }: SchemaEntry,
  names: NewNames,
  ofKey: boolean,
  suspects: string[],
): string {
  const tokens = sqlTokens(sql);
  let castsOnly = withOperatorClasses.has(kind);
  let inherits = false;
  /** The last two tokens that say something. */
  let previous = '';
  let before = '';
  let result = '';
  const write = (from: number, to: number, written: string): number => {
    result += written;
    for (const text of tokens.slice(from, to)) {
      if (isBlank(text)) continue;
      before = previous;
      previous = text;
    }
    return to;
  };
  for (let at = 0; at < tokens.length;) {
    const text = tokens[at]!;
    if (previous === 'INHERITS' && text === '(') inherits = true;
    else if (text === ')') inherits = false;
    if (text === 'BY' && previous === 'PARTITION') castsOnly = true;
    if (isText(text) && tokens[at + 1] === '::') {
      const other = renamedLiteral(text, tokens[at + 2] ?? '', tokens[at + 3] ?? '', names);
      if (other === undefined && isSuspect(text, names)) suspects.push(text);
      at = write(at, at + 1, other ?? text);
    } else if (isName(text) && tokens[at + 1] === '.' && isName(tokens[at + 2] ?? '')) {
      const name = { schema: unquoted(text), name: unquoted(tokens[at + 2]!) };
      const space = inherits ? 'relation' : spaceAfter(previous, { castsOnly });
      // f(x): the parenthesis of a call follows at once; that of REFERENCES t(id) too.
      const calls = tokens[at + 3] === '(' && previous !== 'REFERENCES';
      const other = space && !calls ? names.find(space, name) : undefined;
      let end = at + 3;
      // Of a column: table and schema are the first two.
      while (tokens[end] === '.' && isName(tokens[end + 1] ?? '')) end += 2;
      const rest = tokens.slice(at + 3, end).join('');
      at = write(at, end, (other ? quoteName(other) : tokens.slice(at, at + 3).join('')) + rest);
    } else if (isName(text) && isIndexName(previous, before, ofKey) && schema !== null) {
      const other = names.find('relation', { schema, name: unquoted(text) });
      at = write(at, at + 1, other ? quoteIdentifier(other.name) : text);
    } else {
      if (isText(text) && isSuspect(text, names)) suspects.push(text);
      at = write(at, at + 1, text);
    }
  }
  return result;
}

function spaceAfter(previous: string, { castsOnly }: { castsOnly: boolean }): NameSpace | undefined {
  if (beforeRelation.has(previous)) return 'relation';
  if (previous === 'STATISTICS') return 'statistics';
  if (previous === 'COLLATE') return undefined;
  return previous === '::' || !castsOnly ? 'type' : undefined;
}

/** Whether a name without a schema is that of an index. */
function isIndexName(previous: string, before: string, ofKey: boolean): boolean {
  if (previous === 'CONSTRAINT') return ofKey;
  if (previous === 'ON') return before === 'CLUSTER';
  return previous === 'INDEX';
}

const spaceOfType: Readonly<Record<string, NameSpace>> = { regclass: 'relation', regtype: 'type' };

/** `'public.orders_id_seq'::regclass` names a relation: the server writes it so for its oid alone. */
function renamedLiteral(text: string, type: string, after: string, names: NewNames): string | undefined {
  const space = spaceOfType[type];
  if (space === undefined || after === '[') return undefined;
  const named = nameIn(text);
  const other = named && names.find(space, named.name);
  return other ? quoteLiteral(quoteName(other) + named.rest) : undefined;
}

function isSuspect(text: string, names: NewNames): boolean {
  const named = nameIn(text);
  return named !== undefined && names.find('relation', named.name) !== undefined;
}

/** What a text names, if that is one qualified name, also of an array type. */
function nameIn(text: string): { name: QualifiedName; rest: string } | undefined {
  if (!text.startsWith("'")) return undefined;
  const [schema = '', dot, name = '', ...rest] = sqlTokens(textOf(text));
  if (!isName(schema) || dot !== '.' || !isName(name)) return undefined;
  if (!/^(?:\[\])?$/.test(rest.join(''))) return undefined;
  return { name: { schema: unquoted(schema), name: unquoted(name) }, rest: rest.join('') };
}

const spaceOfKind: Readonly<Record<string, NameSpace>> = {
  TABLE: 'relation',
  INDEX: 'relation',
  SEQUENCE: 'relation',
  COLUMN: 'relation',
  TYPE: 'type',
  DOMAIN: 'type',
  STATISTICS: 'statistics',
};

/** Schema and tag, for people: what is made of them says only what they are about. */
function renamedTag(
  entry: SchemaEntry,
  names: NewNames,
  relation: SchemaEntry | undefined,
): Pick<SchemaEntry, 'schema' | 'name'> {
  const { kind, schema, name } = entry;
  if (schema === null) return { schema, name };
  const find = (space: NameSpace, old: string): QualifiedName | undefined =>
    names.find(space, { schema, name: old });
  const whole = find(spaceOfKind[kind] ?? 'relation', name);
  if (whole) return whole;
  const table = relation && find(relation.kind === 'DOMAIN' ? 'type' : 'relation', relation.name);
  if (relation && table) {
    const inner = name.slice(relation.name.length + 1);
    const own = kind === 'CONSTRAINT' ? find('relation', inner)?.name : undefined;
    return { schema: table.schema, name: `${table.name} ${own ?? inner}` };
  }
  return annotationTag(schema, name, find);
}

/** `COLUMN orders.id`, `CONSTRAINT orders_pkey ON orders`. */
function annotationTag(
  schema: string,
  tag: string,
  find: (space: NameSpace, old: string) => QualifiedName | undefined,
): Pick<SchemaEntry, 'schema' | 'name'> {
  let target = schema;
  let word = '';
  const tokens = sqlTokens(tag);
  const written = tokens.map((text, at) => {
    if (!isName(text) || tokens[at - 1] === '.') return text;
    const space = word === 'ON' ? 'relation' : spaceOfKind[word];
    word = text;
    const other = space && find(space, unquoted(text));
    if (!other) return text;
    target = other.schema;
    return other.name === unquoted(text) ? text : quoteIdentifier(other.name);
  });
  return { schema: target, name: written.join('') };
}

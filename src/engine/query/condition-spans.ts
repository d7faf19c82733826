import type { KeyKind } from '../look/key-values.ts';
import { both, type Span, type SpanOrder } from './spans.ts';

/*
 * The text of a condition in a plan of the server. It writes each operation in parentheses of its own, so a condition is read only
 * where all of it is known; what is not says nothing, and nothing is left out for it.
 */

/** The column of a key, as a plan names it. */
export interface KeyInPlan {
  alias: string;
  column: string;
  kind: KeyKind;
}

/** In which order values of a key are. */
export function spanOrder(kind: KeyKind): SpanOrder {
  return kind === 'integer' ? 'integer' : 'bytes';
}

interface Token {
  kind: 'name' | 'quoted' | 'text' | 'number' | 'mark' | 'other';
  value: string;
}

/** @returns which values of the key rows can have for which the condition holds; null where it does not tell */
export function conditionSpans(condition: string, key: KeyInPlan): Span[] | null {
  const tokens = tokensOf(condition);
  return tokens && spansOf(tokens, key);
}

const lexer =
  /\s+|(?<quoted>"(?:[^"]|"")*")|(?<text>'(?:[^']|'')*')|(?<number>\d+(?![\w.]))|(?<name>[\p{L}_][\p{L}\p{N}_$]*(?!['"]))|(?<mark>::|\$\d+|\d[\w.]*|[-+*/<>=~!@#%^&|`?]+|[()[\].,])|(?<other>[^])/uy;

function tokensOf(text: string): Token[] | null {
  const tokens: Token[] = [];
  lexer.lastIndex = 0;
  for (let match = lexer.exec(text); match; match = lexer.exec(text)) {
    const { quoted, text: literal, number, name, mark, other } = match.groups ?? {};
    if (quoted !== undefined)
      tokens.push({ kind: 'quoted', value: quoted.slice(1, -1).replaceAll('""', '"') });
    else if (literal !== undefined)
      tokens.push({ kind: 'text', value: literal.slice(1, -1).replaceAll("''", "'") });
    else if (number !== undefined) tokens.push({ kind: 'number', value: number });
    else if (name !== undefined) tokens.push({ kind: 'name', value: name });
    else if (mark !== undefined) tokens.push({ kind: 'mark', value: mark });
    // Such as E'…': where a text ends is not known any more.
    else if (other !== undefined) return null;
    if (lexer.lastIndex === text.length) break;
  }
  return tokens;
}

const isMark = (token: Token | undefined, value: string): boolean =>
  token?.kind === 'mark' && token.value === value;
const isWord = (token: Token | undefined, value: string): boolean =>
  token?.kind === 'name' && token.value === value;

function spansOf(tokens: readonly Token[], key: KeyInPlan): Span[] | null {
  const inner = unwrapped(tokens);
  const all = split(inner, 'AND');
  const either = split(inner, 'OR');
  if (all.length > 1 && either.length > 1) return null;
  if (all.length > 1) {
    return all
      .map((each) => spansOf(each, key))
      .reduce((a, b) => (a === null || b === null ? (a ?? b) : both(a, b, spanOrder(key.kind))));
  }
  if (either.length > 1) {
    const found = either.map((each) => spansOf(each, key));
    return found.includes(null) ? null : found.flatMap((spans) => spans ?? []);
  }
  return comparison(inner, key);
}

/** Without parentheses around all of it. */
function unwrapped(tokens: readonly Token[]): readonly Token[] {
  let inner = tokens;
  while (isMark(inner[0], '(') && closing(inner) === inner.length - 1) inner = inner.slice(1, -1);
  return inner;
}

/** Where the first parenthesis is closed. */
function closing(tokens: readonly Token[]): number {
  let depth = 0;
  return tokens.findIndex((token) => {
    if (isMark(token, '(')) depth++;
    if (isMark(token, ')')) depth--;
    return depth === 0;
  });
}

/** Parts between a word that is in no parentheses. */
function split(tokens: readonly Token[], word: 'AND' | 'OR'): Token[][] {
  const parts: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (isMark(token, '(') || isMark(token, '[')) depth++;
    if (isMark(token, ')') || isMark(token, ']')) depth--;
    if (depth === 0 && isWord(token, word)) parts.push([]);
    else parts.at(-1)!.push(token);
  }
  return parts;
}

const mirrored: Readonly<Record<string, string>> = { '=': '=', '<': '>', '>': '<', '<=': '>=', '>=': '<=' };

function comparison(tokens: readonly Token[], key: KeyInPlan): Span[] | null {
  const place = tokens.findIndex(({ kind, value }) => kind === 'mark' && value in mirrored);
  if (place < 0) return null;
  const operator = tokens[place]!.value;
  const [left, right] = [tokens.slice(0, place), tokens.slice(place + 1)];
  if (isKey(left, key)) {
    if (operator === '=' && isWord(right[0], 'ANY')) return anyOf(unwrapped(right.slice(1)), key);
    return compared(operator, constant(right, key, ''), key);
  }
  return isKey(right, key) ? compared(mirrored[operator]!, constant(left, key, ''), key) : null;
}

function compared(operator: string, value: string | null, { kind }: KeyInPlan): Span[] | null {
  if (value === null) return null;
  if (operator === '=') return [{ least: value, greatest: value }];
  // Texts are in the order of a collation for the server, and in that of their bytes for ranges.
  if (kind === 'text') return null;
  return [operator.startsWith('<') ? { least: null, greatest: value } : { least: value, greatest: null }];
}

function anyOf(tokens: readonly Token[], key: KeyInPlan): Span[] | null {
  const list = constant(tokens, key, '[]');
  const elements = list === null ? null : elementsOf(list);
  if (!elements) return null;
  const values = elements.filter((each) => each !== null);
  const isSound = values.every((each) => isValue(each, key));
  return isSound ? values.map((each) => ({ least: each, greatest: each })) : null;
}

/** `o.id`, or `(o.name)::text` of a column that is a text of limited length. */
function isKey(tokens: readonly Token[], key: KeyInPlan): boolean {
  const castAt = tokens.findIndex((token) => isMark(token, '::'));
  if (castAt >= 0) {
    const [cast, ...more] = tokens.slice(castAt + 1);
    return (
      key.kind === 'text' &&
      isWord(cast, 'text') &&
      more.length === 0 &&
      isMark(tokens[0], '(') &&
      isKey(unwrapped(tokens.slice(0, castAt)), key)
    );
  }
  const [alias, point, column, ...more] = tokens;
  return more.length === 0 && isMark(point, '.') && names(alias, key.alias) && names(column, key.column);
}

function names(token: Token | undefined, name: string): boolean {
  return (token?.kind === 'name' || token?.kind === 'quoted') && token.value === name;
}

const types: Readonly<Record<KeyKind, readonly string[]>> = {
  integer: ['smallint', 'integer', 'bigint'],
  uuid: ['uuid'],
  text: ['text'],
};

/** The value of a constant whose type compares with the key by the order of its own type. */
function constant(tokens: readonly Token[], key: KeyInPlan, list: '' | '[]'): string | null {
  const [value, cast, type, ...brackets] = tokens;
  if (value?.kind === 'number' && list === '' && key.kind === 'integer') {
    return tokens.length === 1 ? value.value : null;
  }
  const isCast = value?.kind === 'text' && isMark(cast, '::') && type?.kind === 'name';
  if (!isCast || !types[key.kind].includes(type.value)) return null;
  if (brackets.map((each) => each.value).join('') !== list) return null;
  return list !== '' || isValue(value.value, key) ? value.value : null;
}

const integer = /^-?\d+$/;
const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function isValue(value: string, { kind }: KeyInPlan): boolean {
  return kind === 'text' || (kind === 'integer' ? integer : uuid).test(value);
}

const element = /"((?:[^"\\]|\\[^])*)"|([^",{}\\]+)/y;

/** Those of an array of one dimension as the server writes it; null for what is none. PostgreSQL: "Array Input and Output Syntax". */
function elementsOf(text: string): (string | null)[] | null {
  if (text === '{}') return [];
  if (!text.startsWith('{') || !text.endsWith('}')) return null;
  const elements: (string | null)[] = [];
  element.lastIndex = 1;
  for (;;) {
    const [, quoted, plain] = element.exec(text) ?? [];
    const value = quoted?.replaceAll(/\\([^])/g, '$1') ?? plain;
    if (value === undefined) return null;
    elements.push(plain === 'NULL' ? null : value);
    const end = element.lastIndex || text.length;
    if (end === text.length - 1) return elements;
    if (text[end] !== ',') return null;
    element.lastIndex = end + 1;
  }
}
